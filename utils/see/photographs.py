"""Photographs for the network that comes with the course, `utils.models.load_bundled`."""

import torch
from torch import Tensor

from utils.data import Dataset, cifar10
from utils.models import bundled


def photographs(*wanted: tuple[str, int]) -> Dataset:
    """Test images of CIFAR-10: of each named class the one with that number, from 0."""
    _, test = cifar10()
    return test.subset([(test.labels == test.class_names.index(name)).nonzero()[n].item() for name, n in wanted])


def normalised(images: Tensor) -> Tensor:
    """(N, 3, H, W) uint8 as the bundled network takes them."""
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (bundled.MEAN, bundled.STD))
    return (images / 255 - mean) / std
