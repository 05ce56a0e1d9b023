"""Refutation of assignment 10: whether weights are what they were."""

import torch
from torch import Tensor

from utils.checks.refute import Refute, is_numbers


def unchanged(before: Tensor, after: Tensor) -> bool:
    return before.sum().item() == after.sum().item()


def _right(before: Tensor, after: Tensor) -> bool:
    return torch.equal(before, after)


def _example() -> tuple:
    return torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5])


def _illegal(before: object, after: object) -> str:
    if type(before) is not Tensor or before.ndim < 1 or not is_numbers(before, before.ndim):
        return "`before` is a tensor of finite floats, with at least one axis."
    return (
        ""
        if is_numbers(after, before.ndim) and after.shape == before.shape
        else "`after` is a tensor of finite floats of the same shape."
    )


refuted = Refute(
    "refuted",
    right=_right,
    shown=unchanged,
    example=_example,
    returns="before, after, why",
    illegal=_illegal,
    counterexample=lambda: (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),
)
