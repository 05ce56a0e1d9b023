"""Task 4 of assignment 08: global average pooling and a linear layer as one convolution."""

import copy

import torch
from torch import nn

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree
from utils.checks.inputs import Random, randomise
from utils.checks.networks import trace


@check
def one_convolution(answer, random: Random) -> None:
    """``answer(linear, height, width)`` is a Conv2d that does what global average pooling and ``linear`` do."""
    for _ in range(3):
        height, width = random.two_integers(2, 9)
        channels, classes = random.two_integers(2, 6)
        linear = nn.Linear(channels, classes)
        randomise(linear, random)
        given = copy.deepcopy(linear)
        layer = ask(answer, given, height, width)
        case = f"{channels} maps of {height}×{width} and {classes} classes"
        if not isinstance(layer, nn.Conv2d):
            raise Mistake(f"your function must return an nn.Conv2d, but it returned {type(layer).__name__}.")
        wanted = (classes, channels, height, width)
        if tuple(layer.weight.shape) != wanted:
            raise Mistake(f"for {case} the weight has shape {wanted}, but yours {tuple(layer.weight.shape)}.")
        maps = random.normal(3, channels, height, width)
        output, _ = trace(layer, maps)
        if tuple(output.shape) != (3, classes, 1, 1):
            raise Mistake(f"for {case} each output is 1×1. No padding, and stride 1.")
        if not torch.equal(given.weight, linear.weight):
            raise Mistake(
                "your function changes the linear layer that it gets, which others still need. `weight / size` makes "
                "a new tensor, `weight /= size` does not."
            )
        with torch.no_grad():
            right = linear(maps.mean((2, 3)))
            weighted, bias = right - linear.bias, linear.bias
            size = height * width
            agree(
                output[:, :, 0, 0],
                right,
                case,
                {
                    "the bias is missing. Copy it.": weighted,
                    "those are sums over the map. A mean of H·W places gives each of them 1/(H·W).": (
                        size * weighted + bias
                    ),
                    "the bias is divided as well. It is added once, after the mean.": weighted + bias / size,
                    "the weights are right, but not the biases. Copy the linear layer's.": (
                        weighted if layer.bias is None else weighted + layer.bias
                    ),
                    "divide by all places of the map, height times width.": size / height * weighted + bias,
                    "divide by all places of the map, width times height.": size / width * weighted + bias,
                },
            )
