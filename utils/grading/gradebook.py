"""nbgrader's gradebook: what the machine has found out goes in, and what people have decided stays."""

import contextlib
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

from nbgrader.api import Grade, Gradebook, MissingEntry, SubmittedNotebook
from sqlalchemy.exc import SAWarning, SQLAlchemyError

from utils.grading.rebuilding import Paper, answers
from utils.grading.release import config, generate
from utils.grading.scoring import FAILED, REVIEW, Result
from utils.notebooks.course import Assignment

# For a new gradebook nbgrader runs the program `alembic`, which lies beside Python, on the PATH or not.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def add_assignment(url: str, assignment: Assignment) -> None:
    """Tell the gradebook the assignment's cells and points. Twice is as good as once."""
    settings = config()
    settings.CourseDirectory.db_url = url
    with tempfile.TemporaryDirectory() as folder:  # nbgrader fills the gradebook while it makes a release
        settings.CourseDirectory.release_directory = folder
        generate(assignment, settings)


def refuse_other_cells(url: str, paper: Paper) -> None:
    """nbgrader can add no cell to an assignment, and take none away, once there are submissions to it.

    Raises:
        ValueError: the gradebook holds submissions to the assignment when it had other cells, or cannot be opened.
    """
    try:
        opened = Gradebook(url)
    except (SQLAlchemyError, ImportError) as error:  # no such server, no such driver
        raise ValueError(f"The gradebook cannot be opened: {getattr(error, 'orig', None) or error}") from None
    with opened as gradebook, contextlib.suppress(MissingEntry):
        notebook = gradebook.find_notebook(paper.name, paper.name)
        known = {cell.name for cell in [*notebook.grade_cells, *notebook.solution_cells]}
        changed = known ^ (set(paper.points()) | set(answers(paper.complete)))
        if notebook.submissions and changed:
            raise ValueError(
                f"The gradebook holds submissions to {paper.name} when it had other tasks: "
                f"{', '.join(sorted(changed))} came or went. Undo that, or begin a new folder and gradebook."
            )


def record(url: str, assignment: str, results: list[Result], changed: dict[str, set[str]]) -> None:
    """Write the results down. Failed ones get no points, not 0: they are left out.

    ``changed`` says, by student id, which answers are others than those that were there before. Points that a
    person has given are kept; where the answer has changed since, the gradebook asks the person to look again.
    """
    with Gradebook(url) as gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader makes rows before it says whose they are
        for result in results:
            name = result.student.replace("\0", "")[:128].encode(errors="replace").decode()
            gradebook.update_or_create_student(result.student_id, last_name=name, first_name="")
            if result.status != FAILED:
                gradebook.update_or_create_submission(assignment, result.student_id)
                notebook = gradebook.find_submission_notebook(assignment, assignment, result.student_id)
                _record(notebook, result, changed.get(result.student_id, set()))
        gradebook.db.commit()


def marks(url: str, assignment: str) -> dict[str, dict[str, dict]]:
    """By student id and grade id: score so far, most points, comment, and whether a person's points are missing."""
    with Gradebook(url) as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions(assignment):
            notebook = submission.notebooks[0]
            comments = {comment.name: comment.comment or "" for comment in notebook.comments}
            found[submission.student.id] = {
                grade.name: {
                    "score": grade.score,
                    "max_score": grade.max_score,
                    "waiting": grade.manual_score is None and grade.auto_score is None,
                    "comment": comments.get(grade.name, ""),
                }
                for grade in notebook.grades
            }
        return found


def _record(notebook: SubmittedNotebook, result: Result, changed: set[str]) -> None:
    notebook.flagged = result.status == REVIEW
    for grade in notebook.grades:
        grade.auto_score = result.scores.get(grade.name)
        _ask_for_a_person(grade, result, changed)
    for comment in notebook.comments:
        empty = result.scores.get(comment.name) == 0.0
        comment.auto_comment = "No response." if empty else None


def _ask_for_a_person(grade: Grade, result: Result, changed: set[str]) -> None:
    if grade.manual_score is None:
        grade.needs_manual_grade = grade.auto_score is None or result.status == REVIEW
    elif grade.name.removeprefix("check-") in changed:
        grade.needs_manual_grade = True


def settings_text(url: str, source: str) -> str:
    """The ``nbgrader_config.py`` of a folder of grades: with it nbgrader's formgrader opens the folder."""
    return (
        '"""Written by `python -m utils.grading grade`. With it nbgrader\'s Formgrader opens this folder."""\n\n'
        "c = get_config()  # noqa: F821\n"
        f"c.CourseDirectory.course_id = {json.dumps('cnn-course')}\n"
        f"c.CourseDirectory.db_url = {json.dumps(url)}\n"
        f"c.CourseDirectory.source_directory = {json.dumps(source)}\n"
    )
