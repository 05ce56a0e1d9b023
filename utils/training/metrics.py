"""Measuring a trained network."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.data.batches import Batches
from utils.data.dataset import Dataset
from utils.modes import evaluating
from utils.training import distributed
from utils.training.before import require_measurable, require_outputs, require_tensor
from utils.training.memory import advised
from utils.training.precision import autocast, choose_memory_format, choose_precision, layout
from utils.words import percent


@dataclass(frozen=True)
class Metrics:
    """Averages over ``samples`` images: ``loss`` (cross-entropy in nats) and ``accuracy`` (0..1)."""

    loss: float
    accuracy: float
    samples: int

    def __str__(self) -> str:
        if not math.isfinite(self.loss):
            return f"loss {self.loss} on {self.samples:,} images: the network's outputs are not numbers"
        return f"accuracy {percent(self.accuracy, 2)}, loss {self.loss:.4f} on {self.samples:,} images"


def predict(model: nn.Module, data: Dataset, *, batch_size: int = 250, precision: str | None = None) -> Tensor:
    """The logits of every image, (N, num_classes), float32, on the CPU, in the data set's order.

    The model is asked in evaluation mode, where it is; each of its layers is left in the mode it was in.

    Raises:
        TypeError: something else than a network and a data set.
        ValueError: there are no images.
    """
    require_measurable(model, data, batch_size)
    if not len(data):
        raise ValueError("there is nothing to predict: the data set has no images")
    return _logits(model, data, batch_size, precision).cpu()


def _logits(model: nn.Module, data: Dataset, batch_size: int, precision: str | None) -> Tensor:
    device = device_of(model)
    batches = Batches(data, batch_size, device=device, memory_format=layout(choose_memory_format(device)))
    with (
        advised(batch_size),
        evaluating(model),
        torch.inference_mode(),
        autocast(device, precision or choose_precision(device)),
    ):
        logits = [require_tensor(model(images)).float() for images, _ in batches.epoch()]
    return torch.cat(logits)  # outside, so that they may take part in what learns


def device_of(model: nn.Module) -> torch.device:
    """Where its parameters are; a network without any computes where images are kept, on the processor."""
    return next((parameter.device for parameter in model.parameters()), torch.device("cpu"))


def evaluate(model: nn.Module, data: Dataset, *, batch_size: int = 250, precision: str | None = None) -> Metrics:
    """Cross-entropy and accuracy over all of ``data``.

    The average is taken over images, never over batches: a last batch of 8 images must not weigh as much as
    the 250 before it.

    Under torchrun every process must call it: each looks at its share of the images, and all get the metrics of
    all images.

    Raises:
        TypeError: something else than a network and a data set.
        ValueError: there are no images, or the outputs do not fit the labels.
    """
    require_measurable(model, data, batch_size)
    if not len(data):
        raise ValueError("there is nothing to evaluate on: the data set has no images")
    device = device_of(model)
    loss, correct = torch.zeros((), device=device), torch.zeros((), device=device, dtype=torch.int64)
    mine = distributed.share(data)
    if len(mine):  # with more processes than images, some have none
        logits, labels = _logits(model, mine, batch_size, precision), mine.labels.to(device)
        require_outputs(logits, labels)
        loss = F.cross_entropy(logits, labels, reduction="sum")
        correct = (logits.argmax(1) == labels).sum()
    return Metrics(
        loss=(distributed.total(loss) / len(data)).item(),
        accuracy=distributed.total(correct).item() / len(data),
        samples=len(data),
    )
