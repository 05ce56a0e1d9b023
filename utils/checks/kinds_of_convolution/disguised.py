"""Task 4: a linear layer from a library that keeps channels last, as a convolution."""

from torch import nn
from torch.nn import functional as F

from utils.checks.asking import ask_network
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random, randomise
from utils.checks.networks import trace


@check
def as_convolution(answer, random: Random) -> None:
    """``answer(linear, channels, height, width)`` is a Conv2d that does what flattening (H, W, C) and linear do."""
    height, width = random.two_integers(2, 5)
    for channels, outputs in (random.two_integers(2, 6), (1, random.integer(2, 4))):
        linear = nn.Linear(channels * height * width, outputs)
        randomise(linear, random)
        layer = ask_network(answer, linear, channels, height, width)
        case = f"images {channels}×{height}×{width} and {outputs} outputs"
        _require_numbers(layer, linear, (outputs, channels, height, width), case)
        weight = linear.weight.detach().view(outputs, height, width, channels).permute(0, 3, 1, 2)
        for more in (0, 2):
            images = random.normal(3, channels, height + more, width + more)
            output, _ = trace(layer, images)
            wanted = F.conv2d(images, weight, linear.bias.detach())
            if more and output.shape != wanted.shape:
                raise Mistake(
                    f"right for maps of {height}×{width}. On larger ones the kernel must slide cell by cell, so that "
                    f"{height + more}×{width + more} becomes {more + 1}×{more + 1}. What is its stride?"
                )
            if output.shape != wanted.shape:
                raise Mistake(f"for {case} each output is 1×1. No padding, and stride 1.")
            agree(output, wanted, f"{case}, maps of {height + more}×{width + more}")


def _require_numbers(layer: nn.Module, linear: nn.Linear, wanted: tuple[int, ...], case: str) -> None:
    """Raise `Mistake` unless the layer is a convolution with the linear layer's numbers in their places."""
    if not isinstance(layer, nn.Conv2d):
        raise Mistake(f"your function must return an nn.Conv2d, but it returned {type(layer).__name__}.")
    if tuple(layer.weight.shape) != wanted:
        raise Mistake(f"for {case} the weight must have shape {wanted}, but yours has {tuple(layer.weight.shape)}.")
    outputs, channels, height, width = wanted
    weight = linear.weight.detach()
    if not nearly_equal(layer.weight, weight.view(outputs, height, width, channels).permute(0, 3, 1, 2)):
        if nearly_equal(layer.weight, weight.view(wanted)):
            raise Mistake(
                "that would be right for torch's order, channels first. Here the channels of a pixel follow each "
                "other: (H, W, C)."
            )
        if nearly_equal(layer.weight.flatten().sort().values, weight.flatten().sort().values):
            raise Mistake(
                "the weights are in another order. Flattening (H, W, C) runs through channels, columns, rows."
            )
        raise Mistake("the weights are not those of the linear layer. Copy them into the new one.")
    if layer.bias is None or not nearly_equal(layer.bias, linear.bias):
        raise Mistake("the weights are right, but the bias is not. Copy it too.")
    if not layer.weight.requires_grad:
        raise Mistake("the layer is right, but it cannot learn: its weights are frozen.")
