"""What a training run computes on and with: chosen for the machine, and changes a result by rounding only."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from utils import settings
from utils.data.batches import Batches
from utils.data.dataset import Dataset
from utils.training import distributed
from utils.training.precision import choose_memory_format, choose_precision, layout
from utils.training.recipe import Recipe


@dataclass(frozen=True)
class Machine:
    """The settings of `fit` that go by these names there, decided; and what is made according to them."""

    device: torch.device
    precision: str
    memory_format: str
    deterministic: bool
    compile: bool

    def take(self, model: nn.Module) -> None:
        """The model's weights go to the device, in the memory format."""
        model.to(self.device, memory_format=layout(self.memory_format))  # type: ignore[call-overload]  # torch documents it

    def batches(self, train: Dataset, recipe: Recipe) -> Batches:
        """This process's part of every batch."""
        return Batches(
            train,
            recipe.batch_size,
            shuffle=True,
            augment=recipe.augment,
            seed=recipe.seed,
            device=self.device,
            memory_format=layout(self.memory_format),
            rank=distributed.rank(),
            world_size=distributed.world_size(),
        )

    def keep(self, data: Dataset | None) -> Dataset | None:
        """The same images, on the device: they go there once, rather than each time they are looked at."""
        if data is None:
            return None
        return replace(data, images=data.images.to(self.device), labels=data.labels.to(self.device))

    def optimizer(self, recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
        """For all that can learn in the model, which is on the device already."""
        learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return _fused(recipe.optimizer, self.device)(learning, lr=recipe.learning_rate)

    def scaler(self) -> torch.amp.GradScaler:
        """In fp16 it keeps small gradients from becoming zero; in other precisions it does nothing."""
        return torch.amp.GradScaler(self.device.type, enabled=self.precision == "fp16")

    def network(self, model: nn.Module) -> nn.Module:
        """What is trained in place of the model, with the same weights: in several processes, and translated."""
        network = distributed.replicate(model, self.device)
        # The last batch is smaller. It gets a program of its own, not one for all sizes that is slower for each.
        return torch.compile(network, dynamic=False) if self.compile else network  # type: ignore[return-value]  # a module


def choose_machine(
    device: torch.device | str | None,
    precision: str | None,
    memory_format: str | None,
    deterministic: bool,
    compile: bool,
) -> Machine:
    """What is asked for, and the fastest in the place of each None.

    Raises:
        ValueError: torch has no such device here, or there is no such memory format.
    """
    device = usable(device or settings.device())
    memory_format = memory_format or choose_memory_format(device)
    layout(memory_format)
    return Machine(device, precision or choose_precision(device), memory_format, deterministic, compile)


def usable(device: torch.device | str) -> torch.device:
    """The device, if torch can compute on it here.

    Raises:
        ValueError: it cannot, or there is no such device.
    """
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    try:
        usable_one = torch.device(device)
        here = found[usable_one.type]
    except (RuntimeError, TypeError, KeyError):
        raise ValueError(f"device={str(device)!r} is no device to train on: use cuda, mps or cpu") from None
    if not here:
        raise ValueError(f"device={str(device)!r}: torch finds no such device here, so leave it out or use cpu")
    return usable_one


def _fused(
    optimizer: Callable[..., torch.optim.Optimizer], device: torch.device
) -> Callable[..., torch.optim.Optimizer]:
    """On a CUDA GPU, the optimizer with ``fused=True``, if it knows that setting and it was not decided already.

    One kernel then changes all weights, and skips a step that overflowed fp16 by itself: otherwise the scaler
    would have to ask the GPU after every step, and wait for the answer.
    """
    setting = inspect.signature(optimizer).parameters.get("fused")
    if device.type == "cuda" and setting is not None and setting.default is None:
        return functools.partial(optimizer, fused=True)
    return optimizer
