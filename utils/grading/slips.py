"""Slips in a solution that would spoil its release, each in one sentence with the task it is in."""

import re
from collections import Counter
from collections.abc import Iterator

from nbformat import NotebookNode

MARKS = {"SOLUTION", "HIDDEN TESTS", "MARK SCHEME"}
_MARK = re.compile(r"^\s*#{2,}\s*(BEGIN|END)\b(.*)$", re.IGNORECASE)
_EXACT = re.compile(r"^\s*### (BEGIN|END) (.+?)\s*$")
_TITLE = re.compile(r"^## (.+)$", re.MULTILINE)
_POINTS = re.compile(r"\b(\d+) points?\)")
FIELDS = {"grade", "grade_id", "locked", "schema_version", "solution", "task"}


def slips(notebook: NotebookNode) -> list[str]:
    """What is wrong with a solution's notebook, in the order of its cells; an empty list where nothing is."""
    found = []
    for title, cells in _tasks(notebook):
        found += [f"{title}: {slip}" for cell in cells for slip in [*_in_metadata(cell), *_in_marks(cell)]]
        graded = [cell.metadata["nbgrader"] for cell in cells if _details(cell).get("grade")]
        points = sum(details.get("points", 0) for details in graded)
        promised = _POINTS.search(title)
        if promised and int(promised[1]) != points:
            found.append(f"{title}: its title promises {promised[1]} points, and its cells give {points:g}.")
    names = Counter(_details(cell).get("grade_id") for cell in notebook.cells)
    twice = [name for name, count in names.items() if name and count > 1]
    return found + [f"grade_id {name!r} is given to two cells: each needs one of its own." for name in twice]


def _tasks(notebook: NotebookNode) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Titles of the second level, and the cells below each."""
    title = "before the first task"
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (heading := _TITLE.search(cell.source)):
            yield title, cells
            title, cells = heading[1], []
        cells.append(cell)
    yield title, cells


def _details(cell: NotebookNode) -> dict:
    details = cell.metadata.get("nbgrader", {})
    return details if isinstance(details, dict) else {}


def _in_metadata(cell: NotebookNode) -> Iterator[str]:
    if broken := cell.metadata.get("incorrectly_encoded_metadata"):
        yield f"the line of its cell cannot be read: {broken[:80]}. Behind nbgrader= stands JSON."
    if "nbgrader" not in cell.metadata:
        return
    details = _details(cell)
    if missing := FIELDS - details.keys():
        yield f"the nbgrader metadata of a cell lacks {', '.join(sorted(missing))}: copy those of another cell."
    name = details.get("grade_id", "a cell")
    points = details.get("points")
    if details.get("grade") and (isinstance(points, bool) or not isinstance(points, int | float) or points < 0):
        yield f'{name} is graded and has no points: write "points": 2, say.'


def _in_marks(cell: NotebookNode) -> Iterator[str]:
    """Marks are to be written exactly, and to be closed: what is not taken out is released."""
    opened = None
    for line in cell.source.splitlines():
        if not _MARK.match(line):
            continue
        exact = _EXACT.match(line)
        if not exact or exact[2] not in MARKS:
            yield f"{line.strip()!r} is no mark: write ### BEGIN or ### END, and one of {', '.join(sorted(MARKS))}."
            return
        kind, what = exact.groups()
        if kind == "BEGIN" and opened:
            yield f"### BEGIN {what} stands inside of {opened}: close that first."
        elif kind == "END" and what != opened:
            yield f"### END {what} has no ### BEGIN {what} before it."
        opened = what if kind == "BEGIN" else None
    if opened:
        yield f"### BEGIN {opened} has no ### END {opened}."
