"""Refutation of assignment 01: a cross-correlation that keeps the size, for some kernels."""

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.refute import Refute, is_numbers


def same_size(image: Tensor, kernel: Tensor) -> Tensor:
    padding = [size // 2 for size in kernel.shape]
    return F.conv2d(image[None, None], kernel[None, None], padding=padding)[0, 0]


def _right(image: Tensor, kernel: Tensor) -> Tensor:
    """What is missing for an even kernel is added above and at the left."""
    h, w = kernel.shape
    padded = F.pad(image, (w // 2, (w - 1) // 2, h // 2, (h - 1) // 2))
    return F.conv2d(padded[None, None], kernel[None, None])[0, 0]


def _example() -> tuple:
    return torch.eye(4), torch.ones(3, 3)


def _illegal(image: object, kernel: object) -> str:
    if not is_numbers(image, 2) or not is_numbers(kernel, 2):
        return "image and kernel are tensors of floats, (H, W) and (h, w)."
    if any(k > i for k, i in zip(kernel.shape, image.shape, strict=True)):
        return "the kernel is larger than the image."
    return ""


refuted = Refute(
    "refuted",
    right=_right,
    shown=same_size,
    example=_example,
    returns="image, kernel, why",
    illegal=_illegal,
    counterexample=lambda: (torch.ones(4, 4), torch.ones(2, 2)),
)
