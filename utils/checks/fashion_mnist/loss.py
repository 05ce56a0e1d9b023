"""Task 1: cross-entropy, also of logits in the thousands."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.forbidding import SUMS_OF_EXPONENTIALS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task


def _log_softmax_of_all(logits: Tensor) -> Tensor:
    return logits - logits.flatten().logsumexp(0)


def _of_labels(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """For each image the logarithm of its own class's probability, (N,)."""
    return log_probabilities[torch.arange(len(labels)), labels]


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    return -_of_labels(logits.log_softmax(1), labels)


def _naive(logits: Tensor, labels: Tensor) -> Tensor:
    exponentials = logits.exp()
    return -_of_labels(exponentials / exponentials.sum(1, keepdim=True), labels).log().mean()


def _logits(random: Random) -> Iterator[tuple]:
    for scale, far in [(1, 0), (3, 0), (1, 1000), (1000, 0)]:
        images, classes = random.two_integers(4, 9)
        logits = scale * random.normal(images, classes)
        logits[::2] += far
        logits[1::2] -= far
        labels = random.integers(0, classes - 1, images)
        labels[:2] = torch.tensor([0, 1])  # never all the same
        yield logits, labels
    yield random.normal(1, 5), torch.tensor([3])


def _is_far(logits: Tensor) -> bool:
    """Whether all logits are near 1000 or −1000."""
    return bool(logits.abs().min() > 900)


def _is_steep(logits: Tensor) -> bool:
    """Whether some logits are in the thousands, and not all."""
    return bool(logits.abs().max() > 100) and not _is_far(logits)


def _case(logits: Tensor, labels: Tensor) -> str:
    text = f"{len(logits)} images and {logits.shape[1]} classes"
    if _is_far(logits):
        text += ", logits near 1000 or −1000"
    return f"{text}, logits in the thousands" if _is_steep(logits) else text


cross_entropy = Task(
    "cross_entropy",
    right=lambda logits, labels: _losses(logits, labels).mean(),
    cases=_logits,
    case=_case,
    forbidden=Rule(
        "Use `exp`, `log` and `max`; a softmax, a sigmoid, a sum of exponentials or a loss that is there already is "
        "not allowed.",
        SUMS_OF_EXPONENTIALS,
    ),
    mistakes=(
        (
            "right for small logits, but exp(1000) is inf and exp(−1000) is 0. Subtract from each row its own largest "
            "logit first: softmax stays the same.",
            _naive,
            lambda value, logits, _: _is_far(logits) and not value.isfinite().all(),
        ),
        (
            "right for small logits, but in the thousands some probability is 0, and its logarithm −inf. Take the "
            "logarithm before you compute numbers: ln(eᵃ / s) = a − ln s.",
            lambda logits, labels: -_of_labels(logits.softmax(1), labels).log().mean(),
            lambda value, logits, _: _is_steep(logits) and not value.isfinite().all(),
        ),
        (
            "the minus is missing: logarithms of probabilities are negative.",
            lambda logits, labels: -_losses(logits, labels).mean(),
        ),
        ("you added the losses of the images. Take their mean.", lambda *given: _losses(*given).sum()),
        (
            "the logarithm is missing: that is the mean probability.",
            lambda *given: (-_losses(*given)).exp().mean(),
        ),
        (
            "the logarithm is missing: that is minus the mean probability.",
            lambda *given: -(-_losses(*given)).exp().mean(),
        ),
        (
            "take the logarithm of each probability first, then the mean.",
            lambda *given: -(-_losses(*given)).exp().mean().log(),
        ),
        (
            "softmax runs over the images. Each image has its own: the sum runs over its classes.",
            lambda logits, labels: -_of_labels(logits.log_softmax(0), labels).mean(),
        ),
        (
            "softmax runs over all images together. Each image has its own: its classes add up to 1.",
            lambda logits, labels: -_of_labels(_log_softmax_of_all(logits), labels).mean(),
        ),
        (
            "`[:, labels]` takes every label from every image. Each image has one label.",
            lambda logits, labels: -logits.log_softmax(1)[:, labels].mean(),
        ),
        (
            "the labels are not used: that is a mean over all classes.",
            lambda logits, _: -logits.log_softmax(1).mean(),
        ),
        (
            "you divide by images times classes. There is one loss for each image.",
            lambda logits, labels: _losses(logits, labels).mean() / logits.shape[1],
        ),
        (
            "softmax is applied twice.",
            lambda logits, labels: F.cross_entropy(logits.softmax(1), labels),
        ),
        (
            "the natural logarithm is meant, not the one of base 10.",
            lambda *given: _losses(*given).mean() / math.log(10),
        ),
        (
            "the natural logarithm is meant, not the one of base 2.",
            lambda *given: _losses(*given).mean() / math.log(2),
        ),
        ("one loss for all images is asked for: take the mean.", _losses),
    ),
)
