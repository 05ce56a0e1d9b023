"""The notebook that is run: the assignment's own cells, with nothing of the student's but the answers."""

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.course import Assignment
from utils.grading.names import clean
from utils.grading.parsing import SubmittedCell


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

    @cached_property
    def grade_ids(self) -> set[str]:
        """Of answers and of checks."""
        details = [cell.metadata.get("nbgrader", {}) for cell in self.released.cells]
        return {each.grade_id for each in details if "grade_id" in each}

    def without_hidden_tests(self) -> "Paper":
        """As the students have it."""
        return Paper(self.name, self.released, self.released)


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
    claimed: dict[int, NotebookNode] = {}  # which cell of the assignment a submitted one is
    answered: dict[str, list[int]] = {}  # by grade id, where
    for index, (cell, given) in enumerate(zip(notebook.cells, paper.released.cells, strict=True)):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        details = cell.metadata.get("nbgrader", {})
        if details.get("solution"):
            answered[details.grade_id] = _answer(cell, given, index, paper, submitted, claimed, rebuilt)
        elif details.get("grade"):
            _compare_test(given, paper, submitted, claimed, rebuilt)
        else:
            claimed.update(dict.fromkeys(_alike(submitted, given), given))
            if "see-it" in cell.metadata.get("tags", []):
                cell.source = ""  # it shows learners what their answer does, and nobody looks here
    free = {place for place, cell in enumerate(submitted) if place not in claimed and cell.words}
    rebuilt.doubts += _astray(answered, submitted, claimed, free, rebuilt.untouched)
    if any(submitted[place].kind == "code" for place in free):
        rebuilt.notes.append(
            "Cells that you have added or changed outside the answers were not run. What an answer needs must "
            "stand in its own cell."
        )
    return rebuilt


def _astray(
    answered: dict[str, list[int]],
    submitted: list[SubmittedCell],
    claimed: dict[int, NotebookNode],
    free: set[int],
    untouched: set[str],
) -> list[str]:
    """Answers that may be there, but not where they belong: reasons for a person to look."""
    doubts = []
    for grade_id, places in answered.items():
        if not places and free:
            doubts.append(f"The answer {grade_id} was not found, and there are cells that belong to no task.")
        elif places and grade_id in untouched and _is_followed_by_free(places[-1], claimed, free):
            doubts.append(f"The answer {grade_id} is as it was given, and a new cell stands below it.")
    return doubts


def _is_followed_by_free(place: int, claimed: dict[int, NotebookNode], free: set[int]) -> bool:
    """Whether a free cell comes before the next task does; the check of this one may stand between."""
    for later in range(place + 1, max([*claimed, *free]) + 1):
        if later in free:
            return True
        details = claimed[later].metadata.get("nbgrader", {}) if later in claimed else None
        if details is not None and (details.get("solution") or not details.get("grade")):
            return False
    return False


def another_assignment(paper: Paper, submitted: list[SubmittedCell], others: list[Assignment]) -> str | None:
    """The name of the assignment that was handed in, if it is another one: most of the cells are of that one."""
    own = _shared(paper.released, submitted)
    if 2 * own > len(paper.released.cells):
        return None
    shared = {
        each.file: _shared(nbformat.read(each.exercise, as_version=4), submitted)
        for each in others
        if each.file != paper.name and each.exercise.exists()
    }
    best = max(shared, key=shared.__getitem__, default="")
    return best if best and shared[best] > 2 * own + 2 else None


def _shared(released: NotebookNode, submitted: list[SubmittedCell]) -> int:
    """How many cells are of an assignment: by what stands in them, or by their name."""
    words = {_words(cell) for cell in released.cells}
    names = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in released.cells}
    return sum(cell.words in words or cell.grade_id in names for cell in submitted)


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
    claimed: dict[int, NotebookNode],
    rebuilt: Rebuilt,
) -> list[int]:
    """Find the answer that belongs into ``cell``; the stub if there is none. Gives the places that it was found at."""
    grade_id = given.metadata.nbgrader.grade_id
    places = _places(given, paper, submitted) or _by_place(index, paper, submitted, claimed)
    nothing = ("", _words(given))
    written = [place for place in places if submitted[place].words not in nothing]
    if len(written) > 1:
        rebuilt.doubts.append(f"The answer {grade_id} is there {len(written)} times; the first was taken.")
    claimed.update(dict.fromkeys(places, given))
    if written:
        theirs = submitted[written[0]]
        cell.source = theirs.source
        if theirs.kind != given.cell_type:
            rebuilt.doubts.append(f"The answer {grade_id} was turned into a cell of kind {theirs.kind[:20]!r}.")
        if theirs.details and dict(theirs.details) != _roles(given):
            rebuilt.notes.append(f"Points or role of the answer {grade_id} were changed; they were restored.")
    else:
        cell.source = given.source
        rebuilt.untouched.add(grade_id)
        if not places:
            rebuilt.notes.append(f"The answer {grade_id} was not found.")
    return places


def _compare_test(
    given: NotebookNode,
    paper: Paper,
    submitted: list[SubmittedCell],
    claimed: dict[int, NotebookNode],
    rebuilt: Rebuilt,
) -> None:
    """The assignment's own test is run in any case; say what was done to the student's copy of it."""
    grade_id = given.metadata.nbgrader.grade_id
    places = _places(given, paper, submitted) or _alike(submitted, given)
    claimed.update(dict.fromkeys(places, given))
    found = [submitted[place] for place in places]
    if not found:
        rebuilt.doubts.append(f"The cell {grade_id} was deleted; it was put back.")
    elif len(found) > 1:
        rebuilt.doubts.append(f"The cell {grade_id} is there {len(found)} times; it was run once.")
    elif found[0].kind != given.cell_type:
        rebuilt.doubts.append(f"The cell {grade_id} was turned into a cell of kind {found[0].kind[:20]!r}.")
    elif found[0].words != _words(given):
        rebuilt.notes.append(f"The cell {grade_id} was changed; the original was run.")
    elif found[0].details and dict(found[0].details) != _roles(given):
        rebuilt.notes.append(f"Points or role of the cell {grade_id} were changed; they were restored.")


def _places(given: NotebookNode, paper: Paper, submitted: list[SubmittedCell]) -> list[int]:
    """Where the student's copies of a cell are: by grade id, else by cell id where that says nothing else."""
    grade_id = given.metadata.nbgrader.grade_id
    by_grade_id = [place for place, cell in enumerate(submitted) if cell.grade_id == grade_id]
    return by_grade_id or [
        place
        for place, cell in enumerate(submitted)
        if cell.cell_id == given.id and cell.grade_id not in paper.grade_ids
    ]


def _by_place(index: int, paper: Paper, submitted: list[SubmittedCell], claimed: dict[int, NotebookNode]) -> list[int]:
    """After the text that stands before the answer in the assignment, the cell that is most like its stub."""
    released = paper.released.cells
    known = {_words(cell) for cell in released if not cell.metadata.get("nbgrader", {}).get("solution")}
    for before in reversed(released[:index]):
        anchors = _alike(submitted, before)
        if anchors:
            break
    else:
        return []
    free = []
    for place in range(anchors[0] + 1, len(submitted)):
        cell = submitted[place]
        if cell.words in known:
            break
        own = cell.grade_id in paper.grade_ids
        if place not in claimed and not own and cell.kind == released[index].cell_type:
            free.append(place)
    stub = released[index].source
    # Cells beyond these, and the rest of a long one, would cost minutes to compare.
    likeness = {
        place: SequenceMatcher(None, stub[:2000], submitted[place].source[:2000]).ratio() for place in free[:20]
    }
    return [max(likeness, key=likeness.__getitem__)] if likeness else []


def _roles(given: NotebookNode) -> dict[str, str]:
    details = given.metadata.nbgrader
    return {name: repr(details[name]) for name in ("points", "grade", "solution", "locked") if name in details}


def _alike(submitted: list[SubmittedCell], given: NotebookNode) -> list[int]:
    """Where the same words stand as in a cell of the assignment: the one way in which cells are compared."""
    words = _words(given)
    return [place for place, cell in enumerate(submitted) if cell.words == words]


def _words(given: NotebookNode) -> str:
    return SubmittedCell(given.cell_type, clean(given.source)).words
