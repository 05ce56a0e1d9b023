"""Task 1: how many outputs there are along one axis."""

from collections.abc import Iterator

from utils import arithmetic
from utils.checks.forbidding import CONVOLUTIONS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task


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
    forbidden=Rule(
        "Write the formula; no convolution or pooling of torch is to tell you.", (*CONVOLUTIONS, "pool", "unfold")
    ),
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
