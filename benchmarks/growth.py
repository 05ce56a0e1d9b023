"""How the time of an epoch grows with images, their side, the width of the network and the batch, beside prediction."""

import torch
from torch import nn

from benchmarks.epoch import ours
from benchmarks.side_by_side import Table, measure
from utils import models, settings
from utils.data import Dataset

GROWTH = "How an epoch grows"
BASE = {"images": 1024, "side": 16, "width": 16, "batch": 32}
FACTORS = (1, 2, 4)


def run(rounds: int) -> list[Table]:
    """One table: the base, then one setting at a time twice and four times as large."""
    cases = {"base": BASE} | {
        name_of(name, factor): BASE | {name: BASE[name] * factor} for name in BASE for factor in FACTORS[1:]
    }
    contenders = {name: lambda case=case: epoch(**case) for name, case in cases.items()}
    base = multiply_adds(**BASE)
    notes = {name: f"multiply-adds × {multiply_adds(**case) / base:.2f}" for name, case in cases.items()}
    facts = ", ".join(f"{value} {name}" for name, value in BASE.items())
    notes["base"] = f"{base / 1e9:.1f} thousand million multiply-adds: {facts}"
    return [Table(GROWTH, "base", measure(contenders, rounds, GROWTH), notes)]


def name_of(setting: str, factor: int) -> str:
    return "base" if factor == 1 else f"{setting} × {factor}"


def network(width: int) -> nn.Module:
    """Two convolutions and a linear layer. All but a few of its multiply-adds are in the second convolution."""
    settings.set_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 10),
    )


def epoch(images: int, side: int, width: int, batch: int) -> float:
    """Seconds of one epoch of ``fit`` on noise."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (images, 3, side, side), generator=generator, dtype=torch.uint8)
    labels = torch.arange(images) % 10
    return ours(network(width), Dataset(pixels, labels, tuple("abcdefghij"), "noise"), batch)


def multiply_adds(images: int, side: int, width: int, batch: int) -> int:
    """Of the forward passes of an epoch, as `utils.arithmetic` counts them. The batch changes nothing."""
    with torch.device("meta"):
        return images * models.count_multiply_adds(network(width), in_channels=3, image_size=side)
