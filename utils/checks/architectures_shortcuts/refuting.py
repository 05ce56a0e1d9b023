"""Refutation of assignment 08: a shortcut that halves the size."""

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.refute import Refute, is_numbers


def shortcut(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, kernel_size=2, stride=2)


def _right(x: Tensor) -> Tensor:
    """As many places as a 3×3 convolution with stride 2 and padding 1 makes."""
    return F.avg_pool2d(x, kernel_size=2, stride=2, ceil_mode=True)


def _example() -> tuple:
    return (torch.ones(1, 2, 8, 8),)


def _illegal(x: object) -> str:
    if not is_numbers(x, 4):
        return "maps are a tensor of finite floats, (N, C, H, W)."
    return "" if min(x.shape[2:]) >= 2 else "maps are at least 2×2."


refuted = Refute(
    "refuted",
    right=_right,
    shown=shortcut,
    example=_example,
    returns="x, why",
    illegal=_illegal,
    counterexample=lambda: (torch.ones(1, 1, 7, 8),),
)
