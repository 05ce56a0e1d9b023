"""Checks of assignment 10: what kept features save, a new head, features, rates by depth, a repair."""

from utils.checks.transfer.features import keep_features
from utils.checks.transfer.foreseen import predicted
from utils.checks.transfer.head import new_head
from utils.checks.transfer.learning_rates import rates
from utils.checks.transfer.refuting import refuted
from utils.checks.transfer.repair import repaired
from utils.checks.transfer.work import multiply_adds

__all__ = ["keep_features", "multiply_adds", "new_head", "predicted", "rates", "refuted", "repaired"]
