"""Grading many: a chunk of submissions to one file of results for each, in several processes. It can be stopped."""

import ctypes
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

from tqdm import tqdm

from utils.grading import private
from utils.grading.parsing import Submission
from utils.grading.rebuilding import Paper
from utils.grading.sandbox import Limits
from utils.grading.scoring import FAILED, Result, grade, key_of


def share(submissions: list[Submission], part: int, parts: int) -> list[Submission]:
    """The part-th of so many shares, counted from 1. All shares together are all submissions, each once."""
    return submissions[part - 1 :: parts]


def grade_all(
    submissions: list[Submission],
    paper: Paper,
    folder: Path,
    limits: Limits,
    jobs: int = 1,
    trusted: bool = False,
) -> None:
    """Write ``folder/STUDENT_ID.json`` for each submission, as soon as it is graded.

    A result that is there already, of the same submission, assignment and limits, is left alone. So an
    interrupted run is continued by running it again, and machines that share a folder can share the work.
    """
    private.make_folder(folder)
    todo = [each for each in submissions if not _is_done(each, paper, folder, limits)]
    work = partial(grade, paper=paper, limits=limits, trusted=trusted)
    done = len(submissions) - len(todo)
    with tqdm(total=len(submissions), initial=done, desc=paper.name, unit="submission") as bar:

        def keep(result: Result) -> None:
            save(result, folder)
            bar.update()

        for submission in _together(todo, work, jobs, keep):
            if _together([submission], work, 1, keep):
                lost = Result.of(submission, key_of(submission, paper, limits))
                lost.status, lost.again = FAILED, True
                lost.reasons = ["The grader's process ended while it graded this."]
                keep(lost)


def _together(
    todo: list[Submission], work: Callable[[Submission], Result], jobs: int, keep: Callable[[Result], None]
) -> list[Submission]:
    """Grade in several processes. If one of them dies all end; gives those that were not done by then."""
    left = {each.student_id: each for each in todo}
    with ProcessPoolExecutor(jobs, initializer=_end_with_parent) as pool:
        try:
            for future in as_completed([pool.submit(work, each) for each in todo]):
                keep(result := future.result())
                del left[result.student_id]
        except BrokenProcessPool:
            pass
        except BaseException:
            tqdm.write("Stopping …", file=sys.stderr)  # it takes seconds to end all that runs
            pool.shutdown(cancel_futures=True)
            raise
    return list(left.values())


def _end_with_parent() -> None:
    """Where the grader is killed, its processes end as well."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def load(folder: Path) -> list[Result]:
    """All results that are in a folder, by student. One that cannot be read has failed, and says so."""
    results = [_read(path) or _damaged(path) for path in folder.glob("*.json")]
    return sorted(results, key=lambda result: (result.student, result.student_id))


def save(result: Result, folder: Path) -> None:
    """Write a result in one step: there is never half of one."""
    private.write(folder / f"{result.student_id}.json", result.as_json())


def _is_done(submission: Submission, paper: Paper, folder: Path, limits: Limits) -> bool:
    path = folder / f"{submission.student_id}.json"
    result = _read(path) if path.exists() else None
    return result is not None and result.key == key_of(submission, paper, limits) and not result.again


def _read(path: Path) -> Result | None:
    """A result; None where the file is not what was written, as after a crash of the machine."""
    try:
        return Result.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError):
        return None


def _damaged(path: Path) -> Result:
    reason = f"{path.name} in {path.parent} is damaged: hand the submission to `grade` once more."
    return Result(path.stem, path.stem, "", FAILED, [reason], again=True)
