"""Task 1 of assignment 07: the shape after each layer. A mistake is a wrong step from one shape to the next."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from utils import arithmetic
from utils.checks.architectures_depth.layers import CNN, LENET, after
from utils.checks.base import Mistake
from utils.checks.comparing import is_tuple_of
from utils.checks.inputs import Random
from utils.checks.task import Task

NAMES = ((LENET, "LeNet-5"), (CNN, "the CNN for Fashion-MNIST"))

Shape = tuple[int, ...]


def _shapes(step: Callable[[tuple, Shape], object] = after) -> Callable:
    """An answer to task 1, right or with another step."""

    def answer(layers: list[tuple], shape: Shape) -> list:
        found = []
        for layer in layers:
            found.append(step(layer, shape))
            shape = after(layer, shape)
        return found

    return answer


def _networks(random: Random) -> Iterator[tuple]:
    yield list(LENET), (1, 28, 28)
    yield list(CNN), (1, 28, 28)
    for _ in range(3):
        yield _layers(random), (random.integer(1, 4), *random.two_integers(20, 40))


def _layers(random: Random) -> list[tuple]:
    """Convolutions that keep, shrink or cut groups, two poolings, and a linear layer at the end."""
    groups = random.integer(2, 3)
    return [
        ("conv", 2 * groups, 2 * random.integer(1, 2) + 1, random.integer(0, 2), 1),
        ("pool", random.integer(2, 3)),
        ("conv", groups * random.integer(1, 4), 3, random.integer(0, 1), groups),
        ("pool", 2),
        ("linear", random.integer(5, 20)),
        ("linear", 3),
    ]


def _case(layers: list[tuple], shape: Shape) -> str:
    name = next((name for known, name in NAMES if known == layers), "a network")
    return f"{name} with {len(layers)} layers and images {shape}"


def _read(value: object, layers: list[tuple], shape: Shape) -> Tensor:
    """All numbers of the shapes in a row. Raises `Mistake` unless there is a shape for each layer."""
    if not is_tuple_of(len(layers), value):
        found = f"a list of {len(value)}" if isinstance(value, list) else type(value).__name__
        if isinstance(value, list) and value[:1] == [shape]:
            found += ", which begins with the shape of the image"
        elif isinstance(value, list) and len(value) == 1:
            found += " (does the `return` stand inside the loop?)"
        raise Mistake(
            f"for {_case(layers, shape)} your function must return a list of {len(layers)} shapes, one after each "
            f"layer. It returned {found}."
        )
    for right, yours in zip(_shapes()(layers, shape), value, strict=True):
        if not isinstance(yours, tuple | list) or not all(type(size) is int for size in yours):
            hint = "`//` divides without a remainder, and `int()` makes a whole number of numpy's and torch's."
            if isinstance(yours, str):
                hint = "That is text: return the numbers, `(channels, height, width)`."
            if type(yours) is int:
                hint = f"A tuple of one number has a comma: ({yours},)."
            raise Mistake(
                f"each shape must be a tuple of whole numbers such as {right}, but yours is {yours!r}. {hint}"
            )
    return torch.tensor([size for each in value for size in each])


def _step(kind: str, words: str, wrong: Callable[[tuple, Shape], Shape], fits: Callable | None = None) -> tuple:
    """The mistake of another step for layers of a kind.

    ``fits(yours, right, layer)`` says whether a shape shows the mistake; without it, what the step itself makes does.
    """

    def step(layer: tuple, before: Shape) -> Shape:
        return wrong(layer, before) if layer[0] == kind else after(layer, before)

    def seen(value: object, layers: list[tuple], shape: Shape) -> str:
        before = shape
        for number, (layer, yours) in enumerate(zip(layers, map(tuple, value), strict=True), 1):
            right = after(layer, before)
            if yours != right:
                shown = fits(yours, right, layer) if fits else yours == wrong(layer, before)
                said = f"{_case(layers, shape)}: layer {number}, {layer}, gets {before}. After it the shape is {right}"
                return f"{said}, and yours is {yours}." if layer[0] == kind and shown else ""
            before = right
        return ""

    return words, _shapes(step), seen


def _maps(kind: str) -> tuple[tuple, ...]:
    """Mistakes with the shape of maps, which are the same for a convolution and a pooling."""
    return (
        _step(
            kind,
            "after convolutions and poolings a shape is (C, H, W).",
            lambda layer, before: after(layer, before)[1:],
            lambda yours, right, layer: len(yours) != 3,
        ),
        _step(
            kind,
            "rows and columns are swapped.",
            lambda layer, before: tuple(after(layer, before)[place] for place in (0, 2, 1)),
        ),
        _step(
            kind,
            "the channels come first.",
            lambda layer, before: (*after(layer, before)[1:], after(layer, before)[0]),
        ),
        _step(
            kind,
            "an image need not be square: rows and columns are computed each for itself.",
            lambda layer, before: tuple(after(layer, before)[place] for place in (0, 2, 2)),
            lambda yours, right, layer: yours[0] == right[0] and yours[1] == yours[2] in right[1:],
        ),
    )


def _pooled(size: Callable[[int, int], int]) -> Callable[[tuple, Shape], Shape]:
    """A pooling that makes ``size(i, k)`` of each size i."""
    return lambda layer, before: (before[0], *(size(i, layer[1]) for i in before[1:]))


def _convolved(size: Callable[[int, int, int], int]) -> Callable[[tuple, Shape], Shape]:
    """A convolution that makes ``size(i, kernel_size, padding)`` of each size i."""
    return lambda layer, before: (layer[1], *(size(i, *layer[2:4]) for i in before[1:]))


shapes = Task(
    "shapes",
    right=_shapes(),
    cases=_networks,
    case=_case,
    read=_read,
    mistakes=(
        _step(
            "linear",
            "a linear layer returns so many numbers: its shape is this one number, and nothing else.",
            lambda layer, before: (layer[1], 1, 1),
            lambda yours, right, layer: len(yours) != 1,
        ),
        _step(
            "linear",
            "how many numbers a linear layer returns stands in the tuple. What it reads is not in its shape.",
            lambda layer, before: (torch.Size(before).numel(),),
            lambda yours, right, layer: True,
        ),
        *_maps("conv"),
        *_maps("pool"),
        _step(
            "pool",
            "pooling keeps the channels.",
            lambda layer, before: (2 * before[0], *after(layer, before)[1:]),
            lambda yours, right, layer: yours[0] != right[0],
        ),
        _step("pool", "the stride of a pooling is its size.", _pooled(lambda i, k: i - k + 1)),
        _step(
            "pool",
            "a window that does not fit in completely is left out: round down.",
            _pooled(lambda i, k: -(-i // k)),
        ),
        _step(
            "pool",
            "a pooling of size k makes i // k of each size i.",
            _pooled(lambda i, k: i // (k + 1)),
            lambda yours, right, layer: True,
        ),
        _step(
            "conv",
            "a convolution returns as many maps as it has kernels, its out_channels, whatever it reads.",
            lambda layer, before: (before[0], *after(layer, before)[1:]),
            lambda yours, right, layer: yours[1:] == right[1:],
        ),
        _step(
            "conv",
            "padding is added on both sides, so it counts twice.",
            _convolved(lambda i, k, p: i + p - k + 1),
        ),
        _step("conv", "the padding is missing.", _convolved(lambda i, k, p: i - k + 1)),
        _step(
            "conv",
            "the window stands somewhere before it moves: + 1.",
            _convolved(lambda i, k, p: i + 2 * p - k),
        ),
        _step(
            "conv",
            "not every convolution keeps the size: compute it.",
            _convolved(lambda i, k, p: i),
        ),
        _step(
            "conv",
            "a convolution makes i + 2p − k + 1 of each size i.",
            _convolved(lambda i, k, p: arithmetic.output_size(i, k, padding=p, stride=2)),
            lambda yours, right, layer: True,
        ),
    ),
)
