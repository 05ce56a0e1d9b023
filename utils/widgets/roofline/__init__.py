"""Roofline: a machine's arithmetic and its memory, and which of the two bounds each layer of a network."""

from functools import cache
from math import prod

import torch
from torch import nn

from utils import models
from utils.text import clean
from utils.widgets.base import CourseWidget
from utils.widgets.layer_words import layer_words
from utils.widgets.traits import Checked, Choice, Whole, Words
from utils.words import number

COUNTS = {"times": 0, "adds": 1, "weights": 0, "reads": 1, "writes": 1}  # each with its least value
MOST_LAYERS, LARGEST = 26, 10**12  # a letter for each


class Work(Checked):
    """A list of dicts: the "name" of a layer, how many "times" the network has it, and what it does with one image."""

    def check(self, value) -> list[dict]:
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_LAYERS:
            raise TypeError(f"{self.name} must be a list of 1 to {MOST_LAYERS} dicts, as Roofline.of makes them")
        return [self._layer(n, layer) for n, layer in enumerate(value)]

    def _layer(self, n: int, layer) -> dict:
        if not isinstance(layer, dict) or not isinstance(layer.get("name"), str):
            raise TypeError(f"{self.name}[{n}] must be a dict with a 'name' and {', '.join(COUNTS)}")
        for name, least in COUNTS.items():
            count = layer.get(name)
            if type(count) is not int or not least <= count <= LARGEST:
                raise ValueError(f"{self.name}[{n}]: {name} must be a whole number from {least} to {LARGEST:,}")
        return {"name": clean(layer["name"])[:80]} | {name: layer[name] for name in COUNTS}


class Roofline(CourseWidget):
    """The least time of each layer's forward pass on a machine of which two numbers are known. After Williams, Waterman
    and Patterson 2009, "Roofline: an insightful visual performance model for multicore architectures".

    Each layer is taken by itself: it reads its input and its weights from memory once, and writes its output once.

    Args:
        work: the layers, as `of` makes them: "adds" (multiply-adds), "weights", and the numbers that are read and
            written for one image. Left out, ResNet-20 for CIFAR-10 and three layers beside it.
        network: its name.
        peak: operations that the machine does in a second, in 10⁹; a multiply-add is two.
        bandwidth: bytes that pass between its memory and it in a second, in 10⁹.
        bits: of each number, 16 or 32.
        batch: images at once.
        layer: which layer is looked at, counted from 0.
        title: the line above.
    """

    script = "roofline"
    height = 760
    work = Work([])
    network = Words("ResNet-20")
    peak = Whole(312_000, least=1, most=10_000_000)
    bandwidth = Whole(1_555, least=1, most=100_000)
    bits = Choice(16, 32)
    batch = Whole(64, least=1, most=4096)
    layer = Whole(0, least=0, most=MOST_LAYERS - 1)
    title = Words("Bound by arithmetic or by memory")

    def __init__(self, work=None, **settings):
        super().__init__(work=_resnet_and_others(), **settings)
        if work is not None:
            self.work = work  # if it cannot be shown, ResNet-20 stays

    @classmethod
    def of(cls, model: nn.Module, in_channels: int, image_size: int, **settings) -> "Roofline":
        """The layers of a model that multiply: convolutions, linear layers, batch norms; equal ones are one row."""
        return cls(work=work_of(model, in_channels, image_size), **{"network": type(model).__name__} | settings)

    def facts(self) -> dict[str, str]:
        rows = {
            "Machine": f"{self.peak:,} · 10⁹ operations and {self.bandwidth:,} · 10⁹ bytes a second",
            "Numbers": f"of {self.bits} bits, {self.batch:,} images at once",
            "Bound by arithmetic": f"from {number(self.peak / self.bandwidth)} operations for each byte on",
        }
        layer = self.work[min(self.layer, len(self.work) - 1)]
        operations, size = self._cost(layer)
        rows[layer["name"]] = (
            f"{operations:,} operations and {size:,} bytes, {number(operations / size)} for each byte: bound by "
            f"{'memory' if size * self.peak > operations * self.bandwidth else 'arithmetic'}, "
            f"at least {number(1e6 * self._seconds(layer))} µs"
        )
        whole = sum(layer["times"] * self._seconds(layer) for layer in self.work)
        return rows | {self.network: f"forward at least {number(1e3 * whole)} ms"}

    def _cost(self, layer: dict) -> tuple[int, int]:
        """Operations, and bytes that are moved."""
        moved = layer["weights"] + self.batch * (layer["reads"] + layer["writes"])
        return 2 * self.batch * layer["adds"], self.bits // 8 * moved

    def _seconds(self, layer: dict) -> float:
        operations, size = self._cost(layer)
        return max(operations / self.peak, size / self.bandwidth) / 1e9


def work_of(model: nn.Module, in_channels: int, image_size: int, *, times: bool = True) -> list[dict]:
    """What the widget shows of a model's layers. Without ``times`` they stand beside the network, in no sum."""
    rows: dict[str, dict] = {}
    for cost in models.layer_costs(model, in_channels, image_size):
        reads, writes = prod(cost.input_shape), prod(cost.output_shape)
        # Batch norm in eval mode scales and shifts: one multiply-add for each number.
        adds = writes if isinstance(cost.layer, nn.BatchNorm2d) else cost.multiply_adds
        if adds:
            row = {"name": layer_words(cost), "times": 0, "adds": adds, "weights": cost.parameters}
            same = rows.setdefault(row["name"], row | {"reads": reads, "writes": writes})
            same["times"] += times
    return list(rows.values())


@cache
def _resnet_and_others() -> list[dict]:
    with torch.device("meta"):  # shapes, but no numbers to draw
        work = work_of(models.create("resnet20", in_channels=3, image_size=32), 3, 32)
        for layer, channels, size in (
            (nn.Conv2d(256, 256, 3, padding=1, groups=256, bias=False), 256, 56),
            (nn.Conv2d(256, 64, 1, bias=False), 256, 56),
            (nn.Sequential(nn.Flatten(), nn.Linear(4096, 4096, bias=False)), 1, 64),
        ):
            work += work_of(layer, channels, size, times=False)
    return work
