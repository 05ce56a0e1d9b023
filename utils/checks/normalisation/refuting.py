"""Refutation of assignment 06: a normalisation that divides by nothing."""

import torch
from torch import Tensor

from utils.checks.refute import Refute, is_numbers


def normalised(x: Tensor) -> Tensor:
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    variance = ((x - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    return (x - mean) / torch.sqrt(variance)


def _right(x: Tensor) -> Tensor:
    mean = x.mean((0, 2, 3), keepdim=True)
    return (x - mean) / (x.var((0, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()


def _example() -> tuple:
    return (torch.arange(16.0).view(1, 2, 2, 4),)


def _illegal(x: object) -> str:
    return "" if is_numbers(x, 4) else "maps are a tensor of finite floats, (N, C, H, W)."


refuted = Refute(
    "refuted",
    right=_right,
    shown=normalised,
    example=_example,
    returns="x, why",
    illegal=_illegal,
    counterexample=lambda: (torch.ones(1, 1, 2, 2),),
)
