"""From ``solutions/`` to ``exercises/``, by nbgrader: no solution, no hidden test, no rubric."""

import io
import logging
import tempfile
from pathlib import Path

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config, PyFileConfigLoader

from utils.checks.pages import description
from utils.course import EXERCISES, ROOT, Assignment
from utils.grading.slips import slips


class Unpair(NbGraderPreprocessor):
    """Exercises are notebooks only: nothing in them tells jupytext to write a .py beside them.

    What the checks say of a page stands in it, and *Run All* goes on where one is not content.
    """

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        nb.metadata.pop("jupytext", None)
        for cell in nb.cells:
            cell.metadata.pop("lines_to_next_cell", None)
            details = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and details.get("grade"):
                cell.metadata.tags = [*cell.metadata.get("tags", []), "raises-exception"]
        nb.metadata.course = description(nb.cells)
        return nb, resources


def release(assignment: Assignment) -> None:
    """Renew ``solutions/NN/NN.ipynb`` from its ``.py``, and ``exercises/NN/`` from it: made beside, then put in place.

    Raises:
        ValueError: there are slips in the solution, a line for each; the release is what it was.
        nbclient.exceptions.CellExecutionError: a solution does not run; likewise.
    """
    # Only here: it draws widgets, and so needs torch, which grading does not.
    from utils.notebooks.build import build, read

    if found := slips(read(assignment)):
        raise ValueError("\n".join(f"{assignment.script.name}: {slip}" for slip in found))
    build(assignment)
    settings = config()
    released = assignment.exercise.parent
    EXERCISES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=EXERCISES, prefix=".release-") as beside:
        settings.CourseDirectory.release_directory = beside
        try:
            generate(assignment, settings)
        except NbGraderException as refusal:
            raise ValueError(f"{assignment.script.name}: nbgrader refuses: {refusal}") from refusal
        if released.exists():
            released.rename(Path(beside, "before"))
        Path(beside, assignment.file).rename(released)


def config() -> Config:
    """The course's ``nbgrader_config.py``."""
    settings = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    settings.CourseDirectory.root = str(ROOT)
    return settings


def generate(assignment: Assignment, settings: Config) -> None:
    """Let nbgrader make the release. It goes into the gradebook at ``CourseDirectory.db_url``, if that is set."""
    settings.CourseDirectory.assignment_id = assignment.file
    settings.CourseDirectory.source_directory = str(assignment.notebook.parents[1])
    course = CourseDirectory(config=settings)
    if "db_url" not in settings.CourseDirectory:
        settings.GenerateAssignment.no_database = True
        steps = settings.GenerateAssignment.preprocessors
        settings.GenerateAssignment.preprocessors = [step for step in steps if not step.endswith("SaveCells")]
    converter = GenerateAssignment(coursedir=course, config=settings)
    converter.force = True
    # Its exception says no more than "see above", and above there are tracebacks: the last line of one is the reason.
    said = io.StringIO()
    converter.log = logging.Logger("release", level="ERROR")
    converter.log.addHandler(logging.StreamHandler(said))
    try:
        converter.start()
    except NbGraderException as refusal:
        reasons = [
            trace.partition("\nThere was an error")[0].strip().splitlines()[-1]
            for trace in said.getvalue().split("Traceback")[1:]
        ]
        if reasons:
            refusal.args = (reasons[-1],)
        raise
