"""Building a lecture: outputs are kept when only words change, a failing cell harms nothing, headers are renewed."""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from utils import course
from utils.notebooks.build import build

pytestmark = pytest.mark.slow  # seconds in all

COURSE = """\
[course]
name = "A course"
address = "https://github.com/ann/course"
version = "1"
text_licence = "CC BY 4.0"
upstream = ""

[house]
tasks = [4, 6]
points = 20
lines = 40

"""
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
        COURSE + '[[lecture]]\nfile = "00_first"\ntitle = "First"\nabout = "About it."\nminutes = 5\n'
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
    assert notebook.cells[4].outputs[0].text == "42\n"
    assert "| [00 · First](00_first.ipynb) | About it. |  | 5 |" in notebook.cells[2].source, (
        "the map, in the first lecture"
    )
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
    assert notebook.cells[3].source == "Other words." and notebook.cells[4].outputs[0].text == "42\n"
    assert runs(made) == 1
    made.script.write_text(made.script.read_text().replace("6 * 7", "6 * 8"))
    build(made)
    assert nbformat.read(made.notebook, as_version=4).cells[4].outputs[0].text == "48\n"
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


def test_a_merge_that_was_not_finished_is_refused_by_file_and_line(made):
    build(made)
    before = made.notebook.read_bytes()
    text = made.script.read_text()
    place = text.splitlines().index("# Some words.") + 1
    merged = "<<<<<<< HEAD\n# Some words.\n=======\n# Their words.\n>>>>>>> upstream/main"
    made.script.write_text(text.replace("# Some words.", merged))
    with pytest.raises(ValueError, match=f"00_first.py, line {place}: choose between what two people wrote"):
        build(made)
    assert made.notebook.read_bytes() == before


@pytest.mark.parametrize("base", ["", "||||||| base\n    its words\n"])
def test_marks_in_the_half_that_is_made_cost_no_run(base, made):
    """Only the `.py` is merged by hand. Of a notebook with marks the outputs on our side are kept."""
    build(made)
    before = made.notebook.read_text()
    line = next(line for line in before.splitlines() if "Some words." in line)
    marked = f"<<<<<<< HEAD\n{line}\n{base}=======\n    their words\n>>>>>>> upstream\n"
    made.notebook.write_text(before.replace(f"{line}\n", marked))
    build(made)
    assert made.notebook.read_text() == before and runs(made) == 1
    made.notebook.write_text("<<<<<<< HEAD\n")
    build(made)
    assert made.notebook.read_text() == before and runs(made) == 2


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            '[[lectures]]\nfile = "01_x"',
            "holds \\[course\\], \\[house\\] and each \\[\\[lecture\\]\\], so lectures is wrong",
        ),
        ('[[lecture]]\nfile = "01_x"\ntitle = "X"\nabout = "It."', "01_x: minutes is missing or wrong"),
        ('[[lecture]]\nfile = "01_x"\ntitle = "X"\nabout = "It."\nminutes = "5"', "01_x: minutes is missing or wrong"),
        ('[[lecture]]\ntitle = "X"', "lecture 2: file is missing or wrong"),
        ('[[lecture]]\nfile = "00_first"\ntitle = "X"\nabout = "It."\nminutes = 5', "00_first is listed twice"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row, words, made):
    table = made.script.with_name("course.toml")
    table.write_text(f"{table.read_text()}\n{row}\n")
    with pytest.raises(ValueError, match=words):
        course.lectures()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("https://github.com/ann/course", "github.com/ann", "address = 'github.com/ann' is no address such as"),
        ('version = "1"', 'version = "1 beta"', "can be no tag"),
        ('version = "1"', "", "version is missing or wrong"),
        ('upstream = ""', 'upstream = "ann"', "upstream = 'ann' is no address"),
        ('upstream = ""', 'upstream = ""\ncolour = "red"', "colour is missing or wrong"),
    ],
)
def test_a_course_that_cannot_be_is_named(old, new, words, made):
    table = made.script.with_name("course.toml")
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(ValueError, match=words):
        course.course()
