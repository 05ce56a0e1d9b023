"""Refutation of assignment 11: a heat map from 0 to 1."""

import torch
from torch import Tensor

from utils.checks.refute import Refute, is_numbers


def scaled(heat: Tensor) -> Tensor:
    return heat / heat.max()


def _right(heat: Tensor) -> Tensor:
    """The largest becomes 1; where nothing speaks for a class, all stays 0."""
    return heat / heat.max() if heat.any() else heat


def _example() -> tuple:
    return (torch.tensor([[0.0, 1.0], [2.0, 4.0]]),)


def _illegal(heat: object) -> str:
    if not is_numbers(heat, 2):
        return "a heat map is a tensor of finite floats, (h, w)."
    return "" if bool((heat >= 0).all()) else "Grad-CAM ends in a ReLU: no number is below 0."


refuted = Refute(
    "refuted",
    right=_right,
    shown=scaled,
    example=_example,
    returns="heat, why",
    illegal=_illegal,
    counterexample=lambda: (torch.zeros(2, 2),),
)
