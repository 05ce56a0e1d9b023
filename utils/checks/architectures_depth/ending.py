"""Task 4 of assignment 07: the end of NiN, convolutions and the mean of each map."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.inputs import Random
from utils.checks.networks import layer_count
from utils.checks.plan import Plan, Run
from utils.checks.wording import shape_of


class _Take(nn.Module):
    """A function as a layer."""

    def __init__(self, take: Callable[[Tensor], Tensor]):
        super().__init__()
        self.take = take

    def forward(self, x: Tensor) -> Tensor:
        return self.take(x)


def _mean(x: Tensor) -> Tensor:
    return x.mean((2, 3))


def _built(
    take: Callable[[Tensor], Tensor] = _mean,
    first: Callable[[], nn.Module] = nn.ReLU,
    second: Callable[[], nn.Module] = nn.ReLU,
    padding: tuple[int, int, int] = (1, 0, 0),
    end: Callable[[int], nn.Module] = lambda classes: nn.Identity(),
) -> Callable:
    """An answer to task 4, right or with something else in its place."""
    return lambda in_channels, maps, classes: nn.Sequential(
        nn.Conv2d(in_channels, maps, 3, padding=padding[0]),
        first(),
        nn.Conv2d(maps, maps, 1, padding=padding[1]),
        second(),
        nn.Conv2d(maps, classes, 1, padding=padding[2]),
        _Take(take),
        end(classes),
    )


def _mean_first(in_channels: int, maps: int, classes: int) -> nn.Module:
    layers = list(_built(nn.Identity())(in_channels, maps, classes))
    return nn.Sequential(*layers[:2], nn.AdaptiveAvgPool2d(1), *layers[2:], nn.Flatten())


def _has(kind: type[nn.Module]) -> Callable[[Run], bool]:
    return lambda run: layer_count(run.network, kind) > 0


def _cuts(run: Run) -> str:
    _, read, maps = run.layers[0] if run.layers else (None, run.images, run.images)
    if read.shape[2:] != maps.shape[2:]:
        return f"Yours makes {shape_of(maps[0, 0])} of {shape_of(read[0, 0])}."
    return ""


def _pads(run: Run) -> bool:
    ones = [each for each in run.layers if each[0].kernel_size == (1, 1)]
    return any(read.shape[2:] != maps.shape[2:] for _, read, maps in ones)


def _ends(random: Random) -> Iterator[tuple]:
    for _ in range(2):
        in_channels, classes = random.two_integers(3, 9)
        yield in_channels, random.integer(10, 14), classes
    yield 1, 5, 1


def _images(random: Random, in_channels: int, maps: int, classes: int) -> Tensor:
    return random.normal(3, in_channels, *random.two_integers(5, 9))


nin_end = Plan(
    "nin_end",
    right=_built(),
    cases=_ends,
    case=lambda in_channels, maps, classes: f"{in_channels} → {maps} → {maps} → {classes} channels",
    images=_images,
    kinds=(nn.Conv2d, nn.Linear),
    counted=False,
    mistakes=(
        (
            "there is a linear layer. In NiN the mean of a map is the logit; nothing follows.",
            _built(end=lambda classes: nn.Linear(classes, classes)),
            _has(nn.Linear),
        ),
        ("there is an nn.Dropout, which is not in the plan. Leave it out.", _built(first=nn.Dropout), _has(nn.Dropout)),
        (
            "there is an nn.BatchNorm2d, which is not in the plan. Leave it out.",
            _built(first=nn.LazyBatchNorm2d),
            _has(nn.BatchNorm2d),
        ),
        (
            "the pooling has one fixed size, and maps may have any. `nn.AdaptiveAvgPool2d(1)` fits all.",
            _built(nn.AvgPool2d(5), end=lambda classes: nn.Flatten()),
            _has(nn.AvgPool2d),
        ),
        ("the 3×3 convolution keeps the size.", _built(padding=(0, 0, 0)), _cuts),
        (
            "a 1×1 convolution needs no padding and no stride: it reads one pixel.",
            _built(padding=(1, 1, 0)),
            _pads,
        ),
        ("those are sums. The logit is the mean of a map.", _built(lambda x: x.sum((2, 3)))),
        ("those are maxima. The logit is the mean of a map.", _built(lambda x: x.amax((2, 3)))),
        (
            "there is a ReLU after the last convolution. A logit may be negative.",
            _built(lambda x: x.relu().mean((2, 3))),
        ),
        ("there is a ReLU after the mean. A logit may be negative.", _built(end=lambda classes: nn.ReLU())),
        ("a softmax ends the network. Logits are asked for.", _built(end=lambda classes: nn.Softmax(1))),
        (
            "the means are right, but their shape is (N, classes, 1, 1). Flatten it to (N, classes).",
            _built(nn.AdaptiveAvgPool2d(1)),
        ),
        ("that is one mean of everything. Each map has its own: mean over the last two axes.", _built(torch.mean)),
        ("those are still maps. Take the mean of each one.", _built(nn.Identity())),
        ("the mean is taken too early: it stands before a ReLU. It comes after all convolutions.", _mean_first),
        ("the first ReLU, after the 3×3 convolution, is missing.", _built(first=nn.Identity)),
        ("the ReLU between the two 1×1 convolutions is missing.", _built(second=nn.Identity)),
        (
            "the ReLUs are missing: without them the three layers are one linear layer.",
            _built(first=nn.Identity, second=nn.Identity),
        ),
    ),
)
