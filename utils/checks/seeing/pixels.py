"""Task 2: the first and the last pixel that a unit sees."""

from collections.abc import Iterator

from utils.checks.inputs import Random
from utils.checks.task import Task


def _seen(
    layers: list, unit: int, *, pad: bool = True, jump_first: bool = False, plain: bool = False
) -> tuple[int, int]:
    """First and last pixel, walking from the first layer to the last; the flags make the known mistakes."""
    first, last, jump = 0, 0, 1
    for kernel_size, stride, padding in layers:
        if jump_first:
            jump *= stride
        first -= padding * jump if pad else 0
        last += (kernel_size - 1 - (padding if pad else 0)) * jump
        if not jump_first:
            jump *= stride
    step = 1 if plain else jump
    return first + unit * step, last + unit * step


def _back(layers: list, unit: int, *, less: int = 1, from_first: bool = False) -> tuple[int, int]:
    """First and last pixel, walking from the last layer to the first if ``layers`` come so; flags as in `_seen`."""
    first = last = unit
    for kernel_size, stride, padding in layers:
        first = first * stride - padding
        last = (first if from_first else last * stride - padding) + kernel_size - less
    return first, last


def _strided(random: Random) -> Iterator[tuple]:
    for strides in ([2], [1, 3], [1, 2, 1, 2]):
        kernel_sizes = [random.integer(2, 5) for _ in strides]
        paddings = [random.integer(1, kernel_size // 2) for kernel_size in kernel_sizes]
        layers = list(zip(kernel_sizes, strides, paddings, strict=True))
        for unit in (0, random.integer(2, 6)):
            yield layers, unit


seen_pixels = Task(
    "seen_pixels",
    right=_seen,
    cases=_strided,
    case=lambda layers, unit: f"of unit {unit} after layers {layers}",
    kind=int,
    returns="first, last",
    parts=("the first pixel", "the last pixel"),
    mistakes=(
        (
            "you go from the first layer to the last, but the unit is one of the last layer. Go back: "
            "`reversed(layers)`.",
            lambda layers, unit: _back(layers, unit),
        ),
        (
            "in each layer the last cell is one too far: a window of k cells ends k − 1 cells after it begins.",
            lambda layers, unit: _back(layers[::-1], unit, less=0),
        ),
        (
            "in each layer `last` is computed from the new `first`. It goes back from the old `last`.",
            lambda layers, unit: _back(layers[::-1], unit, from_first=True),
        ),
        ("the two are swapped: `return first, last`.", lambda layers, unit: _seen(layers, unit)[::-1]),
        (
            "padding moves the window to the left: take it away, do not add it.",
            lambda layers, unit: _seen([(k, s, -p) for k, s, p in layers], unit),
        ),
        (
            "padding is left out: each layer moves everything by padding cells to the left.",
            lambda layers, unit: _seen(layers, unit, pad=False),
        ),
        (
            "the step grows too early: a layer's own stride counts for the layers after it.",
            lambda layers, unit: _seen(layers, unit, jump_first=True),
        ),
        (
            "unit 1 does not begin one pixel after unit 0, but the product of all strides after it.",
            lambda layers, unit: _seen(layers, unit, plain=True),
        ),
        (
            "the last pixel is one too far: a window of k cells ends k − 1 cells after it begins.",
            lambda layers, unit: (_seen(layers, unit)[0], _seen(layers, unit)[1] + 1),
        ),
        (
            "that is the first pixel and how many there are. The last one is asked for.",
            lambda layers, unit: (_seen(layers, unit)[0], _seen(layers, 0)[1] - _seen(layers, 0)[0] + 1),
        ),
    ),
)
