"""Which copy of a data set is used.

Copies are looked for in this order, and the first that passes its check is used:

1. the folder that the environment variable ``COURSE_DATA`` names: a classroom's copy;
2. the course's own cache (``cache.py``);
3. a system copy, such as that of Debian's package ``dataset-fashion-mnist``;
4. the download mirrors (``mirrors.py``), unless ``COURSE_OFFLINE=1``;
5. the small sample that comes with the course, which says so wherever it is used.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from utils.data import cache, download
from utils.data.dataset import Dataset, channel_statistics
from utils.data.files import DamagedFile, Images, shown
from utils.data.mirrors import Remote
from utils.files import classroom, offline


class Copy(NamedTuple):
    """One copy of a data set, found but not yet read."""

    roots: tuple[Path, ...]  # the files or folders that hold it
    read: Callable[[Iterable[Path]], Images]  # raises DamagedFile
    takes_seconds: bool  # to read: its decoded form is worth keeping


class Recipe(NamedTuple):
    """How to find and read one data set."""

    name: str
    key: str  # the name of its folder in the cache and among system copies
    class_names: tuple[str, ...]
    keep: tuple[int, ...]  # the labels to keep, renumbered from 0
    copies: Callable[[Path], Iterator[Copy]]  # the copies in a folder, the easiest to read first
    downloads: tuple[Remote, ...]
    sample: Callable[[], Images]
    sample_words: str  # what the sample consists of


def load(recipe: Recipe) -> tuple[Dataset, Dataset]:
    """``(train, test)`` from the first copy that passes its check. A copy that does not is named in a warning.

    Raises:
        NotADirectoryError: ``COURSE_DATA`` is not a folder.
        PermissionError: ``COURSE_DATA`` cannot be read.
    """
    for folder, words in _places(recipe.key):
        if found := _read_from(folder, recipe):
            copy, images = found
            return _datasets(recipe, images, f"from {words}{_within(folder, copy)}")

    if offline():
        why = "COURSE_OFFLINE is set"
    else:
        try:
            folder = _download(recipe)
            if found := _read_from(folder, recipe):
                _, images = found
                return _datasets(recipe, images, f"downloaded to {shown(folder)}")
            why = "it could not be read back"
        except download.DownloadError as error:
            why = str(error)

    train, test = _datasets(recipe, recipe.sample(), recipe.sample_words, is_sample=True)
    note = " (COURSE_DATA has none)" if classroom() else ""
    print(
        f"{train.source}. No other copy of {recipe.name} was found{note}, and none was downloaded: {why}. Results "
        f"on the sample say little about {recipe.name}. To get it, connect to the network and run this again in a "
        "minute, or set COURSE_DATA to a folder that holds it."
    )
    return train, test


def _places(key: str) -> Iterator[tuple[Path, str]]:
    """The folders to look in, and how to speak of them. The classroom's path is nobody else's business."""
    if folder := classroom():
        yield folder, "the classroom copy in COURSE_DATA"
    yield cache.folder() / key, f"the cache in {shown(cache.folder() / key)}"
    for shared in (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(os.pathsep):
        folder = Path(shared) / "datasets" / key
        yield folder, f"the system copy in {shown(folder)}"


def _read_from(folder: Path, recipe: Recipe) -> tuple[Copy, Images] | None:
    """The first good copy in ``folder``, if there is any."""
    try:
        for copy in recipe.copies(folder):
            try:
                if copy.takes_seconds:
                    return copy, cache.decoded(recipe.key, copy.roots, copy.read)
                return copy, copy.read(copy.roots)
            except DamagedFile as error:
                ours = folder == cache.folder() / recipe.key
                if ours and download.remove_damaged(recipe.downloads, folder):
                    _warn(f"{error.fact}. It was removed from the cache.")
                else:
                    _warn(f"{error} Meanwhile, another copy is used.")
    except OSError as error:
        name = shown(error.filename or folder)
        _warn(f"{name} cannot be read ({error.strerror}): make it readable. Meanwhile, another copy is used.")
    return None


def _warn(message: str) -> None:
    warnings.warn(message, stacklevel=5)  # at the line that asked for the data


def _within(folder: Path, copy: Copy) -> str:
    """Which of the things in ``folder`` was read, if it is not the folder itself."""
    where = copy.roots[0] if len(copy.roots) == 1 else copy.roots[0].parent
    return "" if where == folder else f" ({where.relative_to(folder).as_posix()})"


def _download(recipe: Recipe) -> Path:
    """The folder into which every file of the data set was downloaded: the cache, if it can be written.

    Raises:
        DownloadError: a file could not be had, or not be written anywhere.
    """
    for base in (cache.folder, cache.temporary):
        try:
            for remote in recipe.downloads:
                download.fetch(remote, base() / recipe.key)
            return base() / recipe.key
        except OSError as error:
            cache.warn_unwritable(base(), error.strerror)
    raise download.DownloadError("there is no room for it")


def _datasets(recipe: Recipe, images: Images, origin: str, is_sample: bool = False) -> tuple[Dataset, Dataset]:
    """Training and test images of the classes that ``recipe`` keeps."""
    new_label = torch.full((len(recipe.class_names),), -1)
    new_label[list(recipe.keep)] = torch.arange(len(recipe.keep))
    parts = []
    for pixels, labels in (images[:2], images[2:]):
        labels = new_label[labels]
        if len(recipe.keep) < len(recipe.class_names):
            pixels, labels = pixels[labels >= 0], labels[labels >= 0]
        parts.append((pixels, labels))
    class_names = tuple(recipe.class_names[label] for label in recipe.keep)
    counts = f"{len(parts[0][1]):,} + {len(parts[1][1]):,} images"
    source = f"BUNDLED SAMPLE: {counts}, {origin}" if is_sample else f"{recipe.name}, {counts}, {origin}"
    mean, std = channel_statistics(parts[0][0])  # of the training images, for both parts
    train, test = (Dataset(pixels, labels, class_names, source, is_sample, mean, std) for pixels, labels in parts)
    return train, test
