"""Checks of assignment 01: sizes, cross-correlation, three operations in a row, a repair, a gradient."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import arithmetic
from utils.checks.inputs import Random
from utils.checks.plan import Plan
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _settings(random: Random) -> Iterator[tuple]:
    yield from [(4, 3, 1, 0), (5, 4, 1, 2), (5, 3, 2, 0)]  # the lecture's
    yield 6, 3, 2, 0  # drops a cell
    for _ in range(20):
        kernel_size = random.integer(1, 7)
        yield random.integer(kernel_size, 40), kernel_size, random.integer(1, 5), random.integer(0, 3)


output_size = Task(
    "output_size",
    right=lambda i, k, s, p: arithmetic.output_size(i, kernel_size=k, stride=s, padding=p),
    cases=_settings,
    case=lambda i, k, s, p: f"input {i}, kernel {k}, stride {s}, padding {p}",
    kind=int,
    mistakes=(
        (
            "the first place is missing: the window stands somewhere before it moves. What is the + 1 for?",
            lambda i, k, s, p: (i + 2 * p - k) // s,
        ),
        ("padding is added on both sides, so it counts twice.", lambda i, k, s, p: (i + p - k) // s + 1),
        ("padding is missing from your formula.", lambda i, k, s, p: (i - k) // s + 1),
        ("stride is missing from your formula.", lambda i, k, s, p: i + 2 * p - k + 1),
        (
            "what does not fill a whole step is lost: round down, not up.",
            lambda i, k, s, p: -((i + 2 * p - k) // -s) + 1,
        ),
        (
            "divide only the room that is left to move over, i + 2p − k. The + 1 is added after the division.",
            lambda i, k, s, p: (i + 2 * p - k + 1) // s,
        ),
        (
            "`round` goes to the nearest whole number. What does not fill a whole step is lost: round down.",
            lambda i, k, s, p: round((i + 2 * p - k) / s) + 1,
        ),
        (
            "Python divides before it adds. Put brackets around all that is divided, i + 2p − k.",
            lambda i, k, s, p: i + 2 * p - k // s + 1,
        ),
    ),
)


def _conv(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    """The cross-correlation of (H, W) with (kH, kW)."""
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _creeping(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    rows, columns = _conv(image, kernel, stride, padding).shape
    return _conv(image, kernel, 1, padding)[:rows, :columns]


def _images(random: Random) -> Iterator[tuple]:
    drawn = [(random.integer(2, 3), random.integer(1, 2)) for _ in range(4)]
    for settings in [(1, 0), (1, 2), (2, 0), *drawn]:
        yield random.normal(*random.two_integers(6, 11)), random.normal(*random.two_integers(2, 4)), *settings
    yield random.normal(3, 7), random.normal(3, 2), 1, 0  # an output of one row


correlate = Task(
    "correlate",
    right=_conv,
    cases=_images,
    case=lambda i, k, s, p: f"image {shape_of(i)}, kernel {shape_of(k)}, stride {s}, padding {p}",
    mistakes=(
        (
            "your kernel is flipped: that is convolution, and a layer computes cross-correlation.",
            lambda i, k, s, p: _conv(i, k.flip(0, 1), s, p),
        ),
        ("stride is ignored: every place is computed.", lambda i, k, s, p: _conv(i, k, 1, p)),
        ("padding is ignored: no zeros surround the image.", lambda i, k, s, p: _conv(i, k, s)),
        (
            "zeros are added at the bottom and at the right only. They belong on all four sides.",
            lambda i, k, s, p: _conv(F.pad(i, (0, p, 0, p)), k, s),
        ),
        (
            "zeros are added at the top and at the left only. They belong on all four sides.",
            lambda i, k, s, p: _conv(F.pad(i, (p, 0, p, 0)), k, s),
        ),
        (
            "zeros are added at the left and at the right only. `F.pad` wants four numbers, one for each side.",
            lambda i, k, s, p: _conv(F.pad(i, (p, p)), k, s),
        ),
        (
            "the output has the right size, but the window moves by 1. It moves by `stride`.",
            _creeping,
        ),
        ("rows and columns are swapped.", lambda i, k, s, p: _conv(i, k, s, p).T),
        (
            "the output has one row, and `squeeze` took that axis away too. Take the first two off: `[0, 0]`.",
            lambda i, k, s, p: _conv(i, k, s, p).squeeze(),
        ),
    ),
)


def _three(pool: Callable | None = None, d: Callable | None = None, e: Callable | None = None) -> Callable:
    """An answer to task 3, right or with another step: pool A, pad and correlate with B, correlate at stride 3."""

    def answer(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        C = pool(A) if pool else F.max_pool2d(A[None], kernel_size=2)[0]
        D = d(C, B) if d else _conv(C, B, padding=2)
        return C, D, e(C, D, B) if e else _conv(D, B, stride=3)

    return answer


def _matrices(random: Random) -> Iterator[tuple]:
    for _ in range(3):
        rows, columns = random.two_integers(5, 8)
        A = random.integers(-9, 9, 2 * rows, 2 * columns).float()
        B = random.integers(-4, 4, 3, 3).float()
        B[0, 0] += 9  # the kernel of the lecture looks the same when flipped; this one never does
        yield A, B


three_operations = Task(
    "three_operations",
    right=_three(),
    cases=_matrices,
    case=lambda A, B: f"(from A of {shape_of(A)})",
    returns="C, D, E",
    mistakes=(
        ("C is an average. Max pooling keeps the largest.", _three(lambda A: F.avg_pool2d(A[None], 2)[0])),
        (
            "the windows of the pooling overlap: its stride is 2.",
            _three(lambda A: F.max_pool2d(A[None], 2, stride=1)[0]),
        ),
        (
            "D is computed with the kernel flipped. Layers do not flip.",
            _three(d=lambda C, B: _conv(C, B.flip(0, 1), padding=2)),
        ),
        ("D has no padding: C gets 2 zeros on each side first.", _three(d=_conv)),
        ("D has padding 1, as for “same”. Here it is 2.", _three(d=lambda C, B: _conv(C, B, padding=1))),
        (
            "E is computed with the kernel flipped. Layers do not flip.",
            _three(e=lambda C, D, B: _conv(D, B.flip(0, 1), stride=3)),
        ),
        ("E has stride 1. It moves by 3.", _three(e=lambda C, D, B: _conv(D, B))),
        ("E is made from C. It is made from D.", _three(e=lambda C, D, B: _conv(C, B, stride=3))),
        ("E has padding. Only D has.", _three(e=lambda C, D, B: _conv(D, B, stride=3, padding=2))),
    ),
)


def _built(
    first: type = nn.ReLU, second: type = nn.ReLU, pool: type = nn.MaxPool2d, end: type = nn.Identity
) -> Callable:
    """An answer to task 4, right or with another layer in its place: (N, 3, H, W) → (N, 8, H/8, W/8)."""
    return lambda: nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        first(),
        pool(2),
        nn.Conv2d(16, 32, 5, padding=2),
        second(),
        pool(2),
        nn.Conv2d(32, 8, 3, stride=2, padding=1),
        end(),
    )


repaired = Plan(
    "repaired",
    right=_built(),
    images=lambda random: random.normal(2, 3, *(8 * eighths for eighths in random.two_integers(3, 7))),
    mistakes=(
        (
            "the plan ends in a convolution. After a ReLU no output is ever below zero.",
            _built(end=nn.ReLU),
        ),
        ("the ReLU after the first convolution is missing.", _built(first=nn.Identity)),
        ("the ReLU after the second convolution is missing.", _built(second=nn.Identity)),
        (
            "the ReLUs are missing. Without one between them, layers in a row are one larger filter.",
            _built(first=nn.Identity, second=nn.Identity),
        ),
        ("your pooling averages. The plan has max pooling.", _built(pool=nn.AvgPool2d)),
    ),
)


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


def _by_torch(image: Tensor, upstream: Tensor) -> Tensor:
    _largest(image.requires_grad_()).backward(upstream)
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
    mistakes=(
        (
            "you let torch compute the gradient of the given image. Do it by hand.",
            _by_torch,
            lambda value, image, _: image.requires_grad,
        ),
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
