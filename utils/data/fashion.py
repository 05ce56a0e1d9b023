"""Fashion-MNIST: 60,000 + 10,000 grey images of clothes, 28×28 pixels, ten classes.

Source: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
Algorithms" (2017), https://github.com/zalandoresearch/fashion-mnist, MIT licence.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from utils.data import idx, published
from utils.data.dataset import Dataset
from utils.data.files import Images, verify
from utils.data.mirrors import FASHION_MNIST, FASHION_MNIST_DOWNLOADS
from utils.data.sources import Copy, Recipe, load

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
SAMPLE = Path(__file__).parent / "sample" / "fashion-mnist"


def fashion_mnist() -> tuple[Dataset, Dataset]:
    """``(train, test)``: 60,000 and 10,000 images (N, 1, 28, 28) of clothes, from the nearest good copy.

    ``sources.py`` says where copies are looked for. If there is none, 1,000 + 500 images that come with the course
    are returned, announced, with ``is_sample=True``.

    Raises:
        NotADirectoryError: ``COURSE_DATA`` is not a folder.
        PermissionError: ``COURSE_DATA`` cannot be read.
    """
    return load(RECIPE)


def read_files(files: Iterable[Path], *, check: bool = True) -> Images:
    """Read the four idx files, plain or ``.gz``, given in the order of ``mirrors.FASHION_MNIST``.

    Args:
        check: compare their content with the published checksums.

    Raises:
        DamagedFile: a file is not what it should be.
    """
    tensors = []
    for path, sha256 in zip(files, FASHION_MNIST.values(), strict=True):
        content = idx.unpack(path)
        if check:
            verify(path, content, sha256)
        tensors.append(idx.parse(content, path))
    train_images, train_labels, test_images, test_labels = tensors
    return Images(train_images.unsqueeze(1), train_labels.long(), test_images.unsqueeze(1), test_labels.long())


def copies(folder: Path) -> Iterator[Copy]:
    """Every complete copy in ``folder``, or in a folder in it whose name says Fashion-MNIST."""
    for name in ("", "fashion-mnist", "fashion_mnist", "FashionMNIST", "FashionMNIST/raw"):
        home = folder / name
        for ending in ("", ".gz"):
            files = tuple(home / f"{file}{ending}" for file in FASHION_MNIST)
            if all(os.path.isfile(file) for file in files):
                yield Copy(files, read_files, takes_seconds=False)
        yield from published.copies(home, _ARCHIVE_OF_IMAGES, CLASS_NAMES, (1, 28, 28), (6_000, 1_000))


_ARCHIVE_OF_IMAGES = re.compile("fashion", re.IGNORECASE)


def _sample() -> Images:
    return read_files([SAMPLE / f"{name}.gz" for name in FASHION_MNIST], check=False)


RECIPE = Recipe(
    name="Fashion-MNIST",
    key="fashion-mnist",
    class_names=CLASS_NAMES,
    keep=tuple(range(10)),
    copies=copies,
    downloads=FASHION_MNIST_DOWNLOADS,
    sample=_sample,
    sample_words="the first of each class of Fashion-MNIST",
)
