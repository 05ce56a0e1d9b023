"""What cannot be trained is said in one sentence before the first step, rather than by torch in the middle of one."""

import math
import warnings
from numbers import Real

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from utils.arithmetic import integer
from utils.data.batches import Batches
from utils.data.dataset import Dataset
from utils.modes import evaluating
from utils.training.precision import autocast


def refuse_impossible(
    model: nn.Module,
    train: Dataset,
    validation: Dataset | None,
    learning_rate: float,
    optimizer: object,
    **counts: int,
) -> None:
    """Look at what `fit` was given. ``counts`` are whole numbers of at least 1.

    Raises:
        TypeError: something of another kind.
        ValueError: a number that cannot be, a data set without images, a network that cannot learn.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"model must be a network (nn.Module), and this is a {_kind(model)}: fit(model, train, …)"
        )
    for name, data in (("train", train), ("validation", validation)):
        if not isinstance(data, Dataset | None):
            raise TypeError(
                f"{name} must be a Dataset of utils.data, images and labels in memory, and this is a {_kind(data)}"
            )
    for name, value in counts.items():
        integer(name, value, least=1)
    if isinstance(learning_rate, bool) or not isinstance(learning_rate, Real):
        raise TypeError(f"learning_rate={learning_rate!r} must be a number, such as 0.001")
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise ValueError(f"learning_rate={learning_rate} must be above zero and finite")
    if isinstance(optimizer, torch.optim.Optimizer) or not callable(optimizer):
        raise TypeError(
            f"optimizer must be what makes one, such as torch.optim.SGD itself, and this is a {_kind(optimizer)}"
        )
    if not len(train):
        raise ValueError("there is nothing to learn from: train has no images")
    parameters = list(model.parameters())
    if not any(parameter.requires_grad for parameter in parameters):
        raise ValueError(
            "no parameter of this network can learn: it has none, or all are frozen (requires_grad_(True) frees them)"
        )
    if any(parameter.is_inference() for parameter in parameters):
        raise ValueError(
            "the network was made inside torch.inference_mode(), where nothing can learn: make it outside"
        )
    if odd := {parameter.dtype for parameter in parameters} - {torch.float32}:
        raise ValueError(
            f"the network's parameters must be float32, and some are {odd.pop()}: model.float() makes them so"
        )
    _say_constant_channels(train)


def usable(device: torch.device | str) -> torch.device:
    """The device, if torch can compute on it here.

    Raises:
        ValueError: it cannot, or there is no such device.
    """
    try:
        device = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device={device!r} is no device: use cuda, mps or cpu") from error
    missing = {"cuda": not torch.cuda.is_available(), "mps": not torch.backends.mps.is_available()}
    if missing.get(device.type):
        raise ValueError(
            f"device={str(device)!r}: torch finds no such device here, so leave it out or use cpu"
        )
    return device


def try_out(model: nn.Module, batches: Batches, precision: str) -> None:
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

    norms = {
        name: layer
        for name, layer in model.named_modules()
        if isinstance(layer, _BatchNorm) and layer.training
    }
    hooks = [norm.register_forward_pre_hook(note(name)) for name, norm in norms.items()]
    try:
        with evaluating(model), torch.no_grad(), autocast(batches.device, precision):
            require_outputs(model(batches.first(1)), batches.labels)
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
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        found = f"shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else f"a {_kind(logits)}"
        raise ValueError(f"the network must return logits of shape (N, num_classes), and it returns {found}")
    largest = int(labels.max()) if len(labels) else 0
    if largest >= logits.shape[1]:
        raise ValueError(
            f"the network has {logits.shape[1]} outputs, and the labels go up to {largest}: "
            f"it needs num_classes={largest + 1} or more"
        )


def _say_constant_channels(train: Dataset) -> None:
    low, high = train.images.amin((0, 2, 3)), train.images.amax((0, 2, 3))
    if same := (low == high).nonzero().flatten().tolist():
        which = f"channel {same[0]}" if len(same) == 1 else f"channels {', '.join(map(str, same))}"
        warnings.warn(f"nothing can be learnt from {which}: the same in all training images", stacklevel=4)


def _kind(value: object) -> str:
    return type(value).__name__
