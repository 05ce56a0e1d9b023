"""Files of a folder of grades: whole or not there, and for their owner only, whatever the umask."""

import os
import tempfile
from pathlib import Path


def make_folder(path: Path) -> Path:
    """Make a folder, and those it lies in, so that only you can look into it.

    Raises:
        OSError: there is a file in its place, or it cannot be made.
    """
    if not path.parent.is_dir():
        make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def write(path: Path, content: str | bytes) -> None:
    """Write a file in one step: there is never half of one, also where the machine goes down.

    Raises:
        OSError: it cannot be written; what was there before is there still.
    """
    handle, unfinished = tempfile.mkstemp(dir=make_folder(path.parent), prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(handle)
        os.replace(unfinished, path)
    except BaseException as problem:
        Path(unfinished).unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise OSError(problem.errno, problem.strerror, str(path)) from None
        raise
