"""A function to be refuted, as a declaration: it passes its example, and a learner finds an input on which it fails."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from utils.checks.asking import ask
from utils.checks.base import Mistake, report
from utils.checks.comparing import is_tuple_of, nearly_equal
from utils.checks.forbidding import Rule
from utils.checks.inputs import Random


class Refute(NamedTuple):
    """``task(answer, seed=0)`` prints ✓ if what the answer returns is a legal input on which the function that is shown
    is wrong, and a sentence why. As a `task.Task`, it cannot be changed.
    """

    name: str
    right: Callable
    """What the function should do."""
    shown: Callable
    """What the page shows, word for word: right on the example, and not everywhere."""
    example: Callable[[], tuple]
    """The input in the page on which both agree."""
    returns: str
    """What the answer returns: the names of the inputs, and "why"."""
    illegal: Callable[..., str]
    """From an input of any kind what is not as the task says, or ""."""
    counterexample: Callable[[], tuple]
    forbidden: Rule | None = None
    allowed: tuple[str, ...] = ()

    def __call__(self, answer: object, seed: int = 0) -> None:
        report(self.name, self._examine, answer, seed, self.forbidden, self.allowed)

    def _examine(self, answer: object, random: Random) -> None:
        names = self.returns.split(", ")
        value = ask(answer)
        if not is_tuple_of(len(names), value):
            raise Mistake(f"your function must return the input and a sentence: `return {self.returns}`.")
        *given, why = value
        if wrong := self.illegal(*given):
            raise Mistake(f"that is no input for this function: {wrong}")
        right, shown = self.right(*given), self._run(given)
        if shown is not None and _same(shown, right):
            raise Mistake("on this input the function is right. On what kind of input does it do something else?")
        if not isinstance(why, str) or len(why.split()) < 5:
            raise Mistake("the function fails on it. Say why, in a sentence: the last thing that you return.")

    def _run(self, given: list) -> object:
        """What the shown function returns; None if it fails."""
        try:
            return self.shown(*given)
        except Exception:
            return None


def _same(one: object, other: object) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return nearly_equal(one, other)
    return one == other


def is_numbers(value: object, axes: int) -> bool:
    """Whether something is a tensor of finite floats with so many axes, none of them empty."""
    tensor = type(value) is Tensor and value.is_floating_point() and value.ndim == axes and value.numel() > 0
    return tensor and bool(torch.isfinite(value).all())


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether something is an int in a range."""
    return type(value) is int and least <= value <= most
