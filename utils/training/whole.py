"""Whether a checkpoint has all that a run needs to go on, part by part: looked at before anything is changed."""

import math
from dataclasses import fields

import torch
from torch import Tensor, nn

from utils.training.finite import all_finite
from utils.training.history import PER_EPOCH, History


def is_whole_history(written: object) -> bool:
    """Whether it is a History, with a number for each of its epochs in every list."""
    if not isinstance(written, dict) or written.keys() != {field.name for field in fields(History)}:
        return False
    lists = [written[name] for name in PER_EPOCH]
    if not all(isinstance(numbers, list) and all(map(_is_number, numbers)) for numbers in lists):
        return False
    epochs, settings = len(written["train_loss"]), written["settings"]
    if not isinstance(settings, dict) or not 1 <= epochs <= settings.get("epochs", 0):
        return False
    validated = len(written["validation_loss"])
    lengths = {"validation_loss": validated, "validation_accuracy": validated}
    return validated in (0, epochs) and all(len(written[name]) == lengths.get(name, epochs) for name in PER_EPOCH)


def is_whole_optimizer(written: object, learner: torch.optim.Optimizer) -> bool:
    """Whether it is the state of such an optimizer: the same settings, a memory of the weights' own shapes, numbers.

    Expects as many parameters in each group as ``learner`` has.
    """
    if not isinstance(written, dict) or written.keys() != learner.state_dict().keys():
        return False
    for theirs, ours in zip(written["param_groups"], learner.param_groups, strict=True):
        if not ours.keys() <= theirs.keys() or not _is_number(theirs["lr"]):
            return False
    memory = written["state"]
    parameters = [p for group in learner.param_groups for p in group["params"]]
    if not isinstance(memory, dict) or not memory.keys() <= set(range(len(parameters))):
        return False
    if not all(isinstance(part, dict) for part in memory.values()):
        return False
    # What is remembered has the same names for all weights (Adafactor: for all matrices, and for all vectors).
    named = {(parameters[number].ndim > 1, frozenset(part)) for number, part in memory.items()}
    if len(named) > len({is_matrix for is_matrix, _ in named}):
        return False
    for number, part in memory.items():
        tensors = [value for value in part.values() if isinstance(value, Tensor)]
        if not all(_fits(tensor, parameters[number]) for tensor in tensors):
            return False
        if not all_finite(tensors):
            return False
    return True


def fits_network(written: object, model: nn.Module) -> bool:
    """Whether the tensors have the network's names, shapes and types."""
    own = model.state_dict()
    return (
        isinstance(written, dict)
        and all(isinstance(tensor, Tensor) for tensor in written.values())
        and {name: (tensor.shape, tensor.dtype) for name, tensor in written.items()}
        == {name: (tensor.shape, tensor.dtype) for name, tensor in own.items()}
    )


def _fits(memory: Tensor, parameter: Tensor) -> bool:
    """One number for all, or one for each weight, or (Adafactor) for each row or column."""
    sizes = zip(memory.shape, parameter.shape, strict=False)
    return memory.ndim == 0 or (memory.ndim == parameter.ndim and all(own in (1, size) for own, size in sizes))


def _is_number(value: object) -> bool:
    return isinstance(value, float | int) and math.isfinite(value)
