"""Which copy of a data set is used.

Copies are looked for in this order, and the first that passes its check is used:

1. the folder that the environment variable ``COURSE_DATA`` names: a classroom's copy;
2. the course's cache (``cache.py``);
3. a system copy, such as that of Debian's package ``dataset-fashion-mnist``;
4. the download mirrors (``mirrors.py``), unless ``COURSE_OFFLINE=1``;
5. the small sample that comes with the course, which says so wherever it is used.
"""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from . import cache, download
from .dataset import Dataset
from .files import DamagedFile, Images, sha256_of, shown
from .mirrors import Remote


class Copy(NamedTuple):
    """One copy of a data set, found but not yet read."""

    roots: tuple[Path, ...]  # the files or folders that hold it
    read: Callable[[Iterable[Path]], Images]  # raises DamagedFile
    takes_seconds: bool  # whether its decoded form is worth keeping


class Recipe(NamedTuple):
    """What there is to know about a data set in order to find and read it."""

    key: str  # the name of its folder in the cache and in system copies
    name: str
    class_names: tuple[str, ...]
    copies: Callable[[Path], Iterator[Copy]]  # the copies in one folder, the easiest to read first
    downloads: tuple[Remote, ...]
    sample: Callable[[], Images]
    sample_is: str  # what the sample consists of


def load(recipe: Recipe) -> tuple[Dataset, Dataset]:
    """``(train, test)`` from the first copy that passes its check.

    Raises:
        NotADirectoryError: ``COURSE_DATA`` is not a folder.
        PermissionError: ``COURSE_DATA`` cannot be read.
    """
    images, origin = _in_folders(recipe) or _from_network(recipe)
    ...
