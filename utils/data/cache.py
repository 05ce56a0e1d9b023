"""The course's own folder for what it downloads and decodes: ``$XDG_CACHE_HOME/cnn-course`` or ``~/.cache/cnn-course``.

Reading 60,000 JPEG files takes many seconds, reading their decoded pixels a fraction of one. So the pixels are kept
here, together with a fingerprint of the files they came from: they are used only while those files stay the same.
"""

import atexit
import functools
import hashlib
import json
import math
import mmap
import os
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from utils.data.files import Images, below, shown
from utils.files import home_path, written_whole

VERSION = 1  # raise it when a reader changes what it makes of the same files


def folder() -> Path:
    """The cache. It need not exist yet, and may be read-only."""
    return home_path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "cnn-course"


@functools.cache
def temporary() -> Path:
    """A folder that lasts as long as this process, for machines whose cache cannot be written."""
    path = Path(tempfile.mkdtemp(prefix="cnn-course-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@functools.cache
def warn_unwritable(path: Path, error: str) -> None:
    """Say once that nothing can be kept."""
    warnings.warn(
        f"{shown(path)} cannot be written ({error}), so data is read or downloaded anew each time. Free some room "
        "there, or set XDG_CACHE_HOME to a folder that can be written.",
        stacklevel=2,
    )


def decoded(name: str, roots: Iterable[Path], read: Callable[[Iterable[Path]], Images]) -> Images:
    """``read(roots)``, from the cache if these very files were read before.

    Args:
        name: of the data set: the cache keeps one decoded copy of each.
        roots: the files and folders that ``read`` reads.

    Raises:
        DamagedFile: from ``read``.
    """
    fingerprint = _fingerprint(roots)
    kept = folder() / f"{name}-decoded.bin"
    images = _recall(kept, fingerprint)
    if images is None:
        images = read(roots)
        try:
            _keep(kept, fingerprint, images)
        except OSError as error:
            warn_unwritable(folder(), error.strerror)
    return images


def _fingerprint(roots: Iterable[Path]) -> str:
    """Changes when any file below ``roots`` does.

    The time of the last change of status (ctime) is part of it: programs can set a file's size and its time of
    modification back, and archives do, but not that one.
    """
    digest = hashlib.sha256(f"{VERSION}".encode())
    for root in roots:
        for entry in below(root) if root.is_dir() else [root]:
            stat = entry.stat()
            name = os.fspath(entry).removeprefix(os.fspath(root.parent))
            digest.update(f"{name}\0{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}\n".encode())
    return digest.hexdigest()


def _keep(path: Path, fingerprint: str, images: Images) -> None:
    """Write to ``path``: a checksum of all the rest, a line that says what it is, and the numbers as they are."""
    shapes = [tensor.shape for tensor in images]
    head = json.dumps({"from": fingerprint, "shapes": shapes}).encode() + b"\n"
    parts: list[bytes | memoryview] = [head, *(tensor.to(torch.uint8).numpy().data for tensor in images)]
    checksum = functools.reduce(lambda value, data: zlib.crc32(data, value), parts, 0)

    with written_whole(path) as file:
        file.writelines([_line(checksum), *parts])


def _recall(path: Path, fingerprint: str) -> Images | None:
    """What was kept, or None if there is nothing, or it is damaged, or it came from other files."""
    try:
        with open(path, "rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # pages are read when they are needed
    except (OSError, ValueError):  # there is no file, or an empty one
        return None
    checksum = content.readline()
    if checksum != _line(zlib.crc32(memoryview(content)[content.tell() :])):
        return None
    head = json.loads(content.readline())
    if head["from"] != fingerprint:
        return None
    tensors, start = [], content.tell()
    for shape in head["shapes"]:
        size = math.prod(shape)
        tensors.append(torch.frombuffer(content, dtype=torch.uint8, count=size, offset=start).view(shape))
        start += size
    train_images, train_labels, test_images, test_labels = tensors
    return Images(train_images, train_labels.long(), test_images, test_labels.long())


def _line(checksum: int) -> bytes:
    return b"%08x\n" % checksum
