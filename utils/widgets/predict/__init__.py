"""Predict First: commit to an answer, then see. A wrong one opens the Stepper on that very case."""

import math
import random
from typing import ClassVar

from utils.widgets.base import CourseWidget
from utils.widgets.predict.questions import KINDS, Question
from utils.widgets.predict.sets import SETS
from utils.widgets.traits import Checked, Whole, Words


class Questions(Checked):
    """A list of `Question`. What Python gave at the start stays: the page cannot change what is asked."""

    def check(self, value) -> list[dict]:
        if not isinstance(value, (list, tuple)) or not value or not all(isinstance(q, Question) for q in value):
            raise TypeError("questions must be a list of Question objects, given when the widget is made")
        return [question.plain() for question in value]

    def validate(self, widget, value):
        kept = widget._trait_values.get(self.name)
        if kept and value is kept:
            return kept
        if kept:
            widget.explain(self.name, "questions cannot be changed once they are asked: make a new PredictFirst")
            return kept
        return super().validate(widget, value)


class Answers(Checked):
    """A number for each question that was answered, None for the others."""

    def check(self, value) -> list[float | None]:
        if not isinstance(value, (list, tuple)) or len(value) > 100:
            raise TypeError("answers must be a list of numbers, None where there is no answer yet")
        for answer in value:
            number = isinstance(answer, (int, float)) and not isinstance(answer, bool)
            if answer is not None and not (number and math.isfinite(answer) and abs(answer) < 1e12):
                raise ValueError("answers must hold numbers, or None where there is no answer yet")
        return list(value)


class PredictFirst(CourseWidget):
    """Questions, one after the other. The answer shows only when one was given, and cannot be taken back.

    The browser keeps what was said, where it may, under ``name``: it is there when the page is loaded again.

    Args:
        about: a kind of question: "output_size", "value", "transposed_size", "parameters" or "receptive_field"; or one
            of the sets that lectures ask (`utils.widgets.predict.sets`).
        seed, count: of a kind, the same seed asks the same ``count`` questions.
        questions: your own, a list of `Question`, in place of ``about``.
        title: the line above.
        name: for a `PredictionScore`; without one ``about``, or the title of your own questions.

    Raises:
        ValueError: ``about`` is not known.
    """

    script = "predict"
    made: ClassVar[dict[str, "PredictFirst"]] = {}  # the last of each name
    height = 260
    questions = Questions([])
    answers = Answers([])
    index = Whole(0, least=0, most=99)  # which question is shown
    title = Words("Predict first")
    name = Words("")

    def __init__(
        self,
        about: str = "output_size",
        *,
        seed: int = 0,
        count: int = 5,
        questions: list[Question] | None = None,
        **settings,
    ):
        if questions is None:
            settings = {"name": about} | settings
            questions = _questions(about, seed, count)
        super().__init__(questions=questions, **settings)
        self.name = self.name or self.title
        self.made[self.name] = self

    @classmethod
    def module(cls, settings: dict) -> str:
        cases = any(question["case"] for question in settings["questions"])
        return cls.script if cases else f"{cls.script}/without_cases"

    @property
    def correct(self) -> list[bool | None]:
        """For each question True or False, None while it has no answer: what an exercise can ask for."""
        answers = [*self.answers, *[None] * len(self.questions)]
        return [
            None if answer is None else math.isclose(answer, question["truth"], abs_tol=1e-6)
            for question, answer in zip(self.questions, answers, strict=False)
        ]

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many were asked, answered, answered rightly."""
        return len(self.questions), len(self.questions) - self.correct.count(None), self.correct.count(True)

    def facts(self) -> dict[str, str]:
        rows = {f"Question {n + 1}": question["prompt"] for n, question in enumerate(self.questions)}
        asked, answered, right = self.counts
        return rows | {"Answered": f"{answered} of {asked}, {right} right"}


def _questions(about: str, seed: int, count: int) -> list[Question]:
    if about in SETS:
        return SETS[about]()
    if about not in KINDS:
        raise ValueError(f"about={about!r} is not known: use one of {', '.join([*KINDS, *SETS])}")
    chance = random.Random(f"{about} {seed}")
    return [KINDS[about](chance) for _ in range(count)]
