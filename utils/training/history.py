"""What a training run leaves behind."""

from dataclasses import dataclass, field, fields
from typing import Any

from torch import nn

from utils.words import percent


@dataclass
class History:
    """One number per finished epoch, and how the run was made.

    Attributes:
        train_loss, train_accuracy: averages over the epoch's images as they were trained on, so while the
            weights still moved. Accuracies lie in 0..1.
        validation_loss, validation_accuracy: on the validation images after the epoch; empty without any.
        seconds: wall-clock time of each epoch, validation not counted.
        source: where the training images came from.
        device, precision, memory_format: what the run computed with.
        settings: what else determines the result, as numbers and names: batch size, optimizer, seed, and so on.
        processes: how many trained together.
    """

    source: str
    device: str
    precision: str
    memory_format: str
    settings: dict[str, Any]
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processes: int = 1

    @property
    def epochs(self) -> int:
        """Finished epochs."""
        return len(self.train_loss)

    def add(self, train: tuple[float, float], validation: tuple[float, float] | None, seconds: float) -> None:
        """One more epoch: loss and accuracy on the training images, on the validation images if there are any."""
        self.train_loss.append(train[0])
        self.train_accuracy.append(train[1])
        if validation is not None:
            self.validation_loss.append(validation[0])
            self.validation_accuracy.append(validation[1])
        self.seconds.append(seconds)

    def __str__(self) -> str:
        device = self.device if self.processes == 1 else f"{self.processes} × {self.device}"
        how = f"on {device} in {self.precision}, {self.memory_format}"
        if not self.epochs:
            return f"no finished epoch, {how}"
        text = f"{self.epochs} epoch{'s' if self.epochs > 1 else ''} in {sum(self.seconds):.1f} s {how}: "
        text += f"training accuracy {percent(self.train_accuracy[-1])}"
        if self.validation_accuracy:
            text += f", validation accuracy {percent(self.validation_accuracy[-1])}"
        return text


PER_EPOCH = tuple(part.name for part in fields(History) if part.default_factory is list)


def print_epoch(_: nn.Module, history: History) -> None:
    """For ``fit(after_epoch=…)``: a line for a log file, where no progress bar can move."""
    text = f"epoch {history.epochs}/{history.settings['epochs']}: {history.seconds[-1]:.1f} s, "
    text += f"training loss {history.train_loss[-1]:.4f}, accuracy {percent(history.train_accuracy[-1], 2)}"
    if history.validation_loss:
        text += f"; validation loss {history.validation_loss[-1]:.4f}, "
        text += f"accuracy {percent(history.validation_accuracy[-1], 2)}"
    print(text, flush=True)
