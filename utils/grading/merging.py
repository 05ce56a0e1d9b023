"""From results to what people read: gradebook, grades.csv, feedback pages, summary. As often as you like."""

import json
import os
import tempfile
from pathlib import Path

import nbformat
from traitlets.config import PyFileConfigLoader

from utils.grading import chunks, feedback, gradebook, table
from utils.grading.rebuilding import Paper, answers
from utils.grading.scoring import FAILED, REVIEW, Result
from utils.notebooks.course import SOLUTIONS, Assignment, assignments


class Grades:
    """A folder of grades for one assignment: ``results/`` of the machine, and what is made from them.

    nbgrader's Formgrader opens the folder; ``gradebook.db`` is in it unless ``url`` names another database.
    """

    def __init__(self, folder: Path, assignment: Assignment, url: str | None = None):
        self.folder, self.assignment = folder.resolve(), assignment
        self.paper = Paper.of(assignment)
        self.results_folder = self.folder / "results" / assignment.file
        self.settings = self.folder / "nbgrader_config.py"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = self._address(url)

    def merge(self) -> list[Result]:
        """Put all results that are there into the gradebook, and write the rest anew."""
        results = chunks.load(self.results_folder)
        gradebook.add_assignment(self.url, self.assignment)
        self._remember_address()
        changed = {each.student_id: self._changed(each) for each in results if each.notebook}
        gradebook.record(self.url, self.assignment.file, results, changed)
        for result in results:
            if result.notebook:
                path = self._graded_notebook(result)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(result.notebook, indent=1), encoding="utf-8")
        self.feedback()
        export(self.folder)
        (self.folder / "summary.txt").write_text(summary(results), encoding="utf-8")
        return results

    def feedback(self) -> Path:
        """Write ``feedback/STUDENT_ID/ASSIGNMENT.html`` for all, with points and comments as they are by now."""
        folder = self.folder / "feedback"
        marks = self._marks()
        for result in chunks.load(self.results_folder):
            path = folder / result.student_id / f"{self.assignment.file}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = feedback.page(result, self.paper, marks.get(result.student_id, {}))
            path.write_text(text, encoding="utf-8")
        return folder

    def rows(self) -> list[dict[str, object]]:
        """The assignment's part of ``grades.csv``. Who failed to be graded has no score, not 0."""
        marks = self._marks()
        max_score = sum(self.paper.points().values())
        rows = []
        for result in chunks.load(self.results_folder):
            found = {} if result.status == FAILED else marks[result.student_id]
            given = {name: mark for name, mark in found.items() if not mark["waiting"]}
            rows.append(
                {
                    "student": result.student,
                    "student_id": result.student_id,
                    "assignment": self.assignment.file,
                    "status": result.status,
                    "score": sum(mark["score"] for mark in given.values()) if found else None,
                    "max_score": max_score,
                    "waiting_for_a_person": sum(
                        mark["max_score"] for mark in found.values() if mark["waiting"]
                    ),
                    "points": ", ".join(f"{name} {mark['score']:g}" for name, mark in given.items()),
                    "reasons": " ".join(result.reasons),
                }
            )
        return rows

    def _marks(self) -> dict[str, dict[str, dict]]:
        """By student id and grade id, in the order of the assignment."""
        found = gradebook.marks(self.url, self.assignment.file)
        names = self.paper.points()
        return {student: {name: marks[name] for name in names} for student, marks in found.items()}

    def _changed(self, result: Result) -> set[str]:
        """Which answers are others than in the notebook that was graded before."""
        path = self._graded_notebook(result)
        if not path.exists():
            return set()
        before = answers(nbformat.read(path, as_version=4))
        now = answers(nbformat.from_dict(result.notebook))
        return {name for name in now if now[name] != before.get(name)}

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

    def _remember_address(self) -> None:
        """For Formgrader, and for the next time. Only you can read it: there can be a password in it."""
        handle, unfinished = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(gradebook.settings_text(self.url, str(SOLUTIONS)))
        os.replace(unfinished, self.settings)  # in one step: there is never half of one


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
    """Write ``grades.csv`` from the gradebook: with the points that people have given by now."""
    path = folder / "grades.csv"
    table.write([row for grades in all_grades(folder) for row in grades.rows()], path)
    return path


def summary(results: list[Result]) -> str:
    """How many, and by name who needs a person and why."""
    lines = [f"{len(results)} submissions"]
    for status in (REVIEW, FAILED):
        found = [result for result in results if result.status == status]
        lines.append(f"{len(found)} {status}")
        for result in found:
            lines.append(f"  {_one_line(result.student)} ({result.student_id})")
            lines += [f"    {_one_line(reason)}" for reason in result.reasons]
    waiting = sum(None in result.scores.values() for result in results)
    lines.append(f"{waiting} with answers that a person grades, in Formgrader")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
