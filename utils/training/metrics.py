"""Measuring a trained network."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.data.batches import Batches
from utils.data.dataset import Dataset
from utils.training import distributed
from utils.training.precision import autocast, choose_memory_format, choose_precision, layout


@dataclass(frozen=True)
class Metrics:
    """Averages over ``samples`` images: ``loss`` (cross-entropy in nats) and ``accuracy`` (0..1)."""

    loss: float
    accuracy: float
    samples: int

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:.2%}, loss {self.loss:.4f} on {self.samples:,} images"


def predict(
    model: nn.Module, data: Dataset, *, batch_size: int = 250, precision: str | None = None
) -> Tensor:
    """The logits of every image, (N, num_classes), float32, on the CPU, in the data set's order.

    The model is asked in evaluation mode, where it is, and left in the mode it was in.
    """
    return _logits(model, data, batch_size, precision).cpu()


def _logits(model: nn.Module, data: Dataset, batch_size: int, precision: str | None) -> Tensor:
    device = next(model.parameters()).device
    batches = Batches(data, batch_size, device=device, memory_format=layout(choose_memory_format(device)))
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode(), autocast(device, precision or choose_precision(device)):
            logits = [model(images).float() for images, _ in batches.epoch()]
    finally:
        model.train(was_training)
    return torch.cat(logits)


def evaluate(
    model: nn.Module, data: Dataset, *, batch_size: int = 250, precision: str | None = None
) -> Metrics:
    """Cross-entropy and accuracy over all of ``data``.

    The average is taken over images, never over batches: a last batch of 8 images must not weigh as much as
    the 250 before it.

    Under torchrun every process must call it: each looks at its share of the images, and all get the metrics of
    all images.

    Raises:
        ValueError: there are no images.
    """
    if not len(data):
        raise ValueError("there is nothing to evaluate on: the data set has no images")
    device = next(model.parameters()).device
    loss, correct = torch.zeros((), device=device), torch.zeros((), device=device, dtype=torch.int64)
    mine = distributed.share(data)
    if len(mine):  # with more processes than images, some have none
        logits, labels = _logits(model, mine, batch_size, precision), mine.labels.to(device)
        loss = F.cross_entropy(logits, labels, reduction="sum")
        correct = (logits.argmax(1) == labels).sum()
    return Metrics(
        loss=(distributed.total(loss) / len(data)).item(),
        accuracy=distributed.total(correct).item() / len(data),
        samples=len(data),
    )
