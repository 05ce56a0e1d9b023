"""Checks of assignment 06: who shares a mean, batch norm, group norm, dropout of channels, a repair."""

from utils.checks.normalisation.backwards import batch_norm_backward
from utils.checks.normalisation.batches import batch_norm
from utils.checks.normalisation.channels import dropout2d
from utils.checks.normalisation.foreseen import predicted
from utils.checks.normalisation.groups import group_norm
from utils.checks.normalisation.means import numbers_per_mean
from utils.checks.normalisation.refuting import refuted
from utils.checks.normalisation.repair import repaired

__all__ = [
    "batch_norm",
    "batch_norm_backward",
    "dropout2d",
    "group_norm",
    "numbers_per_mean",
    "predicted",
    "refuted",
    "repaired",
]
