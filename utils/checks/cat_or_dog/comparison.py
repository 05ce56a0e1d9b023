"""Task 5: how much better a second network is, and how far chance could have moved that."""

from collections.abc import Callable, Iterator

from torch import Tensor

from utils.checks.inputs import Random
from utils.checks.task import Task


def _difference(first: Tensor, second: Tensor) -> Tensor:
    return second.double() - first.double()


def _gain(first: Tensor, second: Tensor) -> float:
    return _difference(first, second).mean().item()


def _spread(first: Tensor, second: Tensor, correction: int = 0) -> float:
    return _difference(first, second).std(correction=correction).item()


def _scatter(first: Tensor, second: Tensor) -> float:
    return _spread(first, second) / len(first) ** 0.5


def _alone(right: Tensor) -> float:
    """The scatter of one network's share, squared."""
    share = right.double().mean().item()
    return share * (1 - share) / len(right)


def _another_gain(wrong: Callable) -> Callable:
    return lambda first, second: (wrong(first, second), _scatter(first, second))


def _another_scatter(wrong: Callable) -> Callable:
    return lambda first, second: (_gain(first, second), wrong(first, second))


def _networks(random: Random) -> Iterator[tuple]:
    for better in (0.1, 0.4, -0.3, 0.7):
        images = random.integer(150, 300)
        easy = random.normal(images)
        yield tuple(easy + plus + 0.5 * random.normal(images) > -0.8 for plus in (0, better))


OTHER_IMAGES = (
    "for two networks shown different images. Take the standard deviation of the differences, image by image."
)
SINGLE = "that is how far single differences scatter. Their mean scatters less: divide by √N."

paired_gain = Task(
    "paired_gain",
    right=_another_gain(_gain),
    cases=_networks,
    case=lambda first, second: f"on {len(first)} images",
    kind=float,
    returns="gain, scatter",
    parts=("the gain", "the scatter"),
    mistakes=(
        (
            "the gain has the wrong sign: it is the second share minus the first.",
            _another_gain(lambda a, b: _gain(b, a)),
        ),
        ("shares are asked for, not percent.", _another_gain(lambda a, b: 100 * _gain(a, b))),
        (
            "that is a number of images. Divide by how many there are.",
            _another_gain(lambda a, b: _difference(a, b).sum().item()),
        ),
        (
            "the gain is a difference, not its size: if the second is worse, it is negative.",
            _another_gain(lambda a, b: abs(_gain(a, b))),
        ),
        (
            "where the first is right and the second is not, d is −1, and yours is 1. `^` and `abs` take the sign "
            "away: make numbers of the booleans with `.float()`, and subtract.",
            _another_gain(lambda a, b: (a ^ b).double().mean().item()),
        ),
        (
            "the images on which the two agree count as well: their d is 0, and N counts them.",
            _another_gain(lambda a, b: _gain(a[a != b], b[a != b])),
        ),
        (
            "you divided by the share of the first. The gain is a plain difference.",
            _another_gain(lambda a, b: _gain(a, b) / a.double().mean().item()),
        ),
        (
            "the two are swapped: first the gain, then the scatter.",
            lambda a, b: (_scatter(a, b), _gain(a, b)),
        ),
        (
            "that formula is for two networks shown different images. Here both saw the same: take the standard "
            "deviation of the differences, image by image.",
            _another_scatter(lambda a, b: (_alone(a) + _alone(b)) ** 0.5),
        ),
        (
            "that is the scatter of the first network's share alone.",
            _another_scatter(lambda a, b: _alone(a) ** 0.5),
        ),
        (
            "that is the scatter of the second network's share alone.",
            _another_scatter(lambda a, b: _alone(b) ** 0.5),
        ),
        (
            f"that is √2 times the scatter of the first share, {OTHER_IMAGES}",
            _another_scatter(lambda a, b: (2 * _alone(a)) ** 0.5),
        ),
        (
            f"that is √2 times the scatter of the second share, {OTHER_IMAGES}",
            _another_scatter(lambda a, b: (2 * _alone(b)) ** 0.5),
        ),
        (
            "in the scatter d has lost its sign (`^`, `abs`): where only the first is right, it is −1.",
            _another_scatter(lambda a, b: (a ^ b).double().std(correction=0).item() / len(a) ** 0.5),
        ),
        (SINGLE, _another_scatter(_spread)),
        (
            f"{SINGLE} (And `torch.std` divides by N − 1 unless you write `correction=0`.)",
            _another_scatter(lambda a, b: _spread(a, b, correction=1)),
        ),
        (
            "you divided by N. A mean scatters with s/√N.",
            _another_scatter(lambda a, b: _spread(a, b) / len(a)),
        ),
        (
            "nearly: you divided by N − 1 inside s. `torch.std` does so unless you write `correction=0`.",
            _another_scatter(lambda a, b: _spread(a, b, correction=1) / len(a) ** 0.5),
        ),
        (
            "that is the square of the scatter. A root is missing.",
            _another_scatter(lambda a, b: _scatter(a, b) ** 2),
        ),
        (
            "a root is missing: s is the root of the mean square.",
            _another_scatter(lambda a, b: _spread(a, b) ** 2 / len(a) ** 0.5),
        ),
        ("shares are asked for, not percent.", _another_scatter(lambda a, b: 100 * _scatter(a, b))),
        (
            "the mean of d² is not enough: subtract the mean difference from each d first.",
            _another_scatter(lambda a, b: (_difference(a, b) ** 2).mean().item() ** 0.5 / len(a) ** 0.5),
        ),
    ),
)
