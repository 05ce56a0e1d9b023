"""Refutation of assignment 09: the column of a window."""

from utils.checks.refute import Refute, is_whole


def column(y: int, x: int, height: int, width: int, k: int) -> int:
    return y * width + x


def _right(y: int, x: int, height: int, width: int, k: int) -> int:
    return y * (width - k + 1) + x


def _example() -> tuple:
    return 0, 3, 6, 8, 3


def _illegal(y: object, x: object, height: object, width: object, k: object) -> str:
    if not all(is_whole(number, 0, 10_000) for number in (y, x, height, width, k)) or min(height, width, k) < 1:
        return "all five are whole numbers, and height, width and k are at least 1."
    return "" if y + k <= height and x + k <= width else "the window does not lie in the image."


refuted = Refute(
    "refuted",
    right=_right,
    shown=column,
    example=_example,
    returns="y, x, height, width, k, why",
    illegal=_illegal,
    counterexample=lambda: (1, 0, 6, 8, 3),
)
