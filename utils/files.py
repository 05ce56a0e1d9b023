"""Paths that people give, and files that are written whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def home_path(path: str | os.PathLike) -> Path:
    """The path that a person gave, where ``~`` is the home folder, as no shell makes it so behind ``=``.

    Raises:
        TypeError: it is no path.
        ValueError: there is no such home folder, or the path has a null byte.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"{path!r} is no path: write one in quotation marks, such as 'run.pt'")
    if "\0" in os.fspath(path):
        raise ValueError(f"{os.fspath(path)!r} is no path: a null byte cannot be in one")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: there is no such home folder") from error


def classroom() -> Path | None:
    """The folder that ``COURSE_DATA`` names, with a classroom's copy of data and weights; None if it names none.

    Raises:
        NotADirectoryError: it is not a folder.
        PermissionError: it cannot be read.
    """
    named = os.environ.get("COURSE_DATA")
    if not named:
        return None
    folder = home_path(named).absolute()
    instead = "unset it to let the course find or download a copy."
    if not folder.is_dir():
        raise NotADirectoryError(
            f"COURSE_DATA is {named!r}, which is not a folder: set it to the folder that holds the data, or {instead}"
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        raise PermissionError(f"COURSE_DATA is {named!r}, a folder you may not read: ask its owner, or {instead}")
    return folder


def offline() -> bool:
    """Whether ``COURSE_OFFLINE`` says that nothing is to be downloaded."""
    return os.environ.get("COURSE_OFFLINE", "0") not in ("", "0")


@contextlib.contextmanager
def written_whole(path: Path, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write into, which takes the place of ``path`` in one step at the end.

    Who looks finds the old file or the new one, never half of one, also after an error, and where the machine goes
    down. ``private`` is for its owner's eyes only.

    Raises:
        OSError: it could not be written (a full disk, say); what was there before is there still.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
    except OSError as problem:
        raise _of(path, problem) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(handle)
        os.chmod(unfinished, 0o600 if private else 0o644)
        os.replace(unfinished, path)
    except BaseException as problem:
        Path(unfinished).unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise _of(path, problem) from None
        raise


def _of(path: Path, problem: OSError) -> OSError:
    """The same, said of the file that was asked for."""
    if problem.errno is None:
        return problem
    return OSError(problem.errno, problem.strerror, str(path))
