"""Numbers that a learner states before anything runs, as a declaration."""

from typing import NamedTuple

from utils.checks.asking import ask
from utils.checks.base import Mistake, report
from utils.checks.comparing import is_tuple_of, require_number
from utils.checks.forbidding import Rule
from utils.checks.inputs import Random

STATED = Rule("State numbers; nothing is to be computed by torch.", ("",))  # a part of every name
CLOSE = 0.01  # of a number that is not whole: who says 2.3 has understood


class Predict(NamedTuple):
    """``task(answer, seed=0)`` prints ✓ if the numbers are right, or raises `Mistake`, which never says them. As a
    `task.Task`, it cannot be changed.
    """

    name: str
    returns: str
    """What stands behind ``return``: "corner, middle"."""
    right: tuple[float, ...]
    mistakes: tuple[tuple[str, int, float], ...]
    """(words, which of the numbers, what is said instead of it)"""
    forbidden: Rule | None = STATED
    allowed: tuple[str, ...] = ()

    def __call__(self, answer: object, seed: int = 0) -> None:
        report(self.name, self._examine, answer, seed, self.forbidden, self.allowed)

    def _examine(self, answer: object, random: Random) -> None:
        names = self.returns.split(", ")
        value = ask(answer)
        if len(names) > 1 and not is_tuple_of(len(names), value):
            raise Mistake(f"your function must return {len(names)} numbers: `return {self.returns}`.")
        for place, (name, said, right) in enumerate(zip(names, _several(value, names), self.right, strict=True)):
            require_number(said, f"`{name}`", float)
            if _close(said, right):
                continue
            for words, where, wrong in self.mistakes:
                if where == place and _close(said, wrong):
                    raise Mistake(f"`{name}`: {words}")
            raise Mistake(
                f"`{name}` is another number. Write down how you came to yours, step by step, and look at each."
            )


def _several(value: object, names: list[str]) -> tuple:
    return tuple(value) if len(names) > 1 else (value,)


def _close(said: float, other: float) -> bool:
    return abs(float(said) - other) <= (0 if isinstance(other, int) else CLOSE * abs(other))
