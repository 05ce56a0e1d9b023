"""What is left of a widget in a notebook that is read or saved."""

import copy
import sys
from pathlib import Path

import pytest

from utils import course
from utils.course import ROOT, lectures
from utils.notebooks.reopening import STATE, VIEW, drop_live_widgets, hold_once, is_lecture


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


def test_what_several_widgets_need_is_held_once():
    def held(key: str, text: str) -> str:
        script = f'<script type="application/json" data-cnn-held="{key}">{{"{text}": 1}}</script>'
        return f"<div>{script}<iframe></iframe></div>"

    texts = [held("a1", "first"), "<b>no widget</b>", held("b2", "second"), held("a1", "first"), held("a1", "first")]
    changed = {"metadata": {}, "cells": [{"outputs": [{"data": {"text/html": text}}]} for text in texts]}
    hold_once(changed)
    kept = [cell["outputs"][0]["data"]["text/html"] for cell in changed["cells"]]
    assert kept == [*texts[:3], "<div><iframe></iframe></div>", "<div><iframe></iframe></div>"]
    before = copy.deepcopy(changed)
    hold_once(changed)
    assert changed == before


def test_pip_has_told_jupyter():
    installed = Path(sys.prefix, "etc/jupyter/jupyter_server_config.d/cnn-course.json")
    assert installed.exists(), "install the course again: python -m pip install --no-deps -e ."
    assert installed.read_text() == (ROOT / "utils/notebooks/cnn-course.json").read_text()
