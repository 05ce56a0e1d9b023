"""The first cell away from Colab: it finds the course's package, or says in one sentence why it does not."""

import subprocess
import sys

import pytest

from utils.course import lectures
from utils.notebooks.header import header_cells

pytestmark = pytest.mark.slow  # a new Python for each


def first_cell(folder, *options) -> subprocess.CompletedProcess:
    """Run it as a notebook in a folder does: that folder is searched first."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n" + header_cells(lectures()[1])[1].source
    return subprocess.run([sys.executable, *options, "-c", code], cwd=folder, capture_output=True, text=True)


def test_it_finds_the_course(tmp_path):
    assert first_cell(tmp_path).stderr == ""


def test_a_file_of_ones_own_that_hides_the_course_is_named(tmp_path):
    (tmp_path / "utils.py").write_text("def helper(): ...")
    said = first_cell(tmp_path).stderr.splitlines()[-1]
    assert said.endswith(f"{tmp_path / 'utils.py'} hides it: rename that file, then restart the kernel."), said


def test_a_python_without_the_course_is_told_how_to_open_it(tmp_path):
    assert first_cell(tmp_path, "-I", "-S").stderr.endswith("not found. Open this with `make lab`.\n")
