"""Task 3: the weights of three layers that do one work."""

from collections.abc import Callable

from utils.checks.inputs import Random
from utils.checks.task import Task


def _standard(i: int, o: int, k: int, g: int) -> int:
    return i * o * k * k


def _grouped(i: int, o: int, k: int, g: int) -> int:
    return i * o * k * k // g


def _separable(i: int, o: int, k: int, g: int) -> int:
    return i * k * k + i * o


def _weights(
    standard: Callable = _standard, grouped: Callable = _grouped, separable: Callable = _separable
) -> Callable:
    """An answer to task 3, right or with another formula for one of the three."""
    return lambda *layer: (standard(*layer), grouped(*layer), separable(*layer))


def _layers(random: Random) -> list[tuple]:
    drawn = []
    for _ in range(5):
        groups, (i, o) = random.integer(2, 5), random.two_integers(2, 60)
        drawn.append((groups * i, groups * o, random.integer(2, 7), groups))
    return [(64, 128, 3, 4), (12, 32, 5, 2), *drawn]


weights = Task(
    "weights",
    right=_weights(),
    cases=_layers,
    case=lambda i, o, k, g: f"from {i} to {o} channels, kernel {k}×{k}, {g} groups,",
    kind=int,
    returns="standard, grouped, separable",
    parts=("a standard layer", "a layer in groups", "a depthwise separable layer"),
    mistakes=(
        (
            "the numbers are in another order: standard, grouped, separable.",
            lambda *layer: (_separable(*layer), _grouped(*layer), _standard(*layer)),
        ),
        (
            "a standard layer's kernel has k rows and k columns: k·k.",
            _weights(standard=lambda i, o, k, g: i * o * k),
        ),
        ("the standard layer: no biases this time.", _weights(standard=lambda i, o, k, g: i * o * k * k + o)),
        ("each output channel has a kernel for each input channel.", _weights(standard=lambda i, o, k, g: o * k * k)),
        (
            "the layer in groups: each group has its own part of the input channels *and* of the output channels: "
            "g times (i/g)·(o/g) pairs.",
            _weights(grouped=lambda i, o, k, g: i * o * k * k // (g * g)),
        ),
        ("the layer in groups has fewer weights than the standard one.", _weights(grouped=_standard)),
        (
            "the layer in groups has fewer weights, not more: divide by g.",
            _weights(grouped=lambda i, o, k, g: i * o * k * k * g),
        ),
        (
            "the layer in groups: only with as many groups as channels each channel is by itself.",
            _weights(grouped=lambda i, o, k, g: i * k * k),
        ),
        ("the layer in groups: no biases this time.", _weights(grouped=lambda i, o, k, g: i * o * k * k // g + o)),
        ("the 1×1 convolution that mixes the channels is missing.", _weights(separable=lambda i, o, k, g: i * k * k)),
        ("the depthwise part is missing.", _weights(separable=lambda i, o, k, g: i * o)),
        (
            "the depthwise part has one kernel for each input channel, not output channel.",
            _weights(separable=lambda i, o, k, g: o * k * k + i * o),
        ),
        (
            "the depthwise part has a kernel for each channel, not for each pair of channels.",
            _weights(separable=lambda i, o, k, g: i * i * k * k + i * o),
        ),
        (
            "the separable layer is not in groups: its 1×1 convolution mixes all channels.",
            _weights(separable=lambda i, o, k, g: i * k * k + i * o // g),
        ),
        (
            "the separable layer: no biases this time.",
            _weights(separable=lambda i, o, k, g: i * k * k + i + i * o + o),
        ),
    ),
)
