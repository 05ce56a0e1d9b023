"""Task 3: three operations one after the other, with other numbers down and across."""

from collections.abc import Callable, Iterator

from torch import Tensor
from torch.nn import functional as F

from utils.checks.convolution_arithmetic.operations import conv
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of

DOWN, ACROSS = 1, 2  # padding of D; E moves by 2 and by 3


def _pooled(A: Tensor, kind: Callable = F.max_pool2d, size: int = 3, stride: int = 2) -> Tensor:
    return kind(A[None], kernel_size=size, stride=stride)[0]


def _three(pool: Callable = _pooled, d: Callable | None = None, e: Callable | None = None) -> Callable:
    """An answer to task 3, right or with another step: pool A, pad and correlate with B, correlate again."""

    def answer(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        C = pool(A)
        D = d(C, B) if d else conv(C, B, padding=(DOWN, ACROSS))
        return C, D, e(C, D, B) if e else conv(D, B, stride=(2, 3))

    return answer


def _matrices(random: Random) -> Iterator[tuple]:
    for _ in range(3):
        rows, columns = random.two_integers(5, 8)
        A = random.integers(-9, 9, 2 * rows + 1, 2 * columns + 1).float()
        B = random.integers(-4, 4, 3, 3).float()
        B[0, 0] += 9  # the kernel of the lecture looks the same when flipped; this one never does
        yield A, B


three_operations = Task(
    "three_operations",
    right=_three(),
    cases=_matrices,
    case=lambda A, B: f"(from A of {shape_of(A)})",
    returns="C, D, E",
    allowed=("utils.convolution",),
    mistakes=(
        ("C is an average. Max pooling keeps the largest.", _three(lambda A: _pooled(A, F.avg_pool2d))),
        ("the windows of the pooling are 2×2. They are 3×3 here, and overlap.", _three(lambda A: _pooled(A, size=2))),
        (
            "the windows of the pooling are 3 apart. Its stride is 2, so they overlap.",
            _three(lambda A: _pooled(A, stride=3)),
        ),
        ("the pooling has stride 1. Its stride is 2.", _three(lambda A: _pooled(A, stride=1))),
        (
            "D is computed with the kernel flipped. Layers do not flip.",
            _three(d=lambda C, B: conv(C, B.flip(0, 1), padding=(DOWN, ACROSS))),
        ),
        ("D has no padding: C gets zeros first.", _three(d=conv)),
        (
            "D has the two paddings swapped: 1 row above and below, 2 columns left and right. torch's pair begins with "
            "rows.",
            _three(d=lambda C, B: conv(C, B, padding=(ACROSS, DOWN))),
        ),
        ("D has padding 2 on all sides. Above and below it is 1.", _three(d=lambda C, B: conv(C, B, padding=2))),
        ("D has padding 1 on all sides. Left and right it is 2.", _three(d=lambda C, B: conv(C, B, padding=1))),
        (
            "E is computed with the kernel flipped. Layers do not flip.",
            _three(e=lambda C, D, B: conv(D, B.flip(0, 1), stride=(2, 3))),
        ),
        ("E has stride 1. It moves by 2 down and by 3 across.", _three(e=lambda C, D, B: conv(D, B))),
        (
            "E has its two strides swapped: 2 down, 3 across. torch's pair begins with rows.",
            _three(e=lambda C, D, B: conv(D, B, stride=(3, 2))),
        ),
        ("E has stride 3 in both directions. Down it is 2.", _three(e=lambda C, D, B: conv(D, B, stride=3))),
        ("E has stride 2 in both directions. Across it is 3.", _three(e=lambda C, D, B: conv(D, B, stride=2))),
        ("E is made from C. It is made from D.", _three(e=lambda C, D, B: conv(C, B, stride=(2, 3)))),
        (
            "E has padding. Only D has.",
            _three(e=lambda C, D, B: conv(D, B, stride=(2, 3), padding=(DOWN, ACROSS))),
        ),
    ),
)
