"""Training and measuring: ``fit(model, train, validation, epochs=3)``, then ``evaluate(model, test)``."""

from utils.training.evaluate import Metrics, evaluate, predict
from utils.training.fit import DivergedError, fit, one_cycle
from utils.training.history import History

__all__ = ["DivergedError", "History", "Metrics", "evaluate", "fit", "one_cycle", "predict"]
