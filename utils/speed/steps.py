"""One training step of a network, which can be made faster in four ways: each alone, and all together."""

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from utils import models
from utils.data import Batches, Dataset
from utils.settings import set_seed, synchronize
from utils.training import choose_precision
from utils.training.precision import layout
from utils.training.step import take_step


def ways(device: torch.device) -> dict[str, dict[str, bool | str]]:
    """What is compared on this device: names, and the settings of `training_step` that go with them.

    The last two take reduced precision only where the device multiplies it in hardware.
    """
    chosen = choose_precision(device)
    reduced = chosen if chosen != "fp32" else "bf16"
    together = {"resident": True, "memory_format": "channels_last", "precision": chosen}
    return {
        "a first program": {},
        "images in device memory": {"resident": True},
        "channels-last": {"memory_format": "channels_last"},
        reduced: {"precision": reduced},
        "compiled": {"compiled": True},
        "all but compiled": together,
        "all together": together | {"compiled": True},
    }


def training_step(
    model: nn.Module,
    data: Dataset,
    device: torch.device,
    *,
    batch_size: int,
    resident: bool = False,
    memory_format: str = "contiguous",
    precision: str = "fp32",
    compiled: bool = False,
) -> Callable[[int], None]:
    """A function that takes one step, or as many as it is told, and returns when the device has done them all.

    A GPU works ahead of Python, and waits for the next order if it is asked after each step: so time many at once.

    Args:
        model: from (N, C, H, W) to logits. It is moved to the device, and its weights change.
        data: at least ``batch_size`` images.
        resident: all images lie on the device as one tensor; else a ``DataLoader`` fetches them one by one, and
            each batch is sent there.
        memory_format, precision: as for ``utils.training.fit``.
        compiled: by ``torch.compile``. The first step then takes up to minutes.
    """
    model.to(device, memory_format=layout(memory_format)).train()
    network = torch.compile(model) if compiled else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")
    batches = _endless(data, batch_size, device, layout(memory_format), resident)

    def take(steps: int = 1) -> None:
        for _ in range(steps):
            images, labels = next(batches)
            take_step(network, images, labels, optimizer, scaler, precision)
        synchronize(device)

    return take


def first_steps(
    network: str, data: Dataset, device: torch.device, *, batch_size: int, compiling: bool = True
) -> tuple[dict[str, Callable[[int], None]], dict[str, float], dict[str, str]]:
    """In each of the `ways`, take the first step of a new network, which compiles it where that is the way.

    Args:
        network: its name in ``utils.models``, for images of the size of those in ``data``.
        compiling: False leaves out the ways that compile.

    Returns:
        by the names of the ways: the functions for further steps; the seconds of each first step; and for those that
        this machine cannot do (it has no compiler, say) the reason.
    """
    steps, seconds, impossible = {}, {}, {}
    for name, way in ways(device).items():
        if way.get("compiled") and not compiling:
            impossible[name] = "left out, as compiling takes long"
            continue
        set_seed(0)
        model = models.create(network, in_channels=data.images.shape[1], image_size=data.images.shape[2])
        step = training_step(model, data, device, batch_size=batch_size, **way)
        began = time.perf_counter()
        try:
            step()
        except Exception as error:  # whatever a compiler may raise: the others can still be measured
            impossible[name] = (str(error).strip().splitlines() or [type(error).__name__])[0]
        else:
            steps[name], seconds[name] = step, time.perf_counter() - began
    return steps, seconds, impossible


class _OneByOne(torch.utils.data.Dataset):
    """A data set as a first program has it: each image is made ready when it is asked for."""

    def __init__(self, data: Dataset):
        self.data = data
        self.mean = torch.tensor(data.mean).view(-1, 1, 1)
        self.std = torch.tensor(data.std).view(-1, 1, 1)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return (self.data.images[index] / 255 - self.mean) / self.std, self.data.labels[index]


def _endless(
    data: Dataset, batch_size: int, device: torch.device, memory: torch.memory_format, resident: bool
) -> Iterator[tuple[Tensor, Tensor]]:
    """Whole batches on the device, for ever."""
    kept = Batches(data, batch_size, shuffle=True, device=device, memory_format=memory) if resident else None
    loader = DataLoader(_OneByOne(data), batch_size=batch_size, shuffle=True)
    while True:
        for images, labels in loader if kept is None else kept.epoch():
            if len(labels) == batch_size:  # a smaller one would need less time
                yield images.to(device, memory_format=memory), labels.to(device)
