"""Task 1: the multiply-adds of three ways to train a head."""

from collections.abc import Callable, Iterator

from utils.checks.inputs import Random
from utils.checks.task import Task


def _works(
    through: Callable = lambda t, h, n, e: e * n * (t + 3 * h),
    kept: Callable = lambda t, h, n, e: n * t + e * n * 3 * h,
    everything: Callable = lambda t, h, n, e: e * n * 3 * (t + h),
) -> Callable:
    """An answer to task 1, right or with another formula for one of the three."""
    return lambda *case: (through(*case), kept(*case), everything(*case))


def _trainings(random: Random) -> Iterator[tuple]:
    yield 40_551_872, 128, 600, 10
    for _ in range(3):
        yield (
            1000 * random.integer(1, 90),
            random.integer(20, 900),
            random.integer(5, 90),
            random.integer(2, 30),
        )


THROUGH, KEPT, ALL = "head through the trunk", "head on kept features", "everything learns"
BACKWARD = "backward costs twice as much as forward, and a layer that learns needs both: three times its work."
ALONE = "backward alone is 2, but forward comes as well."

multiply_adds = Task(
    "multiply_adds",
    right=_works(),
    cases=_trainings,
    case=lambda t, h, n, e: f"with trunk {t:,}, head {h:,}, {n} images, {e} epochs,",
    kind=int,
    returns="through, kept, everything",
    parts=(THROUGH, KEPT, ALL),
    mistakes=(
        (
            f"{THROUGH}: no gradient is wanted below the head, so nothing goes backward through the trunk.",
            _works(through=lambda t, h, n, e: e * n * 3 * (t + h)),
        ),
        (
            f"{THROUGH}: {BACKWARD} That goes for the head here.",
            _works(through=lambda t, h, n, e: e * n * (t + h)),
        ),
        (f"{THROUGH}: {ALONE}", _works(through=lambda t, h, n, e: e * n * (t + 2 * h))),
        (f"{THROUGH}: the head has its work, too.", _works(through=lambda t, h, n, e: e * n * t)),
        (f"{THROUGH}: that is one epoch.", _works(through=lambda t, h, n, e: n * (t + 3 * h))),
        (
            f"{THROUGH}: that is one image in every epoch.",
            _works(through=lambda t, h, n, e: e * (t + 3 * h)),
        ),
        (
            f"{THROUGH}: in every epoch each image passes the trunk once more; nothing is kept here.",
            _works(through=lambda t, h, n, e: n * t + e * n * 3 * h),
        ),
        (
            f"{KEPT}: each image passes the trunk once, not once in every epoch.",
            _works(kept=lambda t, h, n, e: e * n * (t + 3 * h)),
        ),
        (
            f"{KEPT}: the features do not come for nothing: each image passes the trunk once.",
            _works(kept=lambda t, h, n, e: e * n * 3 * h),
        ),
        (
            f"{KEPT}: {BACKWARD} That goes for the head here.",
            _works(kept=lambda t, h, n, e: n * t + e * n * h),
        ),
        (f"{KEPT}: {ALONE}", _works(kept=lambda t, h, n, e: n * t + e * n * 2 * h)),
        (f"{KEPT}: the head has its work, too.", _works(kept=lambda t, h, n, e: n * t)),
        (f"{KEPT}: the head learns in every epoch.", _works(kept=lambda t, h, n, e: n * (t + 3 * h))),
        (
            f"{KEPT}: every image passes the trunk, not one.",
            _works(kept=lambda t, h, n, e: t + e * n * 3 * h),
        ),
        (
            f"{KEPT}: the trunk does not learn, so nothing goes backward through it.",
            _works(kept=lambda t, h, n, e: 3 * n * t + e * n * 3 * h),
        ),
        (f"{ALL}: {BACKWARD}", _works(everything=lambda t, h, n, e: e * n * (t + h))),
        (f"{ALL}: {ALONE}", _works(everything=lambda t, h, n, e: e * n * 2 * (t + h))),
        (f"{ALL}: the head learns as well.", _works(everything=lambda t, h, n, e: e * n * 3 * t)),
        (
            f"{ALL}: the trunk learns as well, so backward goes through it too.",
            _works(everything=lambda t, h, n, e: e * n * (t + 3 * h)),
        ),
        (f"{ALL}: that is one epoch.", _works(everything=lambda t, h, n, e: n * 3 * (t + h))),
        (
            f"{ALL}: the head needs its forward and backward, too.",
            _works(everything=lambda t, h, n, e: e * n * (3 * t + h)),
        ),
    ),
)
