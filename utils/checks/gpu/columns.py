"""Task 3: the windows of images as columns of a matrix."""

from torch import Tensor
from torch.nn import functional as F

from utils.checks.task import Task
from utils.checks.wording import shape_of


def _cells(images: Tensor, k: int) -> Tensor:
    """The windows as (N, C, k, k, rows, columns)."""
    return images.unfold(2, k, 1).unfold(3, k, 1).permute(0, 1, 4, 5, 2, 3)


def _as_columns(cells: Tensor) -> Tensor:
    """Six axes as (N, cells of a window, windows)."""
    return cells.flatten(4).flatten(1, 3)


unroll = Task(
    "unroll",
    right=F.unfold,
    cases=lambda random: [(random.normal(2, 3, *random.two_integers(k + 1, k + 4)), k) for k in (2, 3)],
    case=lambda images, k: f"images {shape_of(images)} and k={k}",
    mistakes=(
        (
            "each window is a row of your matrix, and should be a column: swap the last two axes.",
            lambda images, k: F.unfold(images, k).transpose(1, 2),
        ),
        (
            "in your columns the channel changes fastest. Wanted: all cells of channel 0, then all of channel 1.",
            lambda images, k: _as_columns(_cells(images, k).permute(0, 2, 3, 1, 4, 5)),
        ),
        (
            "your columns list a window column by column. Wanted: row by row.",
            lambda images, k: _as_columns(_cells(images, k).transpose(2, 3)),
        ),
        (
            "your windows go down the image. Wanted: along its rows.",
            lambda images, k: _as_columns(_cells(images, k).transpose(4, 5)),
        ),
        (
            "the values are right. Flatten (C, k, k) into one axis, and (rows, columns) into another.",
            _cells,
        ),
        (
            "the windows do not overlap: they are k apart, and should be 1 apart.",
            lambda images, k: F.unfold(images, k, stride=k),
        ),
        (
            "windows beyond the edge are counted too. No padding is wanted.",
            lambda images, k: F.unfold(images, k, padding=k // 2),
        ),
    ),
)
