"""Speed: what bounds it, what makes a training step fast, and a recipe that puts all of it to use."""

from utils.speed.kept import kept_for_backward
from utils.speed.kinds import seconds_by_kind
from utils.speed.library import choices
from utils.speed.limits import bandwidth, fastest, peak
from utils.speed.recipe import accuracy_with_views, train_fast
from utils.speed.steps import first_steps, training_step, ways

__all__ = [
    "accuracy_with_views",
    "bandwidth",
    "choices",
    "fastest",
    "first_steps",
    "kept_for_backward",
    "peak",
    "seconds_by_kind",
    "train_fast",
    "training_step",
    "ways",
]
