"""nbgrader's gradebook: what the machine has found out goes in, and what people have decided stays."""

import contextlib
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.converters import NbGraderException
from sqlalchemy.exc import InterfaceError, OperationalError, PendingRollbackError, SAWarning, SQLAlchemyError

from utils.course import Assignment
from utils.grading.rebuilding import Paper, answers
from utils.grading.release import config, generate
from utils.grading.scoring import FAILED, REVIEW, Result

_AWAY = (
    OperationalError,
    InterfaceError,
    PendingRollbackError,
)  # everyone's trouble; all else is one student's

# For a new gradebook nbgrader runs the program `alembic`, which lies beside Python, on the PATH or not.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


class GradebookError(ValueError):
    """The gradebook is away, locked or full. No student's fault, and nothing that was graded is lost."""


@contextlib.contextmanager
def opened(url: str) -> Iterator[Gradebook]:
    """The gradebook.

    Raises:
        GradebookError: it cannot be opened, or fails while it is open.
    """
    try:
        gradebook = Gradebook(url)
    except (SQLAlchemyError, ImportError) as error:  # no such server, no such driver
        raise GradebookError(f"The gradebook cannot be opened: {_words(error)}") from None
    with gradebook, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # nbgrader makes rows before it says whose they are
        try:
            yield gradebook
        except _AWAY as error:
            raise _failed(error) from None


def add_assignment(url: str, assignment: Assignment) -> None:
    """Tell the gradebook the assignment's cells and points. Twice is as good as once.

    Raises:
        GradebookError: it could not be told.
    """
    settings = config()
    settings.CourseDirectory.db_url = url
    with tempfile.TemporaryDirectory() as folder:  # nbgrader fills the gradebook while it makes a release
        settings.CourseDirectory.release_directory = folder
        try:
            generate(assignment, settings)
        except NbGraderException as error:  # its own words advise to change the gradebook's form
            raise _failed(error.__context__ or error) from None


def refuse_other_cells(url: str, paper: Paper) -> None:
    """nbgrader can add no cell to an assignment, and take none away, once there are submissions to it.

    Raises:
        ValueError: the gradebook holds submissions to the assignment when it had other cells, or cannot be opened.
    """
    with opened(url) as gradebook, contextlib.suppress(MissingEntry):
        notebook = gradebook.find_notebook(paper.name, paper.name)
        known = {cell.name for cell in [*notebook.grade_cells, *notebook.solution_cells]}
        changed = known ^ (set(paper.points()) | set(answers(paper.complete)))
        if notebook.submissions and changed:
            raise ValueError(
                f"The gradebook holds submissions to {paper.name} when it had other tasks: "
                f"{', '.join(sorted(changed))} came or went. Undo that, or begin a new folder and gradebook."
            )


def record(gradebook: Gradebook, assignment: str, result: Result, changed: set[str], is_new: bool) -> None:
    """Write one student's result down. Who failed gets no points, not 0: there is no entry.

    ``changed`` are the answers that are others than those that were there before. Points that a person has given
    are kept; where the answer has changed since, the gradebook asks the person to look again. What a person has
    looked at stays so, unless the result ``is_new``.

    Raises:
        GradebookError: the gradebook is away, locked or full.
        Exception: whatever in the result it cannot hold.
    """
    if result.status == FAILED:
        return
    try:
        first, _, last = result.student[:128].rpartition(" ")
        gradebook.update_or_create_student(result.student_id, last_name=last, first_name=first)
        gradebook.update_or_create_submission(assignment, result.student_id)
        notebook = gradebook.find_submission_notebook(assignment, assignment, result.student_id)
        _record(notebook, result, changed, is_new)
        gradebook.db.commit()
    except _AWAY as error:
        raise _failed(error) from None
    except Exception:
        gradebook.db.rollback()
        raise


def marks(url: str, assignment: str) -> dict[str, dict[str, dict]]:
    """By student id and grade id: score so far, most points, comment, and what is missing.

    ``waiting``: a person's points. ``outdated``: the answer has changed since a person gave points. ``flagged``: a
    person has to look at the submission, and has not taken the flag off.
    """
    with opened(url) as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions(assignment):
            notebook = submission.notebooks[0]
            comments = {comment.name: comment.comment or "" for comment in notebook.comments}
            found[submission.student.id] = {
                grade.name: {
                    "score": grade.score,
                    "max_score": grade.max_score,
                    "waiting": grade.manual_score is None and grade.auto_score is None,
                    "outdated": grade.manual_score is not None and grade.needs_manual_grade,
                    "flagged": notebook.flagged,
                    "comment": comments.get(grade.name, ""),
                }
                for grade in notebook.grades
            }
        return found


def _record(notebook: SubmittedNotebook, result: Result, changed: set[str], is_new: bool) -> None:
    if is_new:
        notebook.flagged = result.status == REVIEW
    for grade in notebook.grades:
        grade.auto_score = result.scores.get(grade.name)
        if grade.manual_score is not None:
            grade.needs_manual_grade |= grade.name.removeprefix("check-") in changed
        elif is_new or grade.auto_score is None:
            grade.needs_manual_grade = grade.auto_score is None or result.status == REVIEW
    for comment in notebook.comments:
        empty = result.scores.get(comment.name) == 0.0
        comment.auto_comment = "No response." if empty else None


def _failed(error: BaseException) -> GradebookError:
    return GradebookError(
        f"The gradebook could not be written or read: {_words(error)} What is graded is kept: when that is mended, "
        "the same command goes on."
    )


def _words(error: BaseException) -> str:
    """What the database says, without the statement and its values."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    return text if text.endswith(".") else f"{text}."


def settings_text(url: str, source: str) -> str:
    """The ``nbgrader_config.py`` of a folder of grades: with it nbgrader's formgrader opens the folder."""
    return (
        '"""Written by `python -m utils.grading grade`. With it nbgrader\'s Formgrader opens this folder."""\n\n'
        "c = get_config()  # noqa: F821\n"
        f"c.CourseDirectory.course_id = {json.dumps('cnn-course')}\n"
        f"c.CourseDirectory.db_url = {json.dumps(url)}\n"
        f"c.CourseDirectory.source_directory = {json.dumps(source)}\n"
    )
