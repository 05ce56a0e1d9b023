"""A small assignment without torch, and submissions to it: what the graders' tests share."""

import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from utils.course import Assignment, Lecture
from utils.grading.gradebook import add_assignment
from utils.grading.rebuilding import Paper
from utils.grading.release import config, generate

NAMES = ("one", "two", "three")
RIGHT = {
    "one": "def one():\n    return 1",
    "two": "def two():\n    return 2",
    "three": "def three():\n    return 3",
}
RIGHT["words"] = "Because."


def _cell(make, source, grade_id, **roles):
    details = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return make(source, id=grade_id, metadata={"nbgrader": details | roles | {"grade_id": grade_id}})


def _complete():
    """The assignment with solutions: three functions, one point each, and a question in words, two points."""
    cells = [new_markdown_cell("# Numbers", id="title"), new_code_cell("import math", id="imports")]
    for number, name in enumerate(NAMES, 1):
        answer = f"def {name}():\n    ### BEGIN SOLUTION\n    return {number}\n    ### END SOLUTION"
        test = f"assert {name}() == {number}\n### BEGIN HIDDEN TESTS\nassert {name}() * 17 == {17 * number}\n"
        cells.append(new_markdown_cell(f"Task {number}: the number {number}.", id=f"task-{name}"))
        cells.append(_cell(new_code_cell, answer, name, solution=True))
        test += "### END HIDDEN TESTS"
        cells.append(_cell(new_code_cell, test, f"check-{name}", grade=True, locked=True, points=1))
        drawn = f"raise SystemError({name}())  # were it run here, nobody would have a point"
        cells.append(new_code_cell(drawn, id=f"see-{name}", metadata={"tags": ["see-it"]}))
    cells.append(new_markdown_cell("Task 4: why?", id="task-words"))
    cells.append(_cell(new_markdown_cell, "A model answer.", "words", solution=True, grade=True, points=2))
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return new_notebook(cells=cells, metadata=kernel)


@dataclass(frozen=True)
class Elsewhere(Assignment):
    """An assignment that is no part of the course."""

    folder: Path

    @property
    def notebook(self) -> Path:
        return self.folder / "solutions" / self.file / f"{self.file}.ipynb"

    @property
    def exercise(self) -> Path:
        return self.folder / "exercises" / self.file / f"{self.file}.ipynb"


@pytest.fixture(scope="session")
def numbers(tmp_path_factory) -> Assignment:
    """The assignment, released by nbgrader."""
    folder = tmp_path_factory.mktemp("course")
    assignment = Elsewhere(Lecture("77_numbers", "Numbers", "Three of them.", 5), folder)
    assignment.notebook.parent.mkdir(parents=True)
    nbformat.write(_complete(), assignment.notebook)
    settings = config()
    settings.CourseDirectory.release_directory = str(folder / "exercises")
    generate(assignment, settings)
    return assignment


@pytest.fixture(scope="session")
def paper(numbers) -> Paper:
    return Paper.of(numbers)


@pytest.fixture(scope="session")
def begun(numbers, tmp_path_factory) -> Path:
    """A gradebook without submissions, to be copied: nbgrader takes seconds to make one."""
    path = tmp_path_factory.mktemp("begun") / "gradebook.db"
    add_assignment(f"sqlite:///{path}", numbers)
    return path


@pytest.fixture(scope="session")
def submission(numbers):
    """Make the bytes of a notebook that answers right, but for what is told."""

    def make(edit=None, **answers: str) -> bytes:
        notebook = json.loads(numbers.exercise.read_text())
        for cell in notebook["cells"]:
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if name in RIGHT:
                cell["source"] = answers.get(name, RIGHT[name])
        if edit:
            edit(notebook)
        return json.dumps(notebook).encode()

    return make


@pytest.fixture(scope="session")
def hand_in():
    """Write submissions into a folder, each into a folder with its student's name."""

    def write(folder: Path, name: str, submissions: dict[str, bytes]) -> Path:
        for student, content in submissions.items():
            place = folder / student
            place.mkdir(parents=True)
            (place / f"{name}.ipynb").write_bytes(content)
        return folder

    return write
