"""A task as a declaration: its cases, its right answer, and its mistakes as wrong answers, each with its words.

A mistake is written as a learner would make it: a function with the signature of the answer. So one test
(tests/checks/test_every_task.py) proves for every task that the right answer passes and that each mistake is told
in its own words. What is no comparison of values (a class, a crop by chance) is a function under `base.check`.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from itertools import starmap
from typing import NamedTuple

from torch import Tensor

from utils.checks.asking import ask
from utils.checks.base import Mistake, report
from utils.checks.comparing import agree, agree_numbers, is_tuple_of, nearly_equal, require_number, require_tensor
from utils.checks.forbidding import Rule
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
    """(words, wrong answer); with a third, ``seen(value, *arguments)``, where values alone do not show it. It returns
    whether the mistake is made, or a sentence on how it shows.

    The first one that explains what is wrong is told, so one that looks like another stands before it.
    """
    kind: type = Tensor
    """What the answer returns: tensors, which are compared case by case, or ints or floats, of which a mistake
    must explain all cases, because a single number is right or wrong by chance too easily."""
    returns: str = ""
    """What stands behind ``return`` if it is more than one: "standard, separable"."""
    read: Callable | None = None
    """``read(value, *arguments)`` makes of what the answer returned what is compared, or raises `Mistake`."""
    parts: tuple[str, ...] = ()
    """What to call each thing that is compared in a sentence, if not by its name in `returns`."""
    beside: tuple[tuple, ...] = ()
    """Mistakes that right values do not show: (words, wrong answer, ``seen(value, *arguments)``), asked last."""
    forbidden: Rule | None = None
    """What of torch the text of the task forbids."""
    allowed: tuple[str, ...] = ()
    """Modules of the course, such as "utils.convolution", whose functions the text of the task allows."""
    may_change: tuple[str, ...] = ()
    """What the answer may change in networks that it is given, as in `noting.IN_A_NETWORK`."""

    def __call__(self, answer: object, seed: int = 0) -> None:
        report(self.name, self._examine, answer, seed, self.forbidden, self.allowed)

    def _examine(self, answer: object, random: Random) -> None:
        cases = list(self.cases(random))
        for some in [[case] for case in cases] if self.kind is Tensor else [cases]:
            fresh = copy.deepcopy(some)  # as they are before the answer has them
            values = [ask(answer, *case, may_change=self.may_change) for case in some]
            parts = list(map(self._parts_of, values, some))
            for each, case in zip(parts, fresh, strict=True):
                for part, text in zip(each, self._texts(case), strict=True):
                    if self.kind is Tensor:
                        require_tensor(part, text)
                    else:
                        require_number(part, text, self.kind)
            _require_none(self.mistakes, values, some)
            self._compare(parts, fresh)
            _require_none(self.beside, values, some)

    def _compare(self, answers: list[tuple], cases: list[tuple]) -> None:
        """Raise `Mistake` unless what the answer made of these cases, in parts, is right."""
        rights, texts = self._ask(self.right, cases), [self._texts(case) for case in cases]
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
                wrongs = self._ask(wrong, cases)
                if all(starmap(_equal, zip(_until(place, wrongs), _until(place, rights), strict=True))):
                    yield words, [each[place] for each in wrongs]

    def _ask(self, ours: Callable, cases: list[tuple]) -> list[tuple]:
        """What an answer of ours makes of copies of the cases, in parts: one may change what it is given."""
        return [self._parts_of(ours(*case), case) for case in copy.deepcopy(cases)]

    def _parts_of(self, value: object, case: tuple) -> tuple:
        """What an answer returned, as a tuple of its parts."""
        number = len(self.returns.split(", "))
        if self.returns and not is_tuple_of(number, value):
            things = "tensors" if self.kind is Tensor else "numbers"
            raise Mistake(f"your function must return {NUMBERS[number]} {things}: `return {self.returns}`.")
        value = self.read(value, *case) if self.read else value
        return tuple(value) if self._names else (value,)

    def _texts(self, case: tuple) -> list[str]:
        """For each part what was asked, in words."""
        text = self.case(*case)
        return [f"{name} {text}" for name in self._names] or [text]

    @property
    def _names(self) -> tuple[str, ...]:
        """Of the parts; none if there is one."""
        return self.parts or tuple(filter(None, self.returns.split(", ")))


def _require_none(mistakes: tuple[tuple, ...], values: list, cases: list[tuple]) -> None:
    """Raise `Mistake` if one of those that are seen is."""
    for words, _, *seen in mistakes:
        for value, case in zip(values, cases, strict=True) if seen else ():
            if shown := seen[0](value, *case):
                raise Mistake(f"{words} ({shown})" if isinstance(shown, str) else words)


def _until(place: int, answers: list[tuple]) -> Iterator[object]:
    """The parts before a place, of all answers."""
    return (part for answer in answers for part in answer[:place])


def _equal(one: object, other: object) -> bool:
    return nearly_equal(one, other) if isinstance(one, Tensor) else one == other
