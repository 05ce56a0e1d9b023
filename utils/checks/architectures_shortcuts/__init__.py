"""Checks of assignment 08: an Inception block's work, residual and dense blocks, a convolution that pools."""

from utils.checks.architectures_shortcuts.dense import dense_block
from utils.checks.architectures_shortcuts.ending import one_convolution
from utils.checks.architectures_shortcuts.foreseen import predicted
from utils.checks.architectures_shortcuts.multiply_adds import inception
from utils.checks.architectures_shortcuts.refuting import refuted
from utils.checks.architectures_shortcuts.residual import repaired, residual_block

__all__ = ["dense_block", "inception", "one_convolution", "predicted", "refuted", "repaired", "residual_block"]
