"""Refutation of assignment 03: when an answer counts as right."""

import torch
from torch import Tensor

from utils.checks.refute import Refute, is_numbers


def share_right(logits: Tensor, labels: Tensor) -> float:
    probabilities = logits.softmax(dim=1)
    of_the_right_class = probabilities[range(len(labels)), labels]
    return (of_the_right_class > 0.5).float().mean().item()


def _right(logits: Tensor, labels: Tensor) -> float:
    return (logits.argmax(1) == labels).float().mean().item()


def _example() -> tuple:
    return torch.tensor([[3.0, 0, 0], [0, 4, 0]]), torch.tensor([0, 2])


def _illegal(logits: object, labels: object) -> str:
    if not is_numbers(logits, 2):
        return "logits are a tensor of floats, (N, K)."
    if type(labels) is not Tensor or labels.dtype != torch.int64 or labels.shape != logits.shape[:1]:
        return "labels are a tensor of whole numbers, (N,), one for each row of the logits."
    if not bool(((labels >= 0) & (labels < logits.shape[1])).all()):
        return "a label is the number of a class, from 0 to K − 1."
    if logits.shape[1] > 1 and bool((logits.topk(2).values.diff() == 0).any()):
        return "in a row two logits are largest, so it has no answer."
    return ""


refuted = Refute(
    "refuted",
    right=_right,
    shown=share_right,
    example=_example,
    returns="logits, labels, why",
    illegal=_illegal,
    counterexample=lambda: (torch.tensor([[1.0, 0.9, 0.9]]), torch.tensor([0])),
)
