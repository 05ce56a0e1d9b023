"""What determines the result of a training run, on whatever machine it is made."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

import torch

from utils.arithmetic import integer
from utils.data.batches import Augmentation

LARGEST = torch.finfo(torch.float32).max

Schedule = Callable[[float], float]

adam = functools.partial(torch.optim.Adam, fused=True)  # one pass over all weights instead of one for each


def one_cycle(progress: float) -> float:
    """A schedule: the learning rate climbs for a tenth of the run, then falls to zero.

    After Smith and Topin (2019), "Super-convergence", without their change of momentum.
    """
    return progress / 0.1 if progress < 0.1 else (1 - progress) / 0.9


@dataclass(frozen=True)
class Recipe:
    """The settings of `fit` that go by these names there. What may be chosen otherwise for another machine is none.

    Raises:
        TypeError, ValueError: a setting that cannot be.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: Callable[..., torch.optim.Optimizer]
    schedule: Schedule | None
    augment: Augmentation | None
    seed: int

    def __post_init__(self):
        integer("epochs", self.epochs, least=1)
        integer("batch_size", self.batch_size, least=1)
        if not -(2**40) < integer("seed", self.seed, least=-(2**40)) < 2**40:
            raise ValueError(f"seed={self.seed} is too large: it must be below {2**40}")
        for name in ("schedule", "augment"):
            require_function(name, getattr(self, name))
        rate, optimizer = self.learning_rate, self.optimizer
        if isinstance(rate, bool) or not isinstance(rate, Real):
            raise TypeError(f"learning_rate={rate!r} must be a number, such as 0.001")
        if not 0 < rate <= LARGEST:
            raise ValueError(f"learning_rate={_short(rate)} must be above zero and finite in 32 bits")
        if isinstance(optimizer, torch.optim.Optimizer) or not callable(optimizer):
            raise TypeError(
                "optimizer must be what makes one, such as torch.optim.SGD itself, and this is a "
                f"{type(optimizer).__name__}"
            )

    def by_name(self) -> dict[str, Any]:
        """What a history and a checkpoint remember: numbers, and of functions their names."""
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value if isinstance(value, Real) else _name(value) for name, value in settings.items()}


def require_function(name: str, value: object) -> None:
    """Raises TypeError if the setting is neither a function nor None."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be a function, and this is a {type(value).__name__}")


def _name(function: Callable | None) -> str:
    if isinstance(function, functools.partial):
        keywords = ", ".join(f"{key}={value}" for key, value in function.keywords.items())
        return f"{_name(function.func)}({keywords})"
    return getattr(function, "__name__", str(function))


def _short(number: Real) -> str:
    return text if len(text := str(number)) < 20 else f"{text[:10]}…"
