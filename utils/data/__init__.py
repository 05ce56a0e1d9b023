"""Data sets, from the nearest copy, and their batches.

``fashion_mnist()``, ``cifar10()``, ``cats_and_dogs()`` and ``neither_cats_nor_dogs()`` each return ``(train, test)``.
``load_pictures(folder, image_size)`` reads your own.
"""

from utils.data.batches import Batches
from utils.data.cifar import cats_and_dogs, cifar10, neither_cats_nor_dogs
from utils.data.dataset import Dataset, absent_classes, channel_statistics, split, split_each
from utils.data.fashion import fashion_mnist
from utils.data.folders import load_pictures

__all__ = [
    "Batches",
    "Dataset",
    "absent_classes",
    "cats_and_dogs",
    "channel_statistics",
    "cifar10",
    "fashion_mnist",
    "load_pictures",
    "neither_cats_nor_dogs",
    "split",
    "split_each",
]
