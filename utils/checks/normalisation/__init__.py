"""Checks of assignment 06: who shares a mean, batch norm, group norm, dropout of channels, a repair."""

from utils.checks.normalisation.batches import batch_norm
from utils.checks.normalisation.channels import dropout2d
from utils.checks.normalisation.groups import group_norm
from utils.checks.normalisation.means import numbers_per_mean
from utils.checks.normalisation.repair import repaired

__all__ = ["batch_norm", "dropout2d", "group_norm", "numbers_per_mean", "repaired"]
