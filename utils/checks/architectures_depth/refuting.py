"""Refutation of assignment 07: how far a unit sees."""

from utils.checks.refute import Refute, is_whole


def field(layers: list) -> int:
    return 1 + sum(kernel_size - 1 for kernel_size, stride in layers)


def _right(layers: list) -> int:
    seen, jump = 1, 1
    for kernel_size, stride in layers:
        seen, jump = seen + (kernel_size - 1) * jump, jump * stride
    return seen


def _example() -> tuple:
    return ([(3, 1), (3, 1), (5, 1)],)


def _illegal(layers: object) -> str:
    pairs = isinstance(layers, list) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in layers)
    if not pairs or not all(is_whole(number, 1, 100) for pair in layers for number in pair):
        return "layers are a list of pairs (kernel_size, stride), whole numbers from 1 up."
    return "" if 1 <= len(layers) <= 20 else "there is at least one layer, and twenty are enough."


refuted = Refute(
    "refuted",
    right=_right,
    shown=field,
    example=_example,
    returns="layers, why",
    illegal=_illegal,
    counterexample=lambda: ([(3, 2), (3, 1)],),
)
