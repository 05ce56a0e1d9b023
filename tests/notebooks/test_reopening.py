"""What is left of a widget in a notebook that is read or saved."""

import copy
import sys
from pathlib import Path

import pytest

from utils.course import ROOT
from utils.notebooks.reopening import STATE, VIEW, drop_live_widgets


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


def test_pip_has_told_jupyter():
    installed = Path(sys.prefix, "etc/jupyter/jupyter_server_config.d/cnn-course.json")
    assert installed.exists(), "install the course again: python -m pip install --no-deps -e ."
    assert installed.read_text() == (ROOT / "utils/notebooks/cnn-course.json").read_text()
