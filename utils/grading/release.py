"""From ``solutions/`` to ``exercises/``, by nbgrader: no solution, no hidden test, no rubric."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config, PyFileConfigLoader

from utils.course import ROOT, Assignment


class Unpair(NbGraderPreprocessor):
    """Exercises are notebooks only: nothing in them tells jupytext to write a .py beside them."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        nb.metadata.pop("jupytext", None)
        for cell in nb.cells:
            cell.metadata.pop("lines_to_next_cell", None)
        return nb, resources


def release(assignment: Assignment) -> None:
    """Renew ``solutions/NN/NN.ipynb`` from its ``.py``, and ``exercises/NN/`` from it.

    Raises:
        nbclient.exceptions.CellExecutionError: a solution does not run.
        nbgrader.converters.base.NbGraderException: nbgrader refuses; it has said why.
    """
    # Only here: it draws widgets, and so needs torch, which grading does not.
    from utils.notebooks.build import build

    build(assignment)
    generate(assignment, config())


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
    # What a gradebook says is said by whoever opened it, in a sentence.
    converter.log.setLevel("CRITICAL" if "db_url" in settings.CourseDirectory else "ERROR")
    converter.start()
