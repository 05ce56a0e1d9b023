"""The notebook that is run: the assignment's own cells, with nothing of the student's but the answers."""

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.grading.parsing import SubmittedCell
from utils.notebooks.course import Assignment


@dataclass(frozen=True)
class Paper:
    """An assignment as the grader needs it: with hidden tests, and as the students got it."""

    name: str
    complete: NotebookNode
    released: NotebookNode

    @classmethod
    def of(cls, assignment: Assignment) -> "Paper":
        return cls.read(assignment.file, assignment.notebook, assignment.exercise)

    @classmethod
    def read(cls, name: str, complete: Path, released: Path) -> "Paper":
        """Raises ValueError if the two do not have the same cells and points."""
        notebooks = [nbformat.read(path, as_version=4) for path in (complete, released)]
        cells = [[cell.id for cell in notebook.cells] for notebook in notebooks]
        if cells[0] != cells[1] or _points(notebooks[0]) != _points(notebooks[1]):
            raise ValueError(f"{released} was not made from {complete} as it is now: run `make exercises`")
        return cls(name, *notebooks)

    def points(self) -> dict[str, float]:
        """By grade id, in order, the most points of each graded cell."""
        return _points(self.complete)


def _points(notebook: NotebookNode) -> dict[str, float]:
    details = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return {each.grade_id: float(each.points) for each in details if each.get("grade")}


@dataclass
class Rebuilt:
    """``notes`` are for the student to know; ``doubts`` are for a person to look at."""

    notebook: NotebookNode
    untouched: set[str] = field(default_factory=set)  # grade ids of answers that are still the stub
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def rebuild(paper: Paper, submitted: list[SubmittedCell]) -> Rebuilt:
    """Put the answers into the assignment. An answer is found by its grade id, else its cell id, else its place."""
    notebook = nbformat.from_dict(paper.complete)
    rebuilt = Rebuilt(notebook)
    claimed: set[int] = set()
    for index, (cell, given) in enumerate(zip(notebook.cells, paper.released.cells, strict=True)):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        details = cell.metadata.get("nbgrader", {})
        if details.get("solution"):
            _answer(cell, given, index, paper, submitted, claimed, rebuilt)
        elif details.get("grade"):
            _compare_test(given, submitted, claimed, rebuilt)
        else:
            claimed.update(place for place, theirs in enumerate(submitted) if _same(theirs, given))
    added = [cell for place, cell in enumerate(submitted) if place not in claimed and cell.kind == "code"]
    if any(cell.source.strip() for cell in added):
        rebuilt.notes.append(
            "Cells that you have added or changed outside the answers were not run. What an answer needs must "
            "stand in its own cell."
        )
    return rebuilt


def answers(notebook: NotebookNode) -> dict[str, str]:
    """What was written in each answer cell, by grade id."""
    cells = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}


def _answer(
    cell: NotebookNode,
    given: NotebookNode,
    index: int,
    paper: Paper,
    submitted: list[SubmittedCell],
    claimed: set[int],
    rebuilt: Rebuilt,
) -> None:
    """Find the answer that belongs into ``cell``; the stub if there is none."""
    grade_id = given.metadata.nbgrader.grade_id
    places = _places(given, submitted) or _by_place(index, paper, submitted, claimed)
    written = [place for place in places if submitted[place].source.strip() not in ("", given.source.strip())]
    if len(written) > 1:
        rebuilt.doubts.append(f"The answer {grade_id} is there {len(written)} times; the first was taken.")
    claimed.update(places)
    if written:
        theirs = submitted[written[0]]
        cell.source = theirs.source
        if theirs.kind != given.cell_type:
            rebuilt.doubts.append(
                f"The answer {grade_id} was turned into a cell of kind {theirs.kind[:20]!r}."
            )
        if theirs.details and dict(theirs.details) != _roles(given):
            rebuilt.notes.append(f"Points or role of the answer {grade_id} were changed; they were restored.")
    else:
        cell.source = given.source
        rebuilt.untouched.add(grade_id)


def _compare_test(
    given: NotebookNode, submitted: list[SubmittedCell], claimed: set[int], rebuilt: Rebuilt
) -> None:
    """The assignment's own test is run in any case; say what was done to the student's copy of it."""
    grade_id = given.metadata.nbgrader.grade_id
    places = _places(given, submitted) or [
        p for p, cell in enumerate(submitted) if cell.source == given.source
    ]
    claimed.update(places)
    found = [submitted[place] for place in places]
    if not found:
        rebuilt.doubts.append(f"The cell {grade_id} was deleted; it was put back.")
    elif len(found) > 1:
        rebuilt.doubts.append(f"The cell {grade_id} is there {len(found)} times; it was run once.")
    elif found[0].kind != given.cell_type:
        rebuilt.doubts.append(f"The cell {grade_id} was turned into a cell of kind {found[0].kind[:20]!r}.")
    elif found[0].source.strip() != given.source.strip():
        rebuilt.notes.append(f"The cell {grade_id} was changed; the original was run.")
    elif found[0].details and dict(found[0].details) != _roles(given):
        rebuilt.notes.append(f"Points or role of the cell {grade_id} were changed; they were restored.")


def _places(given: NotebookNode, submitted: list[SubmittedCell]) -> list[int]:
    """Where the student's copies of a cell are: by grade id, else by cell id."""
    grade_id = given.metadata.nbgrader.grade_id
    by_grade_id = [place for place, cell in enumerate(submitted) if cell.grade_id == grade_id]
    return by_grade_id or [
        place for place, cell in enumerate(submitted) if cell.cell_id == given.id and not cell.grade_id
    ]


def _by_place(index: int, paper: Paper, submitted: list[SubmittedCell], claimed: set[int]) -> list[int]:
    """After the text that stands before the answer in the assignment, the cell that is most like its stub."""
    released = paper.released.cells
    known = {cell.source for cell in released if not cell.metadata.get("nbgrader", {}).get("solution")}
    for before in reversed(released[:index]):
        anchors = [place for place, cell in enumerate(submitted) if cell.source == before.source]
        if anchors:
            break
    else:
        return []
    free = []
    for place in range(anchors[0] + 1, len(submitted)):
        cell = submitted[place]
        if cell.source in known:
            break
        if place not in claimed and not cell.grade_id and cell.kind == released[index].cell_type:
            free.append(place)
    stub = released[index].source
    # Cells beyond these, and the rest of a long one, would cost minutes to compare.
    likeness = {
        place: SequenceMatcher(None, stub[:2000], submitted[place].source[:2000]).ratio()
        for place in free[:20]
    }
    return [max(likeness, key=likeness.__getitem__)] if likeness else []


def _roles(given: NotebookNode) -> dict[str, str]:
    details = given.metadata.nbgrader
    return {
        name: repr(details[name]) for name in ("points", "grade", "solution", "locked") if name in details
    }


def _same(theirs: SubmittedCell, given: NotebookNode) -> bool:
    return theirs.source.strip() == given.source.strip()
