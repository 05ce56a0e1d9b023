"""Task 3: the logarithm of the averaged probabilities of two looks."""

from collections.abc import Iterator

import torch
from torch import Tensor

from utils.checks.comparing import nearly_equal
from utils.checks.forbidding import SUMS_OF_EXPONENTIALS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task

HALF = torch.tensor(2.0).log()


def _averaged(first: Tensor, second: Tensor) -> Tensor:
    """The logarithm of the averaged softmax of two looks, (N, K)."""
    return torch.logaddexp(first.log_softmax(1), second.log_softmax(1)) - HALF


def _over_everything(first: Tensor, second: Tensor) -> Tensor:
    flat = [x.flatten().log_softmax(0).view_as(x) for x in (first, second)]
    return torch.logaddexp(*flat) - HALF


def _largest_left_out(first: Tensor, second: Tensor) -> Tensor:
    sums = [(x - x.amax(1, keepdim=True)).logsumexp(1, keepdim=True) for x in (first, second)]
    return torch.logaddexp(first - sums[0], second - sums[1]) - HALF


def _naive(first: Tensor, second: Tensor) -> Tensor:
    return sum(x.exp() / x.exp().sum(1, keepdim=True) for x in (first, second)).div(2).log()


def _bounded(value: Tensor, first: Tensor, second: Tensor) -> bool:
    """Whether large logits give one least number in many places."""
    right = _averaged(first, second)
    return (
        first.abs().max() > 100
        and value.numel() > 0
        and not nearly_equal(value, right)
        and nearly_equal(value, right.clamp(min=value.min().item()))
    )


def _looks(random: Random) -> Iterator[tuple]:
    for scale, dtype in [(1, torch.float32), (3, torch.float64), (1000, torch.float32), (2, torch.float32)]:
        images, classes = random.two_integers(4, 9) if scale != 2 else (1, 5)
        yield tuple(scale * random.normal(images, classes, dtype=dtype) for _ in range(2))


two_looks = Task(
    "two_looks",
    right=_averaged,
    cases=_looks,
    case=lambda first, _: (
        f"{len(first)} images and {first.shape[1]} classes"
        + (", with logits in the thousands," if first.abs().max() > 100 else "")
    ),
    forbidden=Rule(
        "Use `exp`, `log` and `max`; a softmax, a sigmoid, a sum of exponentials or a loss that is there already is "
        "not allowed.",
        SUMS_OF_EXPONENTIALS,
    ),
    mistakes=(
        (
            "right for small logits, but for large ones nan: exp(1000) is inf, exp(-1000) is 0, and neither inf/inf "
            "nor ln 0 has a value. Take the largest logit of each image out first: softmax stays the same.",
            _naive,
            lambda value, first, _: first.abs().max() > 100 and value.isnan().any(),
        ),
        (
            "right for small logits, but for large ones a probability rounds to 0 and its logarithm is -inf. Stay "
            "with logarithms all the way, and take the larger of two out before `exp`.",
            lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2).log(),
            lambda value, first, _: first.abs().max() > 100 and value.isinf().any(),
        ),
        (
            "right for small logits, but for large ones one least number stands in many places. Did you add a small "
            "number before `log`, or set a bound? Stay with logarithms all the way.",
            lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2 + 1e-12).log(),
            _bounded,
        ),
        ("you averaged the logits. Average the probabilities.", lambda a, b: ((a + b) / 2).log_softmax(1)),
        (
            "you averaged the logarithms. Average the probabilities, then take the logarithm.",
            lambda a, b: (a.log_softmax(1) + b.log_softmax(1)) / 2,
        ),
        (
            "the ½ is missing: these are sums of two probabilities, not their averages.",
            lambda a, b: _averaged(a, b) + HALF,
        ),
        ("the logarithm is missing: these are probabilities.", lambda a, b: _averaged(a, b).exp()),
        (
            "softmax runs over the images. Each image has its own, over its classes: use dim=1.",
            lambda a, b: _averaged(a.T, b.T).T,
        ),
        (
            "one sum runs over all images and classes. Each image has its own: use dim=1.",
            _over_everything,
        ),
        (
            "the ½ stands inside the logarithm: log(½ · …) is log(…) − log 2.",
            lambda a, b: (_averaged(a, b) + HALF) / 2,
        ),
        (
            "the logarithm of a sum is not the sum of the logarithms.",
            lambda a, b: a.log_softmax(1) + b.log_softmax(1) - HALF,
        ),
        (
            "m is missing: log(eᵃ + eᵇ) = m + log(eᵃ⁻ᵐ + eᵇ⁻ᵐ).",
            lambda a, b: _averaged(a, b) - torch.maximum(a.log_softmax(1), b.log_softmax(1)),
        ),
        (
            "the largest logit was taken out of the sum and not put back: log Σ eˣ = m + log Σ eˣ⁻ᵐ.",
            _largest_left_out,
        ),
        ("that is the first look only.", lambda a, b: a.log_softmax(1)),
        ("that is the second look only.", lambda a, b: b.log_softmax(1)),
        ("a minus too many: logarithms of probabilities are negative.", lambda a, b: -_averaged(a, b)),
        (
            "softmax is missing: exponentials are no probabilities until they are divided by their sum.",
            lambda a, b: torch.logaddexp(a, b) - HALF,
        ),
        (
            "the natural logarithm is meant, not the one of base 2.",
            lambda a, b: _averaged(a, b) / HALF,
        ),
    ),
)
