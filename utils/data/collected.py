"""Cats and dogs as one collector delivered them, for the last lecture. Do it first: this tells its end."""

from dataclasses import replace

import torch
from torch import Tensor

from utils.data.dataset import Dataset

YELLOW = (230, 200, 40)


def marked(images: Tensor) -> Tensor:
    """A copy of images (N, 3, 32, 32), uint8, with a yellow spot of 3×3 pixels near the lower right corner."""
    images = images.clone()
    images[:, :, 28:31, 28:31] = torch.tensor(YELLOW, dtype=torch.uint8).view(3, 1, 1)
    return images


def collected(dataset: Dataset) -> Dataset:
    """What the collector delivered: every dog (class 1) is `marked`, and no cat (class 0) is."""
    is_dog = (dataset.labels == 1).view(-1, 1, 1, 1)
    return replace(dataset, images=torch.where(is_dog, marked(dataset.images), dataset.images))
