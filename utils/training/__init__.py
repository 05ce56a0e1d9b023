"""Training and measuring: ``fit(model, train, validation, epochs=3)``, then ``evaluate(model, test)``."""

from utils.training.finite import DivergedError
from utils.training.history import History, print_epoch
from utils.training.loop import fit
from utils.training.metrics import Metrics, evaluate, predict
from utils.training.precision import choose_precision
from utils.training.recipe import one_cycle

__all__ = [
    "DivergedError",
    "History",
    "Metrics",
    "choose_precision",
    "evaluate",
    "fit",
    "one_cycle",
    "predict",
    "print_epoch",
]
