"""Files of a folder of grades: whole or not there, and for their owner only, whatever the umask."""

from pathlib import Path

from utils.files import written_whole


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
    """Write a file, see `written_whole`.

    Raises:
        OSError: it cannot be written; what was there before is there still.
    """
    make_folder(path.parent)
    with written_whole(path, private=True) as file:
        file.write(content.encode() if isinstance(content, str) else content)
