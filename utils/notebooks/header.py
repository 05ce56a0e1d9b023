"""The two cells every lecture and every assignment begins with, from one template."""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from utils.course import Assignment, Lecture, colab_address, course, lectures
from utils.notebooks.overview import in_words, map_of_lectures

TAG = "header"  # how the two cells are known again

_TITLE = """\
# {number} · {title}

{about}

[![Open in Colab](images/open-in-colab.svg)]({colab}) &ensp; about {minutes} minutes &ensp; {neighbours}

<small>{credit}</small>"""

_EXERCISE_TITLE = """\
# Exercises {number} · {title}

[![Open in Colab](../../lectures/images/open-in-colab.svg)]({colab})

<small>{credit}</small>"""

_SETUP = """\
# Find the course's package. On Colab: fetch it first, and install what is missing.
import importlib.util
import sys

if importlib.util.find_spec("google") and importlib.util.find_spec("google.colab"):
    import pathlib
    import subprocess

    course = pathlib.Path("cnn-course").resolve()
    if not course.exists():
        clone = "git clone --quiet --depth=1 --branch={release} {repository}"
        git = subprocess.run([*clone.split(), course], capture_output=True, text=True)
        if git.returncode:
            raise RuntimeError(f"The course could not be fetched: {{git.stderr}}")
    sys.path.insert(0, str(course))
    from utils.colab import install_missing

    install_missing()

try:
    importlib.import_module("utils.course")
except ModuleNotFoundError:
    own = getattr(sys.modules.get("utils"), "__file__", None)
    hides = f"{{own}} hides it: rename that file, then restart the kernel."
    message = "The course's package `utils` is not found. "
    message += hides if own else "Open this with `make lab`."
    raise ModuleNotFoundError(message) from None"""


def header_cells(page: Lecture | Assignment) -> list[NotebookNode]:
    """The title with its Colab badge, and the cell that prepares Colab; in the first lecture the map of all."""
    title = _exercise_title(page) if isinstance(page, Assignment) else _lecture_title(page)
    setup = _SETUP.format(release=course().tag, repository=course().address)
    cells = [
        new_markdown_cell(title, metadata={"tags": [TAG]}),
        new_code_cell(setup, metadata={"tags": [TAG]}),
    ]
    if page == lectures()[0]:
        cells.append(new_markdown_cell(f"## The map\n\n{in_words()}\n\n{map_of_lectures()}", metadata={"tags": [TAG]}))
    return cells


def is_header(cell: NotebookNode) -> bool:
    """Whether a cell is one of the template's."""
    return TAG in cell.metadata.get("tags", [])


def _exercise_title(assignment: Assignment) -> str:
    lecture = assignment.lecture
    return _EXERCISE_TITLE.format(
        number=lecture.number, title=lecture.title, colab=colab_address(assignment), credit=course().credit
    )


def _lecture_title(lecture: Lecture) -> str:
    others = lectures()
    place = others.index(lecture)
    neighbours = []
    if place > 0:
        neighbours.append(_link("before", others[place - 1]))
    if place + 1 < len(others):
        neighbours.append(_link("next", others[place + 1]))
    return _TITLE.format(
        number=lecture.number,
        title=lecture.title,
        about=lecture.about,
        minutes=lecture.minutes,
        colab=colab_address(lecture),
        credit=course().credit,
        neighbours=" &ensp; ".join(neighbours),
    )


def _link(word: str, lecture: Lecture) -> str:
    return f"{word}: [{lecture.number} {lecture.title}]({lecture.file}.ipynb)"
