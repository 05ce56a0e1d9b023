"""A task as a declaration: its cases, its right answer, and its mistakes as wrong answers, each with its words.

A mistake is written as a learner would make it: a function with the signature of the answer. So one test
(tests/checks/test_every_task.py) proves for every task that the right answer passes and that each mistake is told
in its own words. What is no comparison of values (a hook that stays, a network) is a function under `base.check`.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

from torch import Tensor

from utils.checks.asking import ask
from utils.checks.base import Mistake, report
from utils.checks.comparing import agree, agree_numbers, is_tuple_of, nearly_equal, require_tensor
from utils.checks.inputs import Random

NUMBERS = {2: "two", 3: "three", 4: "four"}


class Task(NamedTuple):
    """``task(answer, seed=0)`` prints ✓, or raises `Mistake` with the words for what is wrong.

    It cannot be changed, and so not by an answer: a tuple of tuples and functions.
    """

    name: str
    right: Callable
    """Its parameters are those of the answer."""
    cases: Callable[[Random], Iterable[tuple]]
    """From random inputs the arguments of each call."""
    case: Callable[..., str]
    """From the arguments a text for the learner, such as "image 4×6, kernel 2×3"."""
    mistakes: tuple[tuple, ...]
    """(words, wrong answer); with a third, ``seen(value, *arguments)``, where values alone do not show it.

    The first one that explains what is wrong is told, so one that looks like another stands before it.
    """
    kind: type = Tensor
    """What the answer returns: tensors, which are compared case by case, or ints or floats, of which a mistake
    must explain all cases, because a single number is right or wrong by chance too easily."""
    returns: str = ""
    """What stands behind ``return`` if it is more than one: "standard, separable"."""
    parts: tuple[str, ...] = ()
    """What to call each of them in a sentence, if not by its name in `returns`."""

    def __call__(self, answer: object, seed: int = 0) -> None:
        report(self.name, self._examine, answer, seed)

    def _examine(self, answer: object, random: Random) -> None:
        cases = list(self.cases(random))
        if self.kind is Tensor:
            for case in cases:
                self._compare([ask(answer, *case)], [case])
        else:
            self._compare([ask(answer, *case) for case in cases], cases)

    def _compare(self, values: list, cases: list[tuple]) -> None:
        """Raise `Mistake` unless what the answer returned for these cases is right."""
        answers = [self._split(value) for value in values]
        if self.kind is Tensor:
            for part, text in zip(answers[0], self._texts(cases[0]), strict=True):
                require_tensor(part, text)
        for words, _, *seen in self.mistakes:
            if seen and any(seen[0](value, *case) for value, case in zip(values, cases, strict=True)):
                raise Mistake(words)
        rights = [self._split(self.right(*case)) for case in cases]
        texts = [self._texts(case) for case in cases]
        for place in range(len(rights[0])):
            mine, right, text = ([each[place] for each in rows] for rows in (answers, rights, texts))
            if self.kind is Tensor:
                wrong = ((words, one) for words, (one,) in self._wrong(place, cases, rights))
                agree(mine[0], right[0], text[0], wrong)
            else:
                agree_numbers(mine, right, text, self._wrong(place, cases, rights), self.kind)

    def _wrong(self, place: int, cases: list[tuple], rights: list[tuple]) -> Iterator[tuple[str, list]]:
        """For each mistake that begins at this part its words, and what it makes of these cases; when asked for."""
        for words, wrong, *seen in self.mistakes:
            if not seen:
                wrongs = [self._split(wrong(*case)) for case in cases]
                if all(starmap(_equal, zip(_until(place, wrongs), _until(place, rights), strict=True))):
                    yield words, [each[place] for each in wrongs]

    def _split(self, value: object) -> tuple:
        """What the answer returned, as a tuple of its parts."""
        if not self.returns:
            return (value,)
        number = len(self._parts)
        if not is_tuple_of(number, value):
            things = "tensors" if self.kind is Tensor else "numbers"
            raise Mistake(f"your function must return {NUMBERS[number]} {things}: `return {self.returns}`.")
        return tuple(value)

    def _texts(self, case: tuple) -> list[str]:
        """For each part what was asked, in words."""
        text = self.case(*case)
        return [f"{part} {text}" for part in self._parts] if self.returns else [text]

    @property
    def _parts(self) -> tuple[str, ...]:
        return self.parts or tuple(self.returns.split(", "))


def _until(place: int, answers: list[tuple]) -> Iterator[object]:
    """The parts before a place, of all answers."""
    return (part for answer in answers for part in answer[:place])


def _equal(one: object, other: object) -> bool:
    return nearly_equal(one, other) if isinstance(one, Tensor) else one == other
