"""Data sets, from the nearest copy, and their batches.

``fashion_mnist()``, ``cifar10()`` and ``cats_and_dogs()`` each return ``(train, test)``.
"""

from .batches import Batches
from .cifar import cats_and_dogs, cifar10
from .dataset import Dataset, channel_statistics, split
from .fashion import fashion_mnist

__all__ = [
    "Batches",
    "Dataset",
    "cats_and_dogs",
    "channel_statistics",
    "cifar10",
    "fashion_mnist",
    "split",
]
