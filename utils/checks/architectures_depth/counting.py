"""Task 2 of assignment 07: what one layer costs, parameters and multiply-adds."""

from collections.abc import Callable, Iterator

import torch

from utils.checks.architectures_depth.layers import CNN, LENET, after
from utils.checks.inputs import Random
from utils.checks.task import Task


def _weights(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    kind, *settings = layer
    if kind == "pool":
        return 0
    if kind == "linear":
        return torch.Size(before).numel() * after[0]
    _, kernel_size, _, groups = settings
    return before[0] // groups * after[0] * kernel_size**2


def _biases(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return 0 if layer[0] == "pool" else after[0]


def _places(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """How often each weight is used."""
    return torch.Size(after[1:]).numel()


def _costs(weights: Callable = _weights, biases: Callable = _biases) -> Callable:
    """An answer to task 2, right or with other parameters."""
    return lambda *case: (weights(*case) + biases(*case), _weights(*case) * _places(*case))


def _works(weights: Callable = _weights, places: Callable = _places) -> Callable:
    """An answer to task 2, right or with other multiply-adds."""
    return lambda *case: (_weights(*case) + _biases(*case), weights(*case) * places(*case))


def _per_group(layer: tuple) -> int:
    return layer[4] if layer[0] == "conv" else 1


def _ungrouped(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before, after) * _per_group(layer)


def _both_cut(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before, after) // _per_group(layer)


def _one_row(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before, after) // (layer[2] if layer[0] == "conv" else 1)


def _unflattened(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before[:1] if layer[0] == "linear" else before, after)


def _input_places(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return torch.Size(before[1:] if layer[0] == "conv" else ()).numel()


def _layers_in_place(random: Random) -> Iterator[tuple]:
    """(layer, the shape before it, the shape after it)"""
    given = [
        (LENET[0], (1, 28, 28)),
        (CNN[2], (64, 13, 13)),
        (("pool", 2), (512, 14, 14)),  # the last one of VGG-16, and its first and last linear layer
        (("linear", 4096), (512, 7, 7)),
        (("linear", 1000), (4096,)),
        (("conv", 256, 5, 2, 2), (96, 27, 27)),  # AlexNet, cut in two
    ]
    for _ in range(4):
        groups, kernel_size = random.integer(2, 4), random.integer(2, 5)
        outputs, inputs = (groups * parts for parts in random.two_integers(2, 9))
        layer = ("conv", outputs, kernel_size, random.integer(0, 1), groups)
        given.append((layer, (inputs, *random.two_integers(6, 15))))
    for layer, before in given:
        yield layer, before, after(layer, before)


costs = Task(
    "costs",
    right=_costs(),
    cases=_layers_in_place,
    case=lambda layer, before, after: f"of {layer}, {before} to {after},",
    kind=int,
    returns="parameters, multiply_adds",
    parts=("the parameters", "the multiply-adds"),
    mistakes=(
        (
            "parameters: those are the multiply-adds. The parameters come first.",
            lambda *case: _costs()(*case)[::-1],
        ),
        (
            "parameters: the biases are missing, one for each output.",
            _costs(biases=lambda *case: 0),
        ),
        ("parameters: with groups, a kernel reads the maps of its own group only.", _costs(_ungrouped)),
        ("parameters: a kernel has k rows and k columns.", _costs(_one_row)),
        (
            "parameters: also with groups every kernel has its bias, one for each output map.",
            _costs(biases=lambda *case: _biases(*case) // _per_group(case[0])),
        ),
        ("parameters: a linear layer after maps reads C·H·W numbers, not C.", _costs(_unflattened)),
        (
            "parameters: with groups, divide the maps that go in. All maps still come out.",
            _costs(_both_cut),
        ),
        (
            "multiply-adds: those are the weights. A convolution uses each of them at every place of its output.",
            _works(places=lambda *case: 1),
        ),
        (
            "multiply-adds: biases are added, not multiplied. Count the weights only.",
            _works(lambda *case: _weights(*case) + _biases(*case)),
        ),
        (
            "multiply-adds: count the places of the output, not of the input.",
            _works(places=_input_places),
        ),
        ("multiply-adds: with groups, a kernel reads the maps of its own group only.", _works(_ungrouped)),
        (
            "multiply-adds: one output map has H·W places, H rows and W columns.",
            _works(places=lambda layer, before, after: torch.Size(after[1:2]).numel()),
        ),
        (
            "multiply-adds: the weights have the output's channels in them already. Its places are H·W.",
            _works(places=lambda layer, before, after: _places(layer, before, after) * after[0]),
        ),
        (
            "multiply-adds: a multiplication and its addition count as one.",
            _works(lambda *case: 2 * _weights(*case)),
        ),
        ("multiply-adds: a kernel has k rows and k columns.", _works(_one_row)),
        ("multiply-adds: a linear layer after maps reads C·H·W numbers, not C.", _works(_unflattened)),
    ),
)
