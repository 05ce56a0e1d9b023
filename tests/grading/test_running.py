"""One notebook in several kernels: whose points an answer costs that ends Python, hangs, or sleeps."""

import time

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from utils.grading.running import run
from utils.grading.sandbox import Limits
from utils.grading.session import _folder

pytestmark = pytest.mark.slow  # starts kernels


def notebook(**tasks: tuple[str, str]):
    """A notebook of answers by name, each with its check."""
    cells = []
    for name, (answer, check) in tasks.items():
        for source, role, of in ((answer, "solution", name), (check, "grade", f"check-{name}")):
            cells.append(new_code_cell(source, metadata={"nbgrader": {role: True, "grade_id": of}}))
    return new_notebook(cells=cells)


def test_a_later_answer_that_is_right_without_an_earlier_one_keeps_its_points(bwrap):
    """The first answer leaves a clock behind that ends Python while the second is at work."""
    bomb = "import os, threading\nthreading.Timer(1, os._exit, [1]).start()"
    tasks = {
        "bomb": (bomb, "pass"),
        "slow": ("import time\ntime.sleep(2)\nx = 1", "assert x == 1"),
        "last": ("y = 2", ""),
    }
    result = run(notebook(**tasks), Limits(seconds=10))
    assert result.failures == {} and "without the answers before slow" in " ".join(result.reasons)


def test_all_cells_together_have_so_much_of_the_clock_and_what_is_left_over_is_named(bwrap):
    sleeping = ("import time\ntime.sleep(60)", "pass")
    began = time.monotonic()
    result = run(notebook(a=sleeping, b=sleeping, c=sleeping, d=("x = 1", "")), Limits(seconds=0.3))
    assert time.monotonic() - began < 40
    assert "0.1 minutes" in result.failures[6] and result.failures[6].startswith("Not run.")
    assert any("Not run: d." in reason for reason in result.reasons)


def test_a_temporary_folder_with_a_long_name_does_not_matter(monkeypatch, tmp_path):
    deep = tmp_path / ("t" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with _folder() as folder:
        assert len(folder) < 80
