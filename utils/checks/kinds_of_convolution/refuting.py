"""Refutation of assignment 02: whether a kernel is a column times a row."""

import torch
from torch import Tensor

from utils.checks.refute import Refute, is_numbers


def is_separable(kernel: Tensor) -> bool:
    return abs(torch.linalg.det(kernel).item()) < 1e-6


def _right(kernel: Tensor) -> bool:
    return torch.linalg.matrix_rank(kernel).item() <= 1


def _example() -> tuple:
    return (torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]),)


def _illegal(kernel: object) -> str:
    return "" if is_numbers(kernel, 2) and kernel.shape == (3, 3) else "a kernel is a tensor of floats, (3, 3)."


refuted = Refute(
    "refuted",
    right=_right,
    shown=is_separable,
    example=_example,
    returns="kernel, why",
    illegal=_illegal,
    counterexample=lambda: (torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]),),
)
