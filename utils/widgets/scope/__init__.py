"""Training Scope: loss and accuracy while ``fit`` runs, the first layer's filters, and a scrubber over the epochs."""

import html

import torch
from torch import nn

from utils.training import History
from utils.widgets.base import CourseWidget
from utils.widgets.traits import Checked, Whole, Words, number

CURVES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
MOST_FILTERS = 16


class Curve(Checked):
    """One number for each finished epoch."""

    def check(self, value) -> list[float]:
        if not isinstance(value, (list, tuple)) or len(value) > 10_000:
            raise TypeError(f"{self.name} must be a list of numbers, one for each epoch")
        return [number(self.name, point, 1e9) for point in value]


class Filters(Checked):
    """For each epoch a list of matrices: the filters of the first layer, averaged over the input channels."""

    def check(self, value) -> list:
        as_tensor = value if isinstance(value, (list, tuple)) else None
        try:
            shape = torch.tensor(as_tensor, dtype=torch.float32).shape
        except (TypeError, ValueError, RuntimeError) as error:
            raise TypeError("filters must hold, for each epoch, equally large matrices of numbers") from error
        if shape != (0,) and (len(shape) != 4 or shape[1] > MOST_FILTERS or max(shape[2:]) > 32):
            raise ValueError(f"filters must have shape (epochs, filters, kH, kW), and they have {tuple(shape)}")
        return [[[[number("filters", x, 1e6) for x in row] for row in one] for one in epoch] for epoch in value]


class TrainingScope(CourseWidget):
    """Watch a training run. Show it, then hand it to ``fit(..., after_epoch=scope)``.

    Where ``scope.before(model)`` was called, it also shows the filters that the run began with, as epoch 0.

    In a terminal, where no widget can show, the progress bar of ``fit`` says the same numbers.

    Args:
        epoch: which epoch is looked at, counted from 0; −1 is before the first. It follows the run.
        title: the line above.
    """

    script = "scope"
    height = 420
    train_loss = Curve([])
    validation_loss = Curve([])
    train_accuracy = Curve([])
    validation_accuracy = Curve([])
    filters = Filters([])
    epoch = Whole(0, least=-1, most=9_999)
    title = Words("Training, epoch by epoch")

    @classmethod
    def of(cls, history: History, **settings) -> "TrainingScope":
        """The scope of a run that is over."""
        scope = cls(**settings)
        scope._take(history)
        return scope

    def before(self, model: nn.Module) -> None:
        """Before a run: keep the filters of the first convolution as they are now, and forget the run before."""
        with self.hold_sync():
            self.filters = []
            self._take_filters(model)
            for name in CURVES:
                setattr(self, name, [])

    def __call__(self, model: nn.Module, history: History) -> None:
        """After an epoch: take its numbers and the first convolution's filters."""
        with self.hold_sync():  # one message to the page: curves of different lengths are no run
            self._take_filters(model)
            self._take(history)

    def _take_filters(self, model: nn.Module) -> None:
        first = next((part for part in model.modules() if isinstance(part, nn.Conv2d)), None)
        if first is not None:
            weight = first.weight.detach().float().cpu()[:MOST_FILTERS].mean(dim=1)
            self.filters = [*self.filters, weight.mul(1000).round().div(1000).tolist()]

    def _take(self, history: History) -> None:
        with self.hold_trait_notifications():
            for name in CURVES:
                setattr(self, name, getattr(history, name))
            self.epoch = max(0, history.epochs - 1)

    def static_html(self) -> str:
        """Before the first epoch a sentence: a frame has nothing to show, and no kernel that would bring more."""
        return super().static_html() if self.train_loss else f"<p>{html.escape(self.describe())}</p>"

    def facts(self) -> dict[str, str]:
        epochs = len(self.train_loss)
        if not epochs:
            return {"Epochs": "none yet"}
        curves = {name: getattr(self, name) for name in CURVES}
        rows = {
            name.replace(
                "_", " "
            ).capitalize(): f"{values[0]:.3f} after the first epoch, {values[-1]:.3f} after the last"
            for name, values in curves.items()
            if values
        }
        return {"Epochs": str(epochs)} | rows
