"""Data sets: ``fashion_mnist()``, ``cifar10()`` and ``cats_and_dogs()``, from the nearest copy."""

from .batches import Batches
from .dataset import Dataset, channel_statistics, split

__all__ = ["Batches", "Dataset", "channel_statistics", "split"]
