"""Task 1: the bytes of an image as a tensor."""

from collections.abc import Iterator

import torch
from torch import Tensor

from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _to_tensor(pixels: Tensor) -> Tensor:
    """Bytes (H, W, C) as floats (C, H, W) from 0 to 1."""
    return pixels.permute(2, 0, 1).float() / 255


def _bytes(random: Random) -> Iterator[tuple]:
    for channels, largest in ((3, 255), (4, 200), (1, 255)):
        pixels = random.integers(0, largest, *random.two_integers(5, 9), channels).to(torch.uint8)
        pixels[0, 0] = largest
        yield (pixels,)


to_tensor = Task(
    "to_tensor",
    right=_to_tensor,
    cases=_bytes,
    case=lambda pixels: f"an image of {shape_of(pixels)}",
    mistakes=(
        (
            "your tensor does not hold torch.float32, which networks want: `.float()` before dividing.",
            lambda pixels: _to_tensor(pixels).double(),
            lambda value, _: value.dtype != torch.float32,
        ),
        (
            "the shape is right, but the colours are mixed: `reshape` cuts the numbers anew. Swap the axes.",
            lambda pixels: pixels.reshape(_to_tensor(pixels).shape).float() / 255,
        ),
        (
            "rows and columns are swapped as well: (C, W, H).",
            lambda pixels: _to_tensor(pixels).transpose(1, 2),
        ),
        (
            "the axes are right. The numbers go from 0 to 255 and should go from 0 to 1.",
            lambda pixels: _to_tensor(pixels) * 255,
        ),
        (
            "divide by 255, the largest byte: 255 must become 1.",
            lambda pixels: _to_tensor(pixels) * 255 / 256,
        ),
        (
            "divide by 255, not by the largest number that happens to be there.",
            lambda pixels: _to_tensor(pixels) * 255 / pixels.max(),
        ),
        (
            "the numbers are right. The channels must come first: (C, H, W).",
            lambda pixels: pixels.float() / 255,
        ),
    ),
)
