"""Loading image files: torchvision, which decodes them in every epoch, ours the first time, and ours from the cache."""

import os
import tempfile
from functools import partial
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from benchmarks.side_by_side import Table, measure, timed
from utils.compat import import_torchvision
from utils.data import cache, fashion_mnist, published
from utils.data.files import Images

LOADING = "Loading image files"
TORCHVISION, FIRST, CACHED = "torchvision's ImageFolder", "ours, the first time", "ours, from the cache"
PER_CLASS = (400, 100)  # images of each class, for training and for test


def run(rounds: int) -> list[Table]:
    """Seconds until every image of the folders ``train`` and ``test`` was a tensor."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, XDG_CACHE_HOME=f"{folder}/cache"):
        images = Path(folder, "images")
        class_names = write_images(images)
        read = partial(ours, images, class_names)
        contenders = {
            TORCHVISION: timed(partial(torchvisions, images)),
            FIRST: timed(partial(read, forget=True)),
            CACHED: timed(read),
        }
        seconds = measure(contenders, rounds, LOADING)
    notes = {TORCHVISION: f"{sum(PER_CLASS) * len(class_names):,} PNG files of 28×28, in each epoch"}
    return [Table(LOADING, TORCHVISION, seconds, notes)]


def write_images(folder: Path) -> tuple[str, ...]:
    """``folder/train/CLASS/0000.png`` and so on, from Fashion-MNIST. Returns the names of the classes."""
    for part, data, count in zip(("train", "test"), fashion_mnist(), PER_CLASS, strict=True):
        class_names = tuple(name.replace("/", " or ") for name in data.class_names)
        for label, name in enumerate(class_names):
            (folder / part / name).mkdir(parents=True)
            few = data.images[data.labels == label]  # the bundled sample has fewer than are asked for
            for number in range(count):
                path = folder / part / name / f"{number:04}.png"
                Image.fromarray(few[number % len(few), 0].numpy()).save(path)
    return class_names


def ours(folder: Path, class_names: tuple[str, ...], forget: bool = False) -> Images:
    if forget:
        (cache.folder() / "bench-decoded.bin").unlink(missing_ok=True)
    read = partial(published.read, class_names=class_names, shape=(1, 28, 28), per_class=PER_CLASS)
    return cache.decoded("bench", [folder / "train", folder / "test"], read)


def torchvisions(folder: Path) -> None:
    torchvision = import_torchvision()
    to_tensor = torchvision.transforms.PILToTensor()
    for part in ("train", "test"):
        for _ in torchvision.datasets.ImageFolder(folder / part, to_tensor):
            pass
