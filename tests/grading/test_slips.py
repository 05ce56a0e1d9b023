"""A slip in a solution is one sentence with file and task, and the exercise that students have stays as it is."""

import shutil

import pytest

from utils import course
from utils.course import assignments
from utils.grading import __main__ as command
from utils.grading import release

ASSIGNMENT = assignments()[1]
SLIPS = {  # what is replaced in the solution, by what, and the words
    "a name twice": ('"grade_id": "check-scatter"', '"grade_id": "check-spread"', "'check-spread' is given to two"),
    "not closed": ("### END SOLUTION\n", "", "### BEGIN SOLUTION has no ### END SOLUTION"),
    "not opened": ("### BEGIN HIDDEN TESTS\n", "", "### END HIDDEN TESTS has no ### BEGIN HIDDEN TESTS before it"),
    "misspelt": ("### END HIDDEN TESTS", "### END HIDEN TESTS", "'### END HIDEN TESTS' is no mark: write ### BEGIN"),
    "written otherwise": ("### BEGIN SOLUTION", "## Begin Solution", "'## Begin Solution' is no mark"),
    "broken JSON": ('"grade": true, "grade_id": "check-s', '"grade": true "grade_id": "check-s', "cannot be read"),
    "no points": ('"points": 2, ', "", "check-spread is graded and has no points"),
    "points that differ": ('"points": 2, ', '"points": 3, ', "promises 2 points, and its cells give 3"),
    "another form": (', "schema_version": 3', "", "lacks schema_version: copy those of another cell"),
}


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Solution and exercise of one assignment, which may be spoilt."""
    for name in ("SOLUTIONS", "EXERCISES"):
        folder = tmp_path / name
        shutil.copytree(getattr(course, name) / ASSIGNMENT.file, folder / ASSIGNMENT.file)
        monkeypatch.setattr(course, name, folder)
    monkeypatch.setattr(release, "EXERCISES", tmp_path / "EXERCISES")
    return ASSIGNMENT


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_one_line_and_nothing_is_lost(slip, copied, tmp_path):
    old, new, words = SLIPS[slip]
    text = copied.script.read_text("utf-8")
    assert old in text
    copied.script.write_text(text.replace(old, new, 1), "utf-8")
    before = everything(tmp_path)
    with pytest.raises(SystemExit) as said:
        command.main(["release", copied.lecture.number])
    first = str(said.value.code).splitlines()[0]
    assert first.startswith(f"{copied.script.name}: ") and words in first
    if "twice" not in slip:
        assert "★" in first, "it names the task"
    assert everything(tmp_path) == before


def test_what_nbgrader_alone_refuses_is_said_as_well(copied, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "slips", lambda notebook: [])
    text = copied.script.read_text("utf-8")
    copied.script.write_text(text.replace("### END HIDDEN TESTS\n", "", 1), "utf-8")
    before = everything(tmp_path / "EXERCISES")
    with pytest.raises(SystemExit, match=r"nbgrader refuses: .*END HIDDEN TESTS|nbgrader refuses: .*hidden test"):
        command.main(["release", copied.lecture.number])
    assert everything(tmp_path / "EXERCISES") == before


def test_a_release_takes_the_place_of_the_one_before(copied, tmp_path):
    before = everything(tmp_path / "EXERCISES")
    copied.exercise.write_text("{}")
    command.main(["release", copied.lecture.number])
    assert everything(tmp_path / "EXERCISES") == before
