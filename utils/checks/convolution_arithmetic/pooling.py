"""Task 5: the gradient that max pooling passes back."""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.forbidding import Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _spread_out(numbers: Tensor) -> Tensor:
    """Each number on all four cells of its window."""
    return numbers.repeat_interleave(2, 0).repeat_interleave(2, 1)


def _largest(image: Tensor) -> Tensor:
    return F.max_pool2d(image[None], 2)[0]


def _passed_back(image: Tensor, upstream: Tensor) -> Tensor:
    """The gradient (H, W) that 2×2 max pooling with stride 2 passes back."""
    image = image.clone().requires_grad_()
    _largest(image).backward(upstream)
    return image.grad


def _winners(image: Tensor) -> Tensor:
    """1 where a cell is the largest of its window, or one of several."""
    return (_spread_out(_largest(image)) == image).float()


def _swapped(image: Tensor, upstream: Tensor) -> Tensor:
    right = _passed_back(image, upstream)
    rows, columns = upstream.shape
    return right.view(rows, 2, columns, 2).transpose(1, 3).reshape(right.shape)


def _windows(random: Random) -> Iterator[tuple]:
    for most in (99, 99, 2):  # the last has many equal numbers
        rows, columns = random.two_integers(2, 5)
        image = random.integers(-most, most, 2 * rows, 2 * columns).float()
        image[:2, :2] = -image[:2, :2].abs().clamp(min=1)  # a window whose largest number is below zero
        image[0, 0] = -most - 1  # and not the first: a search that begins with 0 would find that
        image[-2:, -2:] = torch.tensor([[1, 2], [2, 1]])  # row by row the first is another than column by column
        image[-2:, :2] = torch.tensor([[2, 1], [1, 2]])  # and here the last
        yield image, random.normal(rows, columns)


max_pool_gradient = Task(
    "max_pool_gradient",
    right=_passed_back,
    cases=_windows,
    case=lambda image, _: f"image {shape_of(image)}, largest number {image.max():.0f}",
    forbidden=Rule(
        "Do it by hand: let torch neither differentiate nor undo a pooling.", ("backward", "unpool", "make_dual")
    ),
    mistakes=(
        ("every cell gets the gradient. Only the winner of each window does.", lambda _, up: _spread_out(up)),
        (
            "each cell gets a quarter: that is average pooling. Here the winner takes all.",
            lambda _, up: _spread_out(up) / 4,
        ),
        (
            "the right cells, but each gets 1. It gets what comes from above, `upstream`.",
            lambda image, up: _passed_back(image, torch.ones_like(up)),
        ),
        (
            "where two cells of a window are equal, both got the gradient. torch takes the first.",
            lambda image, up: _spread_out(up) * _winners(image),
        ),
        (
            "where two cells of a window are equal, they share the gradient. torch gives all of it to the first.",
            lambda image, up: _spread_out(up / F.avg_pool2d(4 * _winners(image)[None], 2)[0]) * _winners(image),
        ),
        (
            "where two cells of a window are equal, the last got the gradient. torch takes the first.",
            lambda image, up: _passed_back(image.flip(0, 1), up.flip(0, 1)).flip(0, 1),
        ),
        (
            "where two cells of a window are equal, you took the first column by column. torch goes row by row.",
            lambda image, up: _passed_back(image.T, up.T).T,
        ),
        (
            "within a window rows and columns are swapped: cell 1 of 0 1 / 2 3 is in row 0, column 1.",
            _swapped,
        ),
        (
            "the largest number of a window can be below zero. Do not begin the search with 0.",
            lambda image, up: _passed_back(image.clamp(min=0), up),
        ),
        (
            "the winners hold their own value. They get the gradient from above.",
            lambda image, _: _passed_back(image, _largest(image)),
        ),
        (
            "that is what went forwards. Asked for is what comes back, as large as the image.",
            lambda image, _: _largest(image),
        ),
    ),
)
