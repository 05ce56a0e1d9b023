"""Predict First: commit to an answer, then see. A wrong one opens the Stepper on that very case."""

import math
import random

from utils.widgets.base import CourseWidget
from utils.widgets.predict.questions import KINDS, Question
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

    Args:
        about: "output_size", "value", "transposed_size", "parameters" or "receptive_field".
        seed, count: the same seed asks the same ``count`` questions.
        questions: your own, a list of `Question`, in place of ``about``.
        title: the line above.

    Raises:
        ValueError: ``about`` is not known.
    """

    script = "predict"
    height = 260
    questions = Questions([])
    answers = Answers([])
    index = Whole(0, least=0, most=99)  # which question is shown
    title = Words("Predict first")

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
            if about not in KINDS:
                raise ValueError(f"about={about!r} is not known: use one of {', '.join(KINDS)}")
            chance = random.Random(f"{about} {seed}")
            questions = [KINDS[about](chance) for _ in range(count)]
        super().__init__(questions=questions, **settings)

    @property
    def correct(self) -> list[bool | None]:
        """For each question True or False, None while it has no answer: what an exercise can ask for."""
        answers = [*self.answers, *[None] * len(self.questions)]
        return [
            None if answer is None else math.isclose(answer, question["truth"], abs_tol=1e-6)
            for question, answer in zip(self.questions, answers, strict=False)
        ]

    def facts(self) -> dict[str, str]:
        rows = {f"Question {n + 1}": question["prompt"] for n, question in enumerate(self.questions)}
        given = sum(answer is not None for answer in self.correct)
        return rows | {"Answered": f"{given} of {len(rows)}, {self.correct.count(True)} right"}
