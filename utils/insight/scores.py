"""What a network answers: images as it takes them, probabilities, and where it is wrong."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.data import Batches, Dataset
from utils.insight.recording import finite, on_device
from utils.modes import evaluating

BATCH = 250


def inputs(dataset: Dataset) -> Tensor:
    """All images as a network sees them in ``fit``: (N, C, H, W) float32, normalised."""
    images, _ = next(Batches(dataset, len(dataset)).epoch())
    return images


def probabilities(model: nn.Module, images: Tensor) -> Tensor:
    """Softmax of the logits for images (N, C, H, W), in evaluation mode: (N, num_classes), on the CPU.

    Raises:
        TypeError: the images are not floats.
        ValueError: another shape, or a number that is infinite or not a number.
    """
    images = finite(on_device(model, images))
    with evaluating(model), torch.no_grad():
        logits = [model(batch).float() for batch in images.split(BATCH)]
    return torch.cat(logits).softmax(1).cpu()


def asked(logits: Tensor, classes: Tensor | int | None) -> Tensor:
    """Of each image the logit that is asked about: logits (N, num_classes) -> (N,).

    Args:
        classes: (N,) integers, or one for all images. None: each image's own answer.

    Raises:
        TypeError: the classes are not whole numbers.
        ValueError: they have another shape.
        IndexError: a class that the model does not have.
    """
    answers = torch.as_tensor(logits.argmax(1) if classes is None else classes, device=logits.device).clone()
    if answers.is_floating_point() or answers.dtype == torch.bool:
        raise TypeError(f"classes must be whole numbers, the indices of logits, and these are {answers.dtype}")
    if answers.shape not in ((), (len(logits),)):
        raise ValueError(
            f"classes must be one for all {len(logits)} images or one for each, and have {tuple(answers.shape)}"
        )
    answers = answers.expand(len(logits))
    if not 0 <= answers.min() <= answers.max() < logits.shape[1]:
        raise IndexError(f"classes must lie in 0..{logits.shape[1] - 1}, and these are {answers.tolist()}")
    return logits[range(len(logits)), answers]


def confusion_counts(labels: Tensor, predictions: Tensor, num_classes: int) -> Tensor:
    """How many images of each true class (row) were given each answer (column): (num_classes, num_classes).

    Args:
        labels, predictions: (N,) class indices, as tensors, arrays or lists.

    Raises:
        TypeError: they are not whole numbers.
        ValueError: they do not have shape (N,), or an index is not in 0..num_classes − 1.
    """
    labels, predictions = torch.as_tensor(labels).cpu(), torch.as_tensor(predictions).cpu()
    if labels.shape != predictions.shape or labels.ndim != 1:
        raise ValueError(
            f"labels and predictions must both have shape (N,), and these have {tuple(labels.shape)} and "
            f"{tuple(predictions.shape)}: pass class indices, logits.argmax(1), not logits."
        )
    for name, values in (("labels", labels), ("predictions", predictions)):
        if len(values) and (values.is_floating_point() or values.dtype == torch.bool):
            raise TypeError(f"{name} must be whole numbers, the indices of classes, and these are {values.dtype}.")
        if len(values) and not 0 <= values.min() <= values.max() < num_classes:
            raise ValueError(
                f"{name} must lie in 0..{num_classes - 1}, one number for each class name, and these run from "
                f"{values.min()} to {values.max()}."
            )
    cells = labels.long() * num_classes + predictions.long()
    return torch.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def worst_mistakes(logits: Tensor, labels: Tensor, count: int = 10) -> Tensor:
    """Indices of the images that were given a wrong answer, those with the largest loss (cross-entropy) first.

    Args:
        logits: (N, num_classes).
        labels: (N,) true classes.
        count: how many at most; fewer are returned if fewer are wrong.
    """
    losses = F.cross_entropy(logits, labels, reduction="none")
    order = losses.argsort(descending=True, stable=True)
    return order[(logits.argmax(1) != labels)[order]][:count]
