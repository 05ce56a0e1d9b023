"""Task 4: the mean and the standard deviation of each channel, over batches."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from utils.checks.inputs import Random
from utils.checks.task import Task

AXES = (0, 2, 3)


def _numbers(batches: list[Tensor]) -> Tensor:
    return torch.cat(batches).double() / 255


def _statistics(mean: Callable | None = None, std: Callable | None = None) -> Callable:
    """An answer to task 4, right or with another mean or standard deviation of all images (N, C, H, W)."""

    def answer(batches: list[Tensor]) -> tuple[Tensor, Tensor]:
        pixels = _numbers(batches)
        return (
            mean(batches, pixels) if mean else pixels.mean(AXES),
            std(batches, pixels) if std else pixels.std(AXES, correction=0),
        )

    return answer


def _variances(batches: list[Tensor]) -> Tensor:
    return torch.stack([_numbers([batch]).var(AXES, correction=0) for batch in batches])


def _sizes(batches: list[Tensor]) -> Tensor:
    """Each batch's share of the images."""
    sizes = torch.tensor([len(batch) for batch in batches])[:, None]
    return sizes / sizes.sum()


def _batches(random: Random) -> Iterator[tuple]:
    for channels in (3, 6, 1):  # not every image has three
        size = random.two_integers(4, 7)
        draws = [(5, 0, 120), (5, 100, 255), (1, 10, 60)]
        yield ([random.integers(low, high, n, channels, *size).to(torch.uint8) for n, low, high in draws],)


APART = "They do not know how far batches lie apart."
IMAGES_APART = "They do not know how far the images lie apart."

statistics = Task(
    "statistics",
    right=_statistics(),
    cases=_batches,
    case=lambda batches: f"of 11 images in batches of 5, 5 and 1, {batches[0].shape[1]} channels",
    returns="mean, std",
    parts=("the mean", "the standard deviation"),
    mistakes=(
        (
            "your variance is below zero, so its root is nan. Did you square bytes? 16² = 256 does not fit into one: "
            "make floats first. Or did you take away the mean, and not its square?",
            _statistics(std=lambda _, x: ((x**2).mean(AXES) - x.mean(AXES)).sqrt()),
            lambda value, _: value[1].isnan().any(),
        ),
        (
            "you averaged the means of the batches, so the last, small one counts as much as the others.",
            _statistics(mean=lambda batches, _: torch.stack([_numbers([b]).mean(AXES) for b in batches]).mean(0)),
        ),
        (
            "the mean is that of bytes, 0 to 255. Divide by 255.",
            _statistics(mean=lambda _, x: 255 * x.mean(AXES)),
        ),
        (
            "right for three channels, but not for six. How many there are is in `batch.shape[1]`.",
            _statistics(mean=lambda _, x: 3 * x.mean(AXES) / x.shape[1]),
        ),
        (
            "that is a part of it. Divide by the numbers of one channel, not of all channels.",
            _statistics(mean=lambda _, x: x.mean(AXES) / x.shape[1]),
        ),
        (
            "the two are swapped: the mean comes first.",
            lambda batches: _statistics()(batches)[::-1],
        ),
        (
            "divide by the number of pixels of all images, not by the number of images.",
            _statistics(mean=lambda _, x: x.mean(AXES) * x[0, 0].numel()),
        ),
        (
            "that is one mean for all channels. Each channel has its own.",
            _statistics(mean=lambda _, x: x.mean()),
        ),
        (
            f"you averaged the standard deviations of images. {IMAGES_APART}",
            _statistics(std=lambda _, x: x.flatten(2).std(2, correction=0).mean(0)),
        ),
        (
            f"you averaged the standard deviations of images, divided by n − 1. {IMAGES_APART}",
            _statistics(std=lambda _, x: x.flatten(2).std(2).mean(0)),
        ),
        (
            f"you averaged the standard deviations of batches. {APART}",
            _statistics(std=lambda batches, _: _variances(batches).sqrt().mean(0)),
        ),
        (
            f"you averaged the standard deviations of batches, large batches more. {APART}",
            _statistics(std=lambda batches, _: (_sizes(batches) * _variances(batches).sqrt()).sum(0)),
        ),
        (
            f"you averaged the variances of batches. {APART}",
            _statistics(std=lambda batches, _: (_sizes(batches) * _variances(batches)).sum(0).sqrt()),
        ),
        (
            "divided by n − 1. Here it is n: `std` divides by n with `correction=0`.",
            _statistics(std=lambda _, x: x.std(AXES)),
        ),
        (
            "that is the variance. The standard deviation is its root.",
            _statistics(std=lambda _, x: x.var(AXES, correction=0)),
        ),
        (
            "the root of the mean of squares is not it: take mean² away first.",
            _statistics(std=lambda _, x: (x**2).mean(AXES).sqrt()),
        ),
    ),
)
