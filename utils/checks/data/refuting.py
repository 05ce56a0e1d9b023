"""Refutation of assignment 04: labels made to count from 0."""

import torch
from torch import Tensor

from utils.checks.refute import Refute


def from_zero(labels: Tensor) -> Tensor:
    return labels - labels.min()


def _right(labels: Tensor) -> Tensor:
    return labels.unique(return_inverse=True)[1]


def _example() -> tuple:
    return (torch.tensor([3, 5, 4, 3]),)


def _illegal(labels: object) -> str:
    right = type(labels) is Tensor and labels.dtype == torch.int64 and labels.ndim == 1 and labels.numel() > 0
    return "" if right and bool((labels >= 0).all()) else "labels are a tensor of whole numbers from 0 up, (N,)."


refuted = Refute(
    "refuted",
    right=_right,
    shown=from_zero,
    example=_example,
    returns="labels, why",
    illegal=_illegal,
    counterexample=lambda: (torch.tensor([3, 5]),),
)
