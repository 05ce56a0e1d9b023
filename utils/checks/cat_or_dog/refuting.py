"""Refutation of assignment 05: which class two looks choose."""

import torch
from torch import Tensor

from utils.checks.refute import Refute, is_numbers


def chosen(first: Tensor, second: Tensor) -> int:
    together = (first + second) / 2
    return together.softmax(dim=0).argmax().item()


def _averaged(first: Tensor, second: Tensor) -> Tensor:
    return (first.double().softmax(0) + second.double().softmax(0)) / 2


def _right(first: Tensor, second: Tensor) -> int:
    return _averaged(first, second).argmax().item()


def _example() -> tuple:
    return torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 0.0, 0.0])


def _illegal(first: object, second: object) -> str:
    if not is_numbers(first, 1) or not is_numbers(second, 1) or first.shape != second.shape or len(first) < 2:
        return "both are logits of one image, tensors of floats (K,), with the same K of at least 2."
    for values in ((first + second) / 2, _averaged(first, second)):
        best, other = values.topk(2).values.tolist()
        if best - other < 1e-3 * max(1, abs(best)):
            return "two classes are equally good, or nearly so."
    return ""


refuted = Refute(
    "refuted",
    right=_right,
    shown=chosen,
    example=_example,
    returns="first, second, why",
    illegal=_illegal,
    counterexample=lambda: (torch.tensor([4.0, 0.0, 0.0]), torch.tensor([-30.0, 1.0, 0.0])),
)
