"""CIFAR-10: 50,000 + 10,000 colour photographs, 32×32 pixels, ten classes; and its cats and dogs alone.

Source: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009),
https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import codecs
import functools
import io
import os
import pickle
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from utils.data import published
from utils.data.dataset import Dataset
from utils.data.files import DamagedFile, Images, contents, inside, verify
from utils.data.mirrors import CIFAR10_BINARY, CIFAR10_DOWNLOADS, CIFAR10_PYTHON
from utils.data.sources import Copy, Recipe, load

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CAT, DOG = 3, 5


def cifar10() -> tuple[Dataset, Dataset]:
    """``(train, test)``: 50,000 and 10,000 photographs (N, 3, 32, 32), from the nearest good copy.

    ``sources.py`` says where copies are looked for. If there is none, 1,000 + 500 pictures that the course draws
    are returned, announced, with ``is_sample=True``.

    Raises:
        NotADirectoryError: ``COURSE_DATA`` is not a folder.
        PermissionError: ``COURSE_DATA`` cannot be read.
    """
    return load(RECIPE)


def cats_and_dogs() -> tuple[Dataset, Dataset]:
    """``(train, test)``: the 10,000 and 2,000 cats (0) and dogs (1) of CIFAR-10, (N, 3, 32, 32).

    If there is no copy of CIFAR-10, 1,000 + 500 cats and dogs that the course draws. Raises what ``cifar10`` does.
    """
    return load(CATS_AND_DOGS)


def neither_cats_nor_dogs() -> tuple[Dataset, Dataset]:
    """``(train, test)``: the 40,000 and 8,000 photographs of CIFAR-10's other eight classes, (N, 3, 32, 32).

    What `utils.models.load_bundled` was trained on. If there is no copy of CIFAR-10, 1,000 + 500 pictures that the
    course draws. Raises what ``cifar10`` does.
    """
    return load(NEITHER_CATS_NOR_DOGS)


def read_batches(roots: Iterable[Path], sha256: dict[str, str]) -> Images:
    """Read the six batches, from an original archive or from files unpacked from it.

    Args:
        sha256: the batches' names and published checksums: ``mirrors.CIFAR10_PYTHON`` or ``CIFAR10_BINARY``.

    Raises:
        DamagedFile: a batch is missing or is not what it should be.
    """
    names = re.compile(rf"(?:^|/)({'|'.join(map(re.escape, sha256))})$")
    batches = {}
    for root in roots:
        for path, content in contents(root, names):
            name = path.rpartition("/")[2]
            verify(inside(root, path), content, sha256[name])
            batches[name] = (_parse_binary if name.endswith(".bin") else _parse_python)(content)
    missing = sha256.keys() - batches.keys()
    if missing:
        raise DamagedFile(root, f"lacks {min(missing)}")
    *train, test = (batches[name] for name in sha256)
    images, labels = (torch.cat(parts) for parts in zip(*train, strict=True))
    return Images(images, labels, *test)


def _parse_binary(content: bytes) -> tuple[Tensor, Tensor]:
    """Images and labels of a batch: for each image, 1 byte of label, then 3 × 1024 of red, green and blue."""
    records = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, 1 + 3 * 32 * 32)
    return records[:, 1:].reshape(-1, 3, 32, 32).contiguous(), records[:, 0].long()


def _parse_python(content: bytes) -> tuple[Tensor, Tensor]:
    """Images and labels of a pickled batch: a dictionary of one array (N, 3072) and a list of labels."""
    batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
    return torch.from_numpy(batch[b"data"].reshape(-1, 3, 32, 32)), torch.tensor(batch[b"labels"])


class _ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and refuses everything else: a pickle may otherwise run any program."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
        }:
            return np.zeros(0).__reduce__()[0]  # wherever this numpy keeps it
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        if (module, name) == ("_codecs", "encode"):  # how Python 3 writes bytes in Python 2's form
            return codecs.encode
        raise pickle.UnpicklingError(f"a batch of CIFAR-10 has no use for {module}.{name}")


def copies(folder: Path) -> Iterator[Copy]:
    """Every complete copy in ``folder``, or in a folder in it whose name says CIFAR-10."""
    for name in ("", "cifar-10", "cifar10", "CIFAR10"):
        home = folder / name
        for archive, unpacked, sha256 in (
            ("cifar-10-python.tar.gz", "cifar-10-batches-py", CIFAR10_PYTHON),
            ("cifar-10-binary.tar.gz", "cifar-10-batches-bin", CIFAR10_BINARY),
        ):
            read = functools.partial(read_batches, sha256=sha256)
            for place in (home, home / unpacked):
                files = tuple(place / batch for batch in sha256)
                if all(os.path.isfile(file) for file in files):
                    yield Copy(files, read, takes_seconds=True)
            if os.path.isfile(home / archive):
                yield Copy((home / archive,), read, takes_seconds=True)
        yield from published.copies(home, _ARCHIVE_OF_IMAGES, CLASS_NAMES, (3, 32, 32), (5_000, 1_000))


_ARCHIVE_OF_IMAGES = re.compile(r"cifar[-_]?10(?!0|-python|-binary)", re.IGNORECASE)


def _drawn(classes: Iterable[int]) -> Images:
    from utils.data.drawn import draw  # here, because Pillow takes a moment to import

    return draw(classes)


RECIPE = Recipe(
    name="CIFAR-10",
    key="cifar-10",
    class_names=CLASS_NAMES,
    keep=tuple(range(10)),
    copies=copies,
    downloads=CIFAR10_DOWNLOADS,
    sample=functools.partial(_drawn, range(10)),
    sample_words="drawn by the course in place of CIFAR-10",
)
CATS_AND_DOGS = RECIPE._replace(
    name="CIFAR-10's cats and dogs",
    keep=(CAT, DOG),
    sample=functools.partial(_drawn, (CAT, DOG)),
    sample_words="drawn by the course in place of CIFAR-10's cats and dogs",
)
OTHERS = tuple(label for label in range(10) if label not in (CAT, DOG))
NEITHER_CATS_NOR_DOGS = RECIPE._replace(
    name="CIFAR-10 without its cats and dogs",
    keep=OTHERS,
    sample=functools.partial(_drawn, OTHERS),
    sample_words="drawn by the course in place of CIFAR-10 without its cats and dogs",
)
