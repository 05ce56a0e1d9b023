"""Augmentations that work on a whole batch at once, on whatever device the batch is.

Each takes ``images`` of shape (N, C, H, W), any dtype, and returns images of the same shape. Its only source
of chance is a ``torch.Generator`` on the same device.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def shift(images: Tensor, rows: int, columns: int) -> Tensor:
    """Move images down by ``rows`` and right by ``columns`` pixels (negative: up, left); zeros fill the gap.

    Raises:
        ValueError: a shift as large as the image, which would leave nothing of it.
    """
    height, width = images.shape[-2:]
    if abs(rows) >= height or abs(columns) >= width:
        raise ValueError(f"a shift of ({rows}, {columns}) moves a {height}×{width} image out of its own frame")
    moved = torch.zeros_like(images)
    moved[..., max(rows, 0) : height + min(rows, 0), max(columns, 0) : width + min(columns, 0)] = images[
        ..., max(-rows, 0) : height + min(-rows, 0), max(-columns, 0) : width + min(-columns, 0)
    ]
    return moved


def random_crop(images: Tensor, generator: torch.Generator, padding: int = 4) -> Tensor:
    """Pad every image with ``padding`` zeros on each side, then cut each at its own random place.

    The usual CIFAR augmentation (He et al., 2016, "Deep residual learning for image recognition", 4.2).
    """
    n, _, height, width = images.shape
    padded = F.pad(images, (padding, padding, padding, padding))
    # One corner per image, then all its rows and columns by broadcasting: no loop over the batch.
    top, left = torch.randint(2 * padding + 1, (2, n, 1, 1), generator=generator, device=images.device)
    rows = top + torch.arange(height, device=images.device)[:, None]  # (N, H, 1)
    columns = left + torch.arange(width, device=images.device)  # (N, 1, W)
    image = torch.arange(n, device=images.device)[:, None, None]
    return padded[image, :, rows, columns].permute(0, 3, 1, 2)  # indexing put the channels last


def random_horizontal_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror each image left to right with probability one half."""
    flip = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device) < 0.5
    return torch.where(flip, images.flip(-1), images)


def crop_and_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """Both, the usual augmentation of small photographs."""
    return random_horizontal_flip(random_crop(images, generator), generator)
