"""Forty submissions of assignment 01 on the same two cores: nbgrader as it comes, in one process, and our sandbox."""

import json
import os
import tempfile
import time
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from benchmarks.side_by_side import Table
from utils.course import Assignment, assignments
from utils.grading import chunks, parsing
from utils.grading.gradebook import add_assignment
from utils.grading.merging import Grades
from utils.grading.rebuilding import Paper, answers
from utils.grading.sandbox import Limits

STUDENTS, CORES = 40, 2
STOCK, OURS = "nbgrader, one process", f"ours, sandboxed, {CORES} at once"


def run(rounds: int) -> list[Table]:
    """Grading times, from the files handed in to the gradebook; none in a copy for students, without solutions."""
    if not assignments():
        return []
    assignment = assignments()[0]
    seconds = {STOCK: [], OURS: []}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:CORES])  # for all processes that are started from here
    for _ in range(max(1, rounds // 4)):  # minutes each
        seconds[OURS].append(_timed(_ours, assignment))
        seconds[STOCK].append(_timed(_stock, assignment))
    os.sched_setaffinity(0, cores)
    return [Table(f"Grading {STUDENTS} submissions", STOCK, seconds)]


def _timed(grade, assignment: Assignment) -> float:
    with tempfile.TemporaryDirectory() as folder:
        _hand_in(assignment, Path(folder, "submitted"))
        began = time.perf_counter()
        grade(assignment, Path(folder))
        return time.perf_counter() - began


def _hand_in(assignment: Assignment, folder: Path) -> None:
    """The solutions, as if forty students had found them."""
    solved = answers(Paper.of(assignment).complete)
    notebook = json.loads(assignment.exercise.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in solved:
            cell["source"] = solved[grade_id]
    for number in range(STUDENTS):
        place = folder / f"student{number:02}" / assignment.file
        place.mkdir(parents=True)
        (place / assignment.exercise.name).write_text(json.dumps(notebook), encoding="utf-8")


def _ours(assignment: Assignment, folder: Path) -> None:
    grades = Grades(folder / "grades", assignment)
    everyone = parsing.collect(folder, assignment.file)
    chunks.grade_all(everyone, grades.paper, grades.results_folder, Limits(), CORES)
    results = grades.merge()
    assert len(results) == STUDENTS
    assert all(each.status == "graded" and 0.0 not in each.scores.values() for each in results)


def _stock(assignment: Assignment, folder: Path) -> None:
    settings = Config()
    settings.CourseDirectory.root = str(folder)
    settings.CourseDirectory.assignment_id = assignment.file
    settings.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
    add_assignment(settings.CourseDirectory.db_url, assignment)
    settings.Autograde.create_student = True
    settings.Execute.extra_arguments = ["--log-level=ERROR"]  # forty kernels need not all warn of the same
    converter = Autograde(coursedir=CourseDirectory(config=settings), config=settings)
    converter.log.setLevel("ERROR")
    with warnings.catch_warnings(action="ignore"):
        converter.start()
    with Gradebook(settings.CourseDirectory.db_url) as gradebook:
        scores = [each.score for each in gradebook.assignment_submissions(assignment.file)]
    assert len(scores) == STUDENTS and min(scores) > 0, "nbgrader has graded them all"
