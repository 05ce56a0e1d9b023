"""Reading files from folders and archives, and saying so when they are not what they should be."""

import hashlib
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from utils.course import ROOT
from utils.text import clean


class Images(NamedTuple):
    """A whole data set: images (N, C, H, W) uint8 and labels (N,) int64, for training and for test."""

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor


class DamagedFile(ValueError):
    """A file or folder is not what its name says it is. The message says which one, why, and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        self.fact = f"{shown(path)} {why}"
        super().__init__(f"{self.fact}. Put a good copy in its place, or delete it.")


def shown(path: Path) -> str:
    """The path as people write it, in one line that every terminal and figure can show.

    What lies in the course is named from there, so that a page says the same wherever it is made; ``~`` is the home
    folder.
    """
    if path.is_relative_to(ROOT) and path != ROOT:
        path = path.relative_to(ROOT)
    home = str(Path.home())
    name = re.sub(rf"^{re.escape(home)}(?=/|\\|$)", "~", str(path)) if home != "/" else str(path)
    return "".join(character if character.isprintable() else " " for character in clean(name))


def sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, content: bytes, sha256: str) -> None:
    """Compare ``content``, which was read from ``path``, with its published checksum.

    Raises:
        DamagedFile: they differ.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DamagedFile(path, looks_like_html(content) or "is not the file that was published (its SHA-256 differs)")


def looks_like_html(content: bytes) -> str:
    """The reason to refuse ``content`` if it is a web page, else an empty string."""
    start = content[:200].lstrip().lower()
    return "is a web page, not data" if start.startswith((b"<!doctype", b"<html", b"<?xml")) else ""


def below(
    root: Path | str, above: tuple[str, ...] = (), closed: Callable[[OSError], None] | None = None
) -> Iterator[os.DirEntry]:
    """Every file below a folder, in the order of their names. A link back to a folder it lies in is not followed.

    ``closed`` is told of each folder that cannot be opened, and the others are read; without it, that is raised.
    """
    above = (*above, os.path.realpath(root))
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        if closed is None:
            raise
        closed(error)
        return
    for entry in entries:
        if not _is_folder(entry):
            yield entry
        elif not (entry.is_symlink() and _leads_back(entry.path, above)):
            yield from below(entry.path, above, closed)


def _leads_back(link: str, above: tuple[str, ...]) -> bool:
    target = Path(os.path.realpath(link))
    return any(target == Path(folder) or target in Path(folder).parents for folder in above)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle of links
        return False


def contents(root: Path, wanted: re.Pattern) -> Iterator[tuple[str, bytes]]:
    """The name and content of each file at ``root`` whose name matches ``wanted``.

    ``root`` is a file, a folder (searched to its leaves) or a tar archive (read without unpacking it to disk).
    Names begin with the name of ``root``, or are those in the archive, with ``/`` between their parts.

    Raises:
        DamagedFile: the archive cannot be read to its end.
    """
    if root.is_dir():
        for entry in below(root):
            name = root.name + entry.path.removeprefix(os.fspath(root)).replace(os.sep, "/")
            if wanted.search(name):
                with open(entry.path, "rb") as file:
                    yield name, file.read()
    elif ".tar" in root.suffixes:
        yield from _archived(root, wanted)
    elif wanted.search(root.name):
        yield root.name, root.read_bytes()


def inside(root: Path, name: str) -> Path:
    """Where the file is that ``contents(root, …)`` called ``name``. In an archive, a path that people understand."""
    return root / name if root.is_file() and name != root.name else root.parent / name


def _archived(archive: Path, wanted: re.Pattern) -> Iterator[tuple[str, bytes]]:
    with open(archive, "rb") as file:
        page = looks_like_html(file.read(200))
        file.seek(0)
        try:
            with tarfile.open(fileobj=file) as tar:
                for member in tar:
                    if wanted.search(member.name) and (file_inside := member.isfile() and tar.extractfile(member)):
                        yield member.name, file_inside.read()
                while tar.fileobj.read(1 << 20):  # to its very end, where its own checksum stands
                    pass
        except Exception as error:  # each way of compressing has errors of its own
            raise DamagedFile(archive, page or "is not a whole tar archive") from error
