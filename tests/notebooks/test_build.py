"""Building a lecture: outputs are kept when only words change, a failing cell harms nothing, headers are renewed."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from utils import course
from utils.notebooks.build import build

pytestmark = pytest.mark.slow  # seconds in all

SCRIPT = """\
# %% [markdown]
# Some words.

# %%
import pathlib

pathlib.Path("runs.txt").open("a").write("x")
print(6 * 7)
"""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A lecture of its own in a folder of its own, known to the course's map."""
    (tmp_path / "course.toml").write_text(
        '[[lecture]]\nfile = "00_first"\ntitle = "First"\nabout = "About it."\nminutes = 5\n'
    )
    (tmp_path / "00_first.py").write_text(SCRIPT)
    monkeypatch.setattr(course, "LECTURES", tmp_path)
    return course.lectures()[0]


def runs(made) -> int:
    return len(made.script.with_name("runs.txt").read_text())


def test_a_lecture_is_run_and_gets_its_header(made):
    build(made)
    notebook = nbformat.read(made.notebook, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith("# 00 · First\n\nAbout it.")
    assert notebook.cells[3].outputs[0].text == "42\n"
    assert "First" in made.script.read_text() and 'tags=["header"]' in made.script.read_text()


def test_building_again_changes_nothing_and_runs_nothing(made):
    build(made)
    before = made.script.read_bytes(), made.notebook.read_bytes()
    build(made)
    assert (made.script.read_bytes(), made.notebook.read_bytes()) == before
    assert runs(made) == 1


def test_new_words_keep_old_outputs_and_new_code_runs(made):
    build(made)
    made.script.write_text(made.script.read_text().replace("Some words.", "Other words."))
    build(made)
    notebook = nbformat.read(made.notebook, as_version=4)
    assert notebook.cells[2].source == "Other words." and notebook.cells[3].outputs[0].text == "42\n"
    assert runs(made) == 1
    made.script.write_text(made.script.read_text().replace("6 * 7", "6 * 8"))
    build(made)
    assert nbformat.read(made.notebook, as_version=4).cells[3].outputs[0].text == "48\n"
    assert runs(made) == 2


def test_a_failing_cell_leaves_the_notebook_as_it_was(made):
    build(made)
    before = made.notebook.read_bytes()
    made.script.write_text(made.script.read_text().replace("6 * 7", "6 / 0"))
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        build(made)
    assert made.notebook.read_bytes() == before
    assert not list(made.script.parent.glob(".*")), "a half-written file was left behind"


def test_a_new_title_reaches_the_lecture_and_runs_nothing(made):
    build(made)
    table = made.script.with_name("course.toml")
    table.write_text(table.read_text().replace('"First"', '"A better title"'))
    build(course.lectures()[0])
    assert nbformat.read(made.notebook, as_version=4).cells[0].source.startswith("# 00 · A better title")
    assert runs(made) == 1
