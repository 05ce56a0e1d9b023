"""Checks of assignment 05: two classes of ten, parameter counts, a loss of two looks, a repair, a fair comparison."""

from utils.checks.cat_or_dog.block import residual_block
from utils.checks.cat_or_dog.comparison import paired_gain
from utils.checks.cat_or_dog.foreseen import predicted
from utils.checks.cat_or_dog.labels import two_classes
from utils.checks.cat_or_dog.looks import two_looks
from utils.checks.cat_or_dog.parameters import counts
from utils.checks.cat_or_dog.refuting import refuted

__all__ = ["counts", "paired_gain", "predicted", "refuted", "residual_block", "two_classes", "two_looks"]
