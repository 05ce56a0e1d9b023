"""Task 2: cross-correlation with a stride and zeros around the image."""

from collections.abc import Iterator

from torch import Tensor
from torch.nn import functional as F

from utils.checks.convolution_arithmetic.operations import conv
from utils.checks.forbidding import CONVOLUTIONS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _creeping(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    rows, columns = conv(image, kernel, stride, padding).shape
    return conv(image, kernel, 1, padding)[:rows, :columns]


def _images(random: Random) -> Iterator[tuple]:
    drawn = [(random.integer(2, 3), random.integer(1, 2)) for _ in range(3)]
    for settings in [(2, 1), (1, 0), (1, 2), (2, 0), *drawn]:
        yield random.normal(*random.two_integers(6, 11)), random.normal(*random.two_integers(2, 4)), *settings
    yield random.normal(3, 7), random.normal(3, 2), 1, 0  # an output of one row


correlate = Task(
    "correlate",
    right=conv,
    cases=_images,
    case=lambda i, k, s, p: f"image {shape_of(i)}, kernel {shape_of(k)}, stride {s}, padding {p}",
    forbidden=Rule("Not with a convolution that is there already.", CONVOLUTIONS),
    mistakes=(
        (
            "stride and padding are swapped. First comes the stride: `correlate(image, kernel, stride, padding)`.",
            lambda i, k, s, p: conv(i, k, max(p, 1), s),
        ),
        (
            "your kernel is flipped: that is convolution, and a layer computes cross-correlation.",
            lambda i, k, s, p: conv(i, k.flip(0, 1), s, p),
        ),
        ("stride is ignored: every place is computed.", lambda i, k, s, p: conv(i, k, 1, p)),
        ("padding is ignored: no zeros surround the image.", lambda i, k, s, p: conv(i, k, s)),
        (
            "zeros are added at the bottom and at the right only. They belong on all four sides.",
            lambda i, k, s, p: conv(F.pad(i, (0, p, 0, p)), k, s),
        ),
        (
            "zeros are added at the top and at the left only. They belong on all four sides.",
            lambda i, k, s, p: conv(F.pad(i, (p, 0, p, 0)), k, s),
        ),
        (
            "zeros are added at the left and at the right only. `F.pad` wants four numbers, one for each side.",
            lambda i, k, s, p: conv(F.pad(i, (p, p)), k, s),
        ),
        (
            "the output has the right size, but the window moves by 1. It moves by `stride`.",
            _creeping,
        ),
        (
            "rows and columns of the kernel are swapped. A kernel need not be square.",
            lambda i, k, s, p: conv(i, k.T, s, p),
        ),
        ("rows and columns are swapped.", lambda i, k, s, p: conv(i, k, s, p).T),
        (
            "the output has one row, and `squeeze` took that axis away too. Take the first two off: `[0, 0]`.",
            lambda i, k, s, p: conv(i, k, s, p).squeeze(),
        ),
    ),
)
