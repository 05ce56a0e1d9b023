"""Exercises 09: the answers at work."""

import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from utils import figures
from utils.data import cifar10
from utils.models import load_bundled
from utils.see.photograph import SOURCE, grey, photograph
from utils.see.photographs import normalised
from utils.settings import device, synchronize


def clock(median_time: Callable) -> figures.Picture:
    """What one photograph costs the bundled ResNet-20 in batches of different sizes, on this machine."""
    _, test = cifar10()
    network = load_bundled().eval().to(device())
    images = normalised(test.images[:64]).to(device())
    sizes = [1, 2, 4, 8, 16, 32, 64]

    def wait() -> None:
        synchronize(device())

    with torch.no_grad():
        seconds = [median_time(lambda n=n: network(images[:n]), 9, wait, time.perf_counter) for n in sizes]
    return figures.lines(
        sizes,
        {"median of 9": [1000 * one / n for one, n in zip(seconds, sizes, strict=True)]},
        x_label="photographs in a batch",
        y_label="milliseconds for each",
        source=test.source,
        log_x=True,
        title="What a photograph costs on this machine, by your clock",
        caption="*ResNet-20, forward. Every layer has to be called, however few images it is given, so a photograph "
        "alone is dear. From which batch on is nothing gained on your machine?*",
    )


def product(unroll: Callable[[Tensor, int, int], Tensor]) -> figures.Picture:
    """Four convolutions of a photograph as one product of matrices (Chellapilla et al., 2006)."""
    left = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    kernels = {
        "left against right": left,
        "top against bottom": left.T,
        "middle against rim": torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
        "a mean": torch.full((3, 3), 1 / 9),
    }
    columns = unroll(grey()[None, None], 3, 1)[0]  # (9, 94·94)
    maps = torch.stack(list(kernels.values())).flatten(1) @ columns
    return figures.feature_maps(
        maps.view(4, 94, 94),
        list(kernels),
        image=photograph(),
        source=SOURCE,
        columns=5,
        title="Your columns make four convolutions one product of matrices",
        caption="*A matrix of 4×9, a kernel in each row, times your 8,836 columns of 9 numbers, the windows of the "
        "photograph. What comes out are four maps of 94×94.*",
    )


def axes(unroll: Callable[[Tensor, int, int], Tensor]) -> figures.Picture:
    """The main axes of 8×8 patches of photographs, whose covariance is one product of the columns."""
    train, _ = cifar10()
    columns = unroll(train.images[:1000] / 255, 8, 6).transpose(0, 1).flatten(1)  # (192, 25,000)
    columns = columns - columns.mean(dim=1, keepdim=True)
    _, vectors = torch.linalg.eigh(columns @ columns.T)  # the largest come last
    patches = vectors.flip(1)[:, :32].T.view(32, 3, 8, 8)
    return figures.image_grid(
        0.5 + patches / patches.abs().amax(dim=(1, 2, 3), keepdim=True) / 2,
        [str(n) for n in range(1, 33)],
        source=train.source,
        title="What patches of photographs are made of, by your columns",
        caption="*The 32 main axes of 25,000 patches of 8×8 pixels, the most important first: how patches differ "
        "from their mean. Most are grey, for colours rise and fall together, and they become finer and finer.*",
        seen="Most are waves in grey, upright, lying or crossed, first slow and then quick; a few have a colour.",
    )


def four_products(two_outputs: Callable) -> figures.Picture:
    """Each row of a photograph under three kernels, two numbers from four products (Winograd, 1980)."""
    kernels = {"edges": (1.0, 0.0, -1.0), "a mean": (1 / 3, 1 / 3, 1 / 3), "sharper": (-1.0, 3.0, -1.0)}
    photo, results, differences = grey(), [], []
    d = [photo[:, start : start + 94 : 2] for start in range(4)]  # (96, 47): all pairs of all rows at once
    for g0, g1, g2 in kernels.values():
        u = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2)
        result = torch.stack(two_outputs(d, u), dim=2).flatten(1)
        torchs = F.conv2d(photo[None, None], torch.tensor([[[[g0, g1, g2]]]]))[0, 0]
        results.append(result + 0.5 * (g0 + g1 + g2 == 0))
        differences.append(0.5 + 2e6 * (result - torchs))
    return figures.image_grid(
        torch.stack(results + differences)[:, None].clamp(0, 1),
        list(kernels) * 2,
        rows=["yours", "minus torch's"],
        columns=3,
        source=SOURCE,
        title="Your four products, and how far they are from torch's six",
        caption="*Below, middle grey is no difference, and black or white is a quarter of a millionth. What is added "
        "in another order is rounded otherwise. Which kernel loses nothing, and why?*",
        seen="The lower row is noise, in which the photograph can be made out at most faintly.",
    )
