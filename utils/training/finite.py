"""The one place that decides whether a run is still made of numbers."""

import math

import torch
from torch import Tensor, nn

from utils.data.batches import Batches
from utils.modes import evaluating
from utils.training.history import History
from utils.training.precision import autocast


class DivergedError(RuntimeError):
    """The loss or a weight became infinite or not a number. ``history`` holds the epochs before."""

    def __init__(self, message: str, history: History | None = None):
        super().__init__(message)
        self.history = history


def all_finite(tensors: list[Tensor]) -> bool:
    """Whether every number in them is one. Asks the device once."""
    floating = [tensor for tensor in tensors if tensor.is_floating_point() and tensor.numel()]
    return not floating or bool(torch.stack([tensor.detach().isfinite().all() for tensor in floating]).all())


def in_numbers(tensors: dict[str, Tensor], model: nn.Module) -> list[Tensor]:
    """Of the network's tensors by name, those that must be finite.

    A buffer may hold −∞ on purpose, as an attention mask does; a running statistic may not.
    """
    masks = {name for name, _ in model.named_buffers() if "running" not in name}
    return [tensor.clamp(min=0) if name in masks else tensor for name, tensor in tensors.items()]


def has_finite_weights(model: nn.Module) -> bool:
    return all_finite(in_numbers(dict(model.named_parameters()) | dict(model.named_buffers()), model))


def require_finite_weights(model: nn.Module, history: History | None = None) -> None:
    """Raises DivergedError if a parameter or buffer of the network is not a number any more."""
    if not has_finite_weights(model):
        raise DivergedError(f"training diverged: weights are infinite or not numbers. {_advice(history)}", history)


def require_finite_outputs(model: nn.Module, batches: Batches, precision: str, history: History | None = None) -> None:
    """Raises DivergedError if the network, in evaluation mode, makes of its images what is no number.

    Weights can be numbers still, and so large that nothing behind them is.
    """
    with evaluating(model), torch.no_grad(), autocast(batches.device, precision):
        outputs = model(batches.first(batches.batch_size))
    if not all_finite([outputs]):
        raise DivergedError(f"training diverged: the outputs are not numbers any more. {_advice(history)}", history)


def require_steps(scaler: torch.amp.GradScaler, history: History) -> None:
    """Raises DivergedError if in fp16 hardly a step was taken.

    The scaler leaves out a step whose gradients are not numbers, and halves its scale of 65,536 each time. Below 1 it
    is not the scale that makes them so.
    """
    if scaler.is_enabled() and scaler.get_scale() < 1:
        raise DivergedError(
            f"training diverged: gradients are not numbers, and steps were left out. {_advice(history)}",
            history,
        )


def require_finite_loss(loss: float, kind: str, history: History) -> float:
    """``loss``, or DivergedError if it is not a number."""
    if not math.isfinite(loss):
        raise DivergedError(
            f"training diverged: the {kind} became {loss} in epoch {history.epochs + 1}. {_advice(history)}",
            history,
        )
    return loss


def _advice(history: History | None) -> str:
    if history is None:
        return "Try a smaller learning rate."
    rate = history.settings["learning_rate"]
    advice = f"a smaller learning rate first (learning_rate={rate / 10:g} instead of {rate:g})"
    if history.precision == "fp16":
        advice += ', then precision="fp32"'
    return f"Try {advice}; then look for a division by zero or a logarithm of zero in the model."
