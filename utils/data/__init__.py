"""Data sets, from the nearest copy, and their batches.

``fashion_mnist()``, ``cifar10()``, ``cats_and_dogs()`` and ``neither_cats_nor_dogs()`` each return ``(train, test)``.
"""

from utils.data.batches import Batches
from utils.data.cifar import cats_and_dogs, cifar10, neither_cats_nor_dogs
from utils.data.dataset import Dataset, channel_statistics, split
from utils.data.fashion import fashion_mnist

__all__ = [
    "Batches",
    "Dataset",
    "cats_and_dogs",
    "channel_statistics",
    "cifar10",
    "fashion_mnist",
    "neither_cats_nor_dogs",
    "split",
]
