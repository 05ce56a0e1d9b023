"""Speed: what makes a training step fast, and a recipe that puts all of it to use."""

from utils.speed.recipe import accuracy_with_views, train_fast
from utils.speed.steps import first_steps, training_step, ways

__all__ = ["accuracy_with_views", "first_steps", "train_fast", "training_step", "ways"]
