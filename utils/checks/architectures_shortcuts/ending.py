"""Task 4 of assignment 08: global average pooling and a linear layer as one convolution."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.comparing import nearly_equal
from utils.checks.inputs import Random, randomise
from utils.checks.networks import trace
from utils.checks.task import Task


def _convolution(
    scale: Callable[[int, int], float] = lambda height, width: 1 / (height * width),
    bias: Callable[[Tensor, int, int], Tensor] = lambda bias, height, width: bias,
) -> Callable:
    """An answer to task 4, right or with other numbers."""

    def answer(linear: nn.Linear, height: int, width: int) -> nn.Conv2d:
        layer = nn.Conv2d(linear.in_features, linear.out_features, (height, width))
        with torch.no_grad():
            layer.weight.copy_(linear.weight[:, :, None, None] * scale(height, width))
            layer.bias.copy_(bias(linear.bias, height, width))
        return layer

    return answer


def _layers(random: Random) -> Iterator[tuple]:
    for _ in range(3):
        height, width = random.two_integers(2, 9)
        linear = nn.Linear(*random.two_integers(2, 6))
        randomise(linear, random)
        yield linear, height, width


def _case(linear: nn.Linear, height: int, width: int) -> str:
    return f"{linear.in_features} maps of {height}×{width} and {linear.out_features} classes"


def _logits(layer: object, linear: nn.Linear, height: int, width: int) -> Tensor:
    """What the layer makes of random maps. Raises `Mistake` unless it is a convolution as large as the map."""
    if not isinstance(layer, nn.Conv2d):
        raise Mistake(f"your function must return an nn.Conv2d, but it returned {type(layer).__name__}.")
    case, wanted = _case(linear, height, width), (linear.out_features, linear.in_features, height, width)
    if tuple(layer.weight.shape) != wanted:
        raise Mistake(f"for {case} the weight has shape {wanted}, but yours {tuple(layer.weight.shape)}.")
    output, _ = trace(layer, Random(0).normal(3, linear.in_features, height, width))
    if tuple(output.shape) != (3, linear.out_features, 1, 1):
        raise Mistake(f"for {case} each output is 1×1. No padding, and stride 1.")
    if tuple(layer.stride) != (1, 1):
        raise Mistake(
            "right on maps of that size, but on larger ones the kernel does not slide cell by cell: stride 1."
        )
    return output[:, :, 0, 0]


def _only_biases_differ(layer: nn.Conv2d, linear: nn.Linear, height: int, width: int) -> bool:
    """Whether the weights are right, and the biases neither right nor those of a mistake below."""
    known = [linear.bias, linear.bias / (height * width), torch.zeros_like(linear.bias)]
    right = (linear.weight / (height * width))[:, :, None, None].expand_as(layer.weight)
    return (
        nearly_equal(layer.weight, right)
        and layer.bias is not None
        and not any(nearly_equal(layer.bias, bias) for bias in known)
    )


one_convolution = Task(
    "one_convolution",
    right=_convolution(),
    cases=_layers,
    case=_case,
    read=_logits,
    mistakes=(
        (
            "the weights are right, but not the biases. Copy the linear layer's.",
            _convolution(bias=lambda bias, height, width: 3 * bias),
            _only_biases_differ,
        ),
        ("the bias is missing. Copy it.", _convolution(bias=lambda bias, height, width: 0 * bias)),
        (
            "those are sums over the map. A mean of H·W places gives each of them 1/(H·W).",
            _convolution(lambda height, width: 1),
        ),
        (
            "the bias is divided as well. It is added once, after the mean.",
            _convolution(bias=lambda bias, height, width: bias / (height * width)),
        ),
        (
            "divide by all places of the map, height times width.",
            _convolution(lambda height, width: 1 / height),
        ),
        ("divide by all places of the map, width times height.", _convolution(lambda height, width: 1 / width)),
    ),
)
