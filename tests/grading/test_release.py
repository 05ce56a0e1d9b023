"""What students open is what the solutions say now, and nothing of a solution is in it."""

import json
import re

import nbformat
import pytest

from tests.grading.secret_lines import secrets
from utils.course import EXERCISES, assignments, house
from utils.grading.release import config, generate
from utils.notebooks.build import read

ALL = pytest.mark.parametrize("assignment", assignments(), ids=lambda assignment: assignment.file)
OF_THE_HOUSE = pytest.mark.parametrize(
    "assignment", [each for each in assignments() if each.lecture.house], ids=lambda assignment: assignment.file
)
ASKED = "[house] in lectures/course.toml asks for it: change it there, or take `house` out of the lecture's row"


def cells(path):
    return [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in nbformat.read(path, as_version=4).cells]


@ALL
def test_the_committed_exercise_is_what_the_solution_gives_now(assignment, tmp_path):
    settings = config()
    settings.CourseDirectory.release_directory = str(tmp_path)
    generate(assignment, settings)
    again = tmp_path / assignment.file / assignment.exercise.name
    assert assignment.exercise.exists(), "run `make exercises`"
    assert cells(again) == cells(assignment.exercise), "run `make exercises`"
    assert [path.name for path in again.parent.iterdir()] == [assignment.exercise.name]


@ALL
def test_both_halves_of_a_solution_say_the_same(assignment):
    from_script = [(cell.cell_type, cell.source) for cell in read(assignment).cells]
    assert [(kind, source) for _, kind, source, _ in cells(assignment.notebook)] == from_script


@ALL
def test_no_secret_is_under_exercises(assignment):
    lines = secrets(assignment)
    assert lines, "a solution, or hidden tests, or a model answer"
    for path in EXERCISES.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            written = [line for line in lines if line in text or json.dumps(line, ensure_ascii=False)[1:-1] in text]
            assert not written, path
            assert "HIDDEN TESTS" not in text and "BEGIN SOLUTION" not in text and "Rubric" not in text, path


def test_only_notebooks_are_released():
    names = {path.relative_to(EXERCISES).as_posix() for path in EXERCISES.rglob("*") if path.is_file()}
    expected = {f"{assignment.file}/{assignment.file}.ipynb" for assignment in assignments()}
    wrong = {name for name in names if ".ipynb_checkpoints" not in name} ^ (expected | {"jupytext.toml", "AGENTS.md"})
    assert not wrong, "run `make exercises`, and remove from exercises/ what has no solution"


@OF_THE_HOUSE
def test_tasks_stars_minutes_points_and_hints(assignment):
    notebook = nbformat.read(assignment.exercise, as_version=4)
    titles = [line for cell in notebook.cells for line in cell.source.splitlines() if line.startswith("## Task")]
    form = re.compile(r"## Task (\d) ★{1,3} .+ \((\d+) minutes, (\d) points?\)$")
    found = [form.match(title) for title in titles]
    fewest, most = house().tasks
    assert all(found) and fewest <= len(found) <= most, f"{titles}; {ASKED}"
    assert [int(match[1]) for match in found] == list(range(1, len(found) + 1))

    graded = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell.metadata.nbgrader.points for cell in graded] == [int(match[3]) for match in found]
    assert any(cell.cell_type == "markdown" for cell in graded), f"at least one free-text question; {ASKED}"

    text = "\n".join(cell.source for cell in notebook.cells)
    points, minutes = sum(int(match[3]) for match in found), sum(int(match[2]) for match in found)
    promised = re.search(r"about (\d+) minutes, (\d+) points", text)
    assert int(promised[2]) == points == house().points, ASKED
    assert abs(int(promised[1]) - minutes) <= 5
    assert text.count("<details><summary>Hint: ") >= len(titles), ASKED
    assert text.count("<details>") == text.count("</details>")


@OF_THE_HOUSE
def test_every_answer_is_followed_by_its_check(assignment):
    notebook = nbformat.read(assignment.exercise, as_version=4)
    roles = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    code = [role for role in roles if role.cell_type == "code"]
    for answer, test in zip(code[::2], code[1::2], strict=True):
        assert answer.solution and not answer.grade
        assert test.grade and test.locked and test.grade_id == f"check-{answer.grade_id}"
