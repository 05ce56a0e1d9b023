"""How often a guess was right: the predictions of a lecture, at its end, and all that this browser remembers."""

from utils.widgets.base import CourseWidget
from utils.widgets.predict import PredictFirst
from utils.widgets.traits import Checked, Words


class Names(Checked):
    """What `PredictFirst` were called."""

    def check(self, value) -> list[str]:
        if not isinstance(value, (list, tuple)) or not value or not all(isinstance(name, str) for name in value):
            raise TypeError('names must be a list of the names of PredictFirst, such as ["batches"]')
        return list(value)


class Counts(Checked):
    """How many were asked, answered and right, for each name."""

    def check(self, value) -> list[list[int]]:
        rows = value if isinstance(value, (list, tuple)) else [value]
        for row in rows:
            three = isinstance(row, (list, tuple)) and len(row) == 3
            if not three or not all(type(count) is int and 0 <= count <= 1000 for count in row):
                raise ValueError("counts must hold for each name how many were asked, answered and right")
        return [list(row) for row in rows]


class PredictionScore(CourseWidget):
    """How many of the predictions were answered, and how many rightly.

    Args:
        names: of the `PredictFirst` to count. What was said to them is what the browser remembers, or where it may
            remember nothing, what they knew in this kernel when the score was made.
        title: the line above.
    """

    script = "score"
    height = 150
    names = Names(["output_size"])
    counts = Counts([])
    title = Words("How often were you right?")

    def __init__(self, **settings):
        super().__init__(**settings)
        made = PredictFirst.made
        self.counts = [made[name].counts if name in made else (0, 0, 0) for name in self.names]

    def facts(self) -> dict[str, str]:
        asked, answered, right = (sum(row[place] for row in self.counts) for place in range(3))
        return {"Predictions": str(asked), "Answered": f"{answered}, {right} right"}
