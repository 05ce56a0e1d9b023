"""Task 3: the windows of images as columns of a matrix."""

from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional as F

from utils.checks.forbidding import Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _columns(images: Tensor, k: int, stride: int) -> Tensor:
    return F.unfold(images, k, stride=stride)


def _cells(images: Tensor, k: int, stride: int) -> Tensor:
    """The windows as (N, C, k, k, rows, columns)."""
    return images.unfold(2, k, stride).unfold(3, k, stride).permute(0, 1, 4, 5, 2, 3)


def _as_columns(cells: Tensor) -> Tensor:
    """Six axes as (N, cells of a window, windows)."""
    return cells.flatten(4).flatten(1, 3)


def _images(random: Random) -> Iterator[tuple]:
    for n, channels, k, stride in ((2, 3, 3, 2), (2, 3, 2, 1), (1, 1, 2, 3)):
        rows, columns = random.two_integers(3, 6)
        rest = random.integer(0, stride - 1)  # what does not fill a step
        yield random.normal(n, channels, k + stride * (rows - 1) + rest, k + stride * (columns - 1)), k, stride


unroll = Task(
    "unroll",
    right=_columns,
    cases=_images,
    case=lambda images, k, stride: f"images {shape_of(images)}, k={k} and stride={stride}",
    forbidden=Rule(
        "Use slices; `unfold`, `im2col` and `as_strided` are not allowed in any form.",
        ("unfold", "im2col", "as_strided", "sliding_window"),
    ),
    mistakes=(
        (
            "each window is a row of your matrix, and should be a column: swap the last two axes.",
            lambda *given: _columns(*given).transpose(1, 2),
        ),
        (
            "in your columns the channel changes fastest. Wanted: all cells of channel 0, then all of channel 1.",
            lambda *given: _as_columns(_cells(*given).permute(0, 2, 3, 1, 4, 5)),
        ),
        (
            "your columns list a window column by column. Wanted: row by row.",
            lambda *given: _as_columns(_cells(*given).transpose(2, 3)),
        ),
        (
            "your windows go down the image. Wanted: along its rows.",
            lambda *given: _as_columns(_cells(*given).transpose(4, 5)),
        ),
        ("the values are right. Flatten (C, k, k) into one axis, and (rows, columns) into another.", _cells),
        (
            "the windows do not overlap: they are k apart, and should be `stride` apart.",
            lambda images, k, stride: _columns(images, k, k),
        ),
        ("the stride is ignored: your windows are 1 apart.", lambda images, k, stride: _columns(images, k, 1)),
        (
            "windows beyond the edge are counted too. No padding is wanted.",
            lambda images, k, stride: F.unfold(images, k, stride=stride, padding=k // 2),
        ),
    ),
)
