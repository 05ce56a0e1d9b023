"""What cannot be trained is said in one sentence before the first step, rather than by torch in the middle of one."""

import warnings

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parameter import UninitializedParameter

from utils.arithmetic import integer
from utils.data.batches import Batches
from utils.data.dataset import Dataset
from utils.modes import evaluating
from utils.training.finite import has_finite_weights
from utils.training.precision import autocast


def refuse_impossible(model: nn.Module, train: Dataset, validation: Dataset | None) -> None:
    """Look at the network and the images that `fit` was given.

    Raises:
        TypeError: something of another kind.
        ValueError: a data set without images, a network that cannot learn.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a network (nn.Module), and this is a {_kind(model)}: fit(model, train, …)")
    for name, data in (("train", train), ("validation", validation)):
        if not isinstance(data, Dataset) and not (name == "validation" and data is None):
            raise TypeError(
                f"{name} must be a Dataset of utils.data, images and labels in memory, and this is a {_kind(data)}"
            )
    if not len(train):
        raise ValueError("there is nothing to learn from: train has no images")
    if validation is not None:
        if not len(validation):
            raise ValueError("there is nothing to validate with: validation has no images, so leave it out")
        if validation.images.shape[1:] != train.images.shape[1:]:
            raise ValueError(
                f"the validation images have the shape {tuple(validation.images.shape[1:])}, and the training images "
                f"{tuple(train.images.shape[1:])}: one network can take only one"
            )
    parameters = list(model.parameters())
    if any(isinstance(parameter, UninitializedParameter) for parameter in parameters):
        raise ValueError("a lazy layer of this network has no weights yet: send one batch through it first")
    if not any(parameter.requires_grad for parameter in parameters):
        raise ValueError(
            "no parameter of this network can learn: it has none, or all are frozen (requires_grad_(True) frees them)"
        )
    if any(parameter.is_inference() for parameter in parameters):
        raise ValueError("the network was made inside torch.inference_mode(), where nothing can learn: make it outside")
    if odd := {parameter.dtype for parameter in parameters} - {torch.float32}:
        raise ValueError(
            f"the network's parameters must be float32, and some are {odd.pop()}: model.float() makes them so"
        )
    if not has_finite_weights(model):
        raise ValueError(
            "the network has weights or statistics that are infinite or not numbers before any training: make it anew"
        )
    _say_constant_channels(train)


def try_out(model: nn.Module, batches: Batches, validation: Dataset | None, precision: str) -> None:
    """Send one image through the network, in evaluation mode and without gradients: nothing of it changes.

    Raises:
        ValueError: the outputs do not fit the labels; or the last batch has one image, of which a batch norm on 1×1
            maps would make zeros.
    """
    model.train()  # a frozen layer stays in evaluation mode: ask which ones do
    alone: list[str] = []  # batch norms that see one number of each channel

    def note(name: str):
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            if inputs[0].numel() == inputs[0].shape[1]:
                alone.append(name)

        return hook

    norms = {name: layer for name, layer in model.named_modules() if isinstance(layer, _BatchNorm) and layer.training}
    hooks = [norm.register_forward_pre_hook(note(name)) for name, norm in norms.items()]
    try:
        with evaluating(model), torch.no_grad(), autocast(batches.device, precision):
            logits = model(batches.first(1))
            require_outputs(logits, batches.labels)
            if validation is not None:
                require_outputs(logits, validation.labels)
    finally:
        for hook in hooks:
            hook.remove()
    # On a GPU batch norm averages over all processes, on a processor each has its own part of the batch.
    processes = 1 if batches.device.type == "cuda" else batches.world_size
    if alone and batches.smallest_batch() // processes == 1:
        n, size = len(batches.labels), batches.batch_size
        fitting = (b for b in range(size + 1, n + size + 2) if (n % b or min(b, n)) >= 2 * processes)
        better = next((f"choose another, such as batch_size={b}" for b in fitting), "more images are needed")
        raise ValueError(
            f"batch_size={size} leaves a batch of 1 image out of {n:,}, and the batch norm {alone[0]!r} sees one "
            f"number of each channel there, which has no variance: {better}"
        )


def require_outputs(logits: object, labels: Tensor) -> None:
    """Make sure that a network's outputs, (N, num_classes), have a place for every label.

    Raises:
        ValueError: they have not.
    """
    logits = require_tensor(logits)
    if logits.ndim != 2:
        raise ValueError(
            f"the network must return logits of shape (N, num_classes), and it returns shape {tuple(logits.shape)}"
        )
    largest = int(labels.max()) if len(labels) else 0
    if largest >= logits.shape[1]:
        raise ValueError(
            f"the network has {logits.shape[1]} outputs, and the labels go up to {largest}: "
            f"it needs num_classes={largest + 1} or more"
        )


def require_tensor(logits: object) -> Tensor:
    """``logits``, or ValueError if the network returned something else, such as a tuple."""
    if not isinstance(logits, Tensor):
        raise ValueError(f"the network must return logits of shape (N, num_classes), and it returns a {_kind(logits)}")
    return logits


def require_measurable(model: nn.Module, data: Dataset, batch_size: int) -> None:
    """Look at what `evaluate` or `predict` was given.

    Raises:
        TypeError: something of another kind.
        ValueError: a batch size below 1, or a network of 64 bits.
    """
    if not isinstance(model, nn.Module) or not isinstance(data, Dataset):
        raise TypeError(
            "a network (nn.Module) and a Dataset of utils.data are needed, in this order, and these are a "
            f"{_kind(model)} and a {_kind(data)}"
        )
    integer("batch_size", batch_size, least=1)
    if any(parameter.dtype == torch.float64 for parameter in model.parameters()):
        raise ValueError("the network's parameters are float64, and images come as float32: use model.float()")


def _say_constant_channels(train: Dataset) -> None:
    low, high = train.images.amin((0, 2, 3)), train.images.amax((0, 2, 3))
    if same := (low == high).nonzero().flatten().tolist():
        which = f"channel {same[0]}" if len(same) == 1 else f"channels {', '.join(map(str, same))}"
        warnings.warn(f"nothing can be learnt from {which}: the same in all training images", stacklevel=4)


def _kind(value: object) -> str:
    return type(value).__name__
