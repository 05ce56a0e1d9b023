"""What is left of a widget in a notebook that is read or saved."""

import copy
import sys
from pathlib import Path

import pytest

from utils import course
from utils.course import ROOT, lectures
from utils.notebooks.reopening import STATE, VIEW, drop_live_widgets, is_lecture


def notebook(forms: dict, **metadata) -> dict:
    return {
        "metadata": metadata,
        "cells": [{"source": "words"}, {"outputs": [{"text": "…"}, {"data": forms}]}],
    }


LIVE = {VIEW: {"model_id": "17"}}


@pytest.mark.parametrize("rest", [{"text/html": "a frame"}, {"text/plain": "IntSlider(value=7)"}], ids=str)
def test_what_needs_no_kernel_is_left(rest):
    changed = notebook(LIVE | rest)
    drop_live_widgets(changed)
    assert changed == notebook(rest)


@pytest.mark.parametrize(
    "kept",
    [
        notebook(LIVE),  # there is nothing else to show
        notebook(LIVE | {"text/plain": "words"}, widgets={STATE: {"state": {"17": {}}}}),
        notebook({"text/html": "<b>no widget</b>", "text/plain": "words"}),
    ],
    ids=["nothing else", "its state is saved", "no widget"],
)
def test_everything_else_stays(kept):
    before = copy.deepcopy(kept)
    drop_live_widgets(kept)
    assert kept == before


def test_lectures_alone_are_trusted_unseen(lecture):
    assert is_lecture(lecture.notebook) and is_lecture(
        lecture.notebook.parent / ".." / "lectures" / lecture.notebook.name
    )
    for other in ("lectures/mine.ipynb", f"exercises/{lecture.file}/{lecture.file}.ipynb", f"{lecture.file}.ipynb"):
        assert not is_lecture(ROOT / other)


def test_without_a_list_of_lectures_none_is_trusted(tmp_path, monkeypatch):
    notebook = lectures()[0].notebook
    monkeypatch.setattr(course, "LECTURES", tmp_path)
    assert not is_lecture(notebook)


def test_pip_has_told_jupyter():
    installed = Path(sys.prefix, "etc/jupyter/jupyter_server_config.d/cnn-course.json")
    assert installed.exists(), "install the course again: python -m pip install --no-deps -e ."
    assert installed.read_text() == (ROOT / "utils/notebooks/cnn-course.json").read_text()
