"""From results to what people read: gradebook, grades.csv, feedback pages, summary. As often as you like."""

import contextlib
import errno
import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
from traitlets.config import PyFileConfigLoader

from utils.course import SOLUTIONS, Assignment, assignments
from utils.grading import chunks, feedback, gradebook, private, report, table
from utils.grading.gradebook import GradebookError
from utils.grading.names import clean
from utils.grading.rebuilding import Paper, answers
from utils.grading.scoring import FAILED, GRADED, REVIEW, Result

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # of a disk: everyone's trouble
_NOT_MERGED = "Not merged yet: run the `grade` command without --share."


class Grades:
    """A folder of grades for one assignment: ``results/`` of the machine, and what is made from them.

    nbgrader's Formgrader opens the folder; ``gradebook.db`` is in it unless ``url`` names another database.
    """

    def __init__(self, folder: Path, assignment: Assignment, url: str | None = None):
        self.folder, self.assignment = folder.resolve(), assignment
        self.paper = Paper.of(assignment)
        self.results_folder = self.folder / "results" / assignment.file
        self.settings = self.folder / "nbgrader_config.py"
        private.make_folder(self.folder).chmod(0o700)
        self.url = self._address(url)
        self.problems: list[str] = []  # what could not be written, by student

    def merge(self) -> None:
        """Put all results that are there into the gradebook, and write the rest anew.

        What fails for one student is in ``problems``, and the others go on.

        Raises:
            GradebookError: the gradebook is away, locked or full.
            OSError: the disk is full.
        """
        gradebook.add_assignment(self.url, self.assignment)
        self.remember_address()
        name = self.assignment.file
        with gradebook.opened(self.url) as opened:
            for result in chunks.load(self.results_folder):
                with self._alone(result, "cannot be put into the gradebook"):
                    changed, is_new = self._news(result)
                    gradebook.record(opened, name, result, changed, is_new)
                    if result.notebook:
                        text = json.dumps(_with_reasons(result), indent=1)
                        private.write(self._graded_notebook(result), text)
        self.feedback()
        write_tables([self, *(each for each in all_grades(self.folder) if each.assignment != self.assignment)])

    def feedback(self) -> Path:
        """Write ``feedback/STUDENT_ID/ASSIGNMENT.html`` for all, with points and comments as they are by now."""
        folder = self.folder / "feedback"
        marks = self.marks()
        for result in chunks.load(self.results_folder):
            with self._alone(result, "has no page"):
                if result.status != FAILED and result.student_id not in marks:
                    raise ValueError(_NOT_MERGED)
                text = feedback.page(result, self.paper, marks.get(result.student_id, {}))
                private.write(folder / result.student_id / f"{self.assignment.file}.html", text)
        return folder

    def rows(self) -> list[dict[str, object]]:
        """The assignment's part of ``grades.csv``. Who failed to be graded has no score, not 0."""
        marks = self.marks()
        max_score = sum(self.paper.points().values())
        rows = []
        for result in chunks.load(self.results_folder):
            found = {} if result.status == FAILED else marks.get(result.student_id, {})
            status, reasons = standing(result, found)
            given = {name: mark for name, mark in found.items() if not mark["waiting"]}
            missing = [mark["max_score"] for mark in found.values() if mark["waiting"] or mark["outdated"]]
            rows.append(
                {
                    "student": result.student,
                    "student_id": result.student_id,
                    "assignment": self.assignment.file,
                    "status": status,
                    "late": "late" if result.late else "",
                    "score": sum(mark["score"] for mark in given.values()) if found else None,
                    "max_score": max_score,
                    "waiting_for_a_person": sum(missing),
                    "points": ", ".join(f"{name} {mark['score']:g}" for name, mark in given.items()),
                    "reasons": " ".join(reasons),
                }
            )
        return rows

    def summary(self) -> str:
        """How many, and by name who needs a person and why, as it is by now."""
        results = chunks.load(self.results_folder)
        people = summary(results, self.marks(), self.problems)
        return f"{self.assignment.file}: {people}{report.by_task(results, self.paper)}"

    def marks(self) -> dict[str, dict[str, dict]]:
        """By student id and grade id, in the order of the assignment: see `gradebook.marks`."""
        found = gradebook.marks(self.url, self.assignment.file)
        names = self.paper.points()
        return {student: {name: marks[name] for name in names} for student, marks in found.items()}

    def remember_address(self) -> None:
        """For Formgrader, and for the next time. Only you can read it: there can be a password in it."""
        private.write(self.settings, gradebook.settings_text(self.url, str(SOLUTIONS)))

    @contextlib.contextmanager
    def _alone(self, result: Result, what: str) -> Iterator[None]:
        """What goes wrong with one student is written down, and the next one's turn comes."""
        try:
            yield
        except Exception as error:
            if isinstance(error, GradebookError) or getattr(error, "errno", None) in _FULL:
                raise
            self.problems.append(f"{result.student} ({result.student_id}) {what}: {clean(str(error))}")

    def _news(self, result: Result) -> tuple[set[str], bool]:
        """Which answers are others than in the notebook that was graded before, and whether anything is new."""
        path = self._graded_notebook(result)
        if not result.notebook or not path.exists():
            return set(), True
        before = nbformat.read(path, as_version=4)
        old, now = answers(before), answers(nbformat.from_dict(result.notebook))
        changed = {name for name in now if now[name] != old.get(name)}
        return changed, bool(changed) or before.metadata.get("reasons") != result.reasons

    def _graded_notebook(self, result: Result) -> Path:
        """Where nbgrader looks for it."""
        name = self.assignment.file
        return self.folder / "autograded" / result.student_id / name / f"{name}.ipynb"

    def _address(self, url: str | None) -> str:
        """The gradebook's: the one this folder was begun with, else the given one, else a file in the folder."""
        if not self.settings.exists():
            return url or f"sqlite:///{self.folder / 'gradebook.db'}"
        loaded = PyFileConfigLoader(self.settings.name, path=str(self.folder)).load_config()
        known = loaded.CourseDirectory.db_url
        if url not in (None, known):
            raise ValueError(
                f"{self.folder} has another gradebook, with the points that were given by hand: leave --gradebook "
                f"out, or begin a new folder of grades. ({self.settings.name} in it says which gradebook.)"
            )
        return known


def all_grades(folder: Path) -> list[Grades]:
    """One for each assignment that has results in the folder.

    Raises:
        ValueError: there is none, or an assignment has other tasks by now.
    """
    found = [Grades(folder, each) for each in assignments() if (folder / "results" / each.file).is_dir()]
    if not found:
        raise ValueError(f"{folder} is not a folder of grades: it has no results of an assignment")
    for grades in found:
        gradebook.refuse_other_cells(grades.url, grades.paper)
    return found


def export(folder: Path) -> Path:
    """Write ``grades.csv`` and ``summary.txt`` from the gradebook: with what people have done by now.

    Raises:
        ValueError: nothing has been merged yet, so that there are no points.
    """
    everyone = all_grades(folder)
    refuse_unmerged(everyone)
    return write_tables(everyone)


def refuse_unmerged(everyone: list[Grades]) -> None:
    """Raises ValueError if there are results of shares, and no gradebook that knows any of them."""
    graded = [r for each in everyone for r in chunks.load(each.results_folder) if r.status != FAILED]
    if graded and not any(each.marks() for each in everyone):
        raise ValueError(_NOT_MERGED)


def write_tables(everyone: list[Grades]) -> Path:
    """Write ``grades.csv`` and ``summary.txt`` of one folder; gives the path of the first."""
    path = everyone[0].folder / "grades.csv"
    ordered = sorted(everyone, key=lambda grades: grades.assignment.file)
    table.write([row for grades in ordered for row in grades.rows()], path)
    private.write(path.parent / "summary.txt", "\n".join(grades.summary() for grades in ordered))
    return path


def standing(result: Result, marks: dict[str, dict]) -> tuple[str, list[str]]:
    """Status and reasons, with what people have done since, and what they have to do again."""
    status, reasons = result.status, list(result.reasons)
    if status == FAILED:
        return status, reasons
    if not marks:
        return status, [*reasons, _NOT_MERGED]
    if status == REVIEW and not any(mark["flagged"] for mark in marks.values()):
        status, reasons = GRADED, [*reasons, "A person has looked at it."]
    for name, mark in marks.items():
        if mark["outdated"]:
            status = REVIEW
            reasons.append(f"The answer of {name} changed after points were given by hand: look again.")
    return status, reasons


def summary(
    results: list[Result], marks: dict[str, dict[str, dict]] | None = None, problems: list[str] | None = None
) -> str:
    """How many, and by name who needs a person and why: by the machine's results, or with what people did since."""
    lines = [f"{len(results)} submissions"]
    standings = [
        (
            result,
            *(standing(result, marks.get(result.student_id, {})) if marks else (result.status, result.reasons)),
        )
        for result in results
    ]
    for status in (REVIEW, FAILED):
        found = [(result, reasons) for result, now, reasons in standings if now == status]
        lines.append(f"{len(found)} {status}")
        for result, reasons in found:
            lines.append(f"  {_one_line(result.student)} ({result.student_id})")
            lines += [f"    {_one_line(reason)}" for reason in reasons]
    if problems:
        lines.append(f"{len(problems)} not written, all others are")
        lines += [f"  {_one_line(problem)}" for problem in problems]
    if marks is None:
        waiting = sum(None in result.scores.values() for result in results)
    else:
        of_each = [marks.get(result.student_id, {}) for result in results if result.status != FAILED]
        waiting = sum(any(m["waiting"] or m["outdated"] for m in each.values()) for each in of_each)
    lines.append(f"{waiting} with answers that a person grades, in Formgrader")
    return "\n".join(lines) + "\n"


def _with_reasons(result: Result) -> dict:
    """The notebook that was run, with the reasons beside it: a person has looked at these, and not at later ones."""
    return result.notebook | {"metadata": result.notebook["metadata"] | {"reasons": result.reasons}}


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
