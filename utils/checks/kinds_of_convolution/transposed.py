"""Task 2: a transposed convolution, from small to large."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.forbidding import CONVOLUTIONS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _scatter(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """The transposed convolution of (H, W) with (kH, kW)."""
    return F.conv_transpose2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _cut(output: Tensor, padding: int) -> Tensor:
    return output[padding : output.shape[0] - padding, padding : output.shape[1] - padding]


def _overwriting(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    h, w = kernel.shape
    output = torch.zeros_like(_scatter(image, kernel, stride, 0))
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y * stride : y * stride + h, x * stride : x * stride + w] = image[y, x] * kernel
    return _cut(output, padding)


def _side_by_side(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """As large as planned, but the windows are 1 apart."""
    output, close = torch.zeros_like(_scatter(image, kernel, stride, 0)), _scatter(image, kernel, 1, 0)
    output[: close.shape[0], : close.shape[1]] = close
    return _cut(output, padding)


def _cut_at_the_end(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    uncut = _scatter(image, kernel, stride, 0)
    return uncut[: uncut.shape[0] - 2 * padding, : uncut.shape[1] - 2 * padding]


def _images(random: Random) -> Iterator[tuple]:
    for stride, padding in [(2, 1), (1, 0), (2, 0), (3, 2)]:
        yield (
            random.normal(*random.two_integers(3, 6)),
            random.normal(*random.two_integers(3, 5)),
            stride,
            padding,
        )


scatter = Task(
    "scatter",
    right=_scatter,
    cases=_images,
    case=lambda image, kernel, stride, padding: (
        f"image {shape_of(image)}, kernel {shape_of(kernel)}, stride {stride}, padding {padding}"
    ),
    forbidden=Rule("Not with a convolution that is there already.", CONVOLUTIONS),
    mistakes=(
        (
            "with padding 0 nothing is left. `output[0:-0]` is empty: write where to stop.",
            lambda i, k, s, p: _scatter(i, k, s, 0)[p:-p, p:-p],
            lambda value, i, k, s, p: p == 0 and value.numel() == 0,
        ),
        ("where windows overlap, the later one overwrites the earlier. They are added.", _overwriting),
        (
            "your kernel is flipped. It is written as it is.",
            lambda i, k, s, p: _scatter(i, k.flip(0, 1), s, p),
        ),
        (
            "padding is ignored. Here it cuts cells off each side of the output.",
            lambda i, k, s, p: _scatter(i, k, s, 0),
        ),
        (
            "cells are cut off at the bottom and at the right only. Each side loses `padding` of them.",
            _cut_at_the_end,
        ),
        (
            "padding adds cells. Here it cuts them off: it works the other way round.",
            lambda i, k, s, p: F.pad(_scatter(i, k, s, 0), (p, p, p, p)),
        ),
        (
            "the image got a rim of zeros. It is the output that is changed: padding cuts cells off it.",
            lambda i, k, s, p: _scatter(F.pad(i, (p, p, p, p)), k, s, 0),
        ),
        (
            "the output is large enough, but the windows begin 1 apart. They begin `stride` apart.",
            _side_by_side,
        ),
        (
            "stride is ignored: the windows are written next to each other.",
            lambda i, k, s, p: _scatter(i, k, 1, p),
        ),
    ),
)
