"""An epoch of two networks: our loop, the floor under it, the loop everyone writes first, and two libraries."""

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from benchmarks.peers import InOurPrecision, OurBatches, with_fastai, with_lightning
from benchmarks.side_by_side import Table, measure
from utils import models, settings
from utils.data import Batches, Dataset, cifar10, fashion_mnist
from utils.settings import synchronize
from utils.training import choose_precision, fit
from utils.training.precision import autocast, choose_memory_format, layout

FLOOR = "one resident batch"
OURS = "fit"
FP32 = "fit, fp32, contiguous"
PER_ITEM = "DataLoader, image by image"
LIGHTNING, FASTAI = "Lightning, its defaults", "fastai, its defaults"
LIGHTNING_EQUAL, FASTAI_EQUAL = (
    "Lightning with our batches and precision",
    "fastai with our batches and precision",
)

FASHION = "An epoch of the Fashion-MNIST CNN"
CIFAR = "An epoch of ResNet-20 on CIFAR-10"
NETWORKS = {  # data, network, images in a batch, and steps: an epoch is cut to so many, the same for all
    FASHION: (fashion_mnist, "cnn", 64, 32),
    CIFAR: (cifar10, "resnet20", 128, 4),
}


def run(rounds: int) -> list[Table]:
    """A table for each network."""
    device = settings.device()
    how = f"{choose_precision(device)} and {choose_memory_format(device)}"
    tables = []
    for title, (name, data, batch_size) in tasks():
        seconds = measure(contenders(name, data, batch_size, device), rounds, title)
        steps = f"{len(data) // batch_size} steps of {batch_size} images, on {device}"
        tables.append(Table(title, FLOOR, seconds, {FLOOR: how, OURS: how, PER_ITEM: steps}))
    return tables


def tasks() -> Iterator[tuple[str, tuple[str, Dataset, int]]]:
    """Title; then the network's name, the images of its epoch, and how many of them are in a batch."""
    for title, (load, name, batch_size, steps) in NETWORKS.items():
        train, _ = load()
        if settings.device().type == "cuda":
            steps *= 50  # or a new network's first step would be most of what is measured
        yield title, (name, train.subset(torch.arange(batch_size * steps) % len(train)), batch_size)


def new_model(name: str, data: Dataset) -> nn.Module:
    settings.set_seed(0)
    return models.create(name, in_channels=data.images.shape[1], image_size=data.images.shape[2])


def contenders(name: str, data: Dataset, batch_size: int, device: torch.device) -> dict[str, Callable[[], float]]:
    """Each trains a new network for an epoch and returns the seconds of that epoch."""
    new = partial(new_model, name, data)
    items = SourceImages(data)
    loader = DataLoader(items, batch_size=batch_size, shuffle=True)

    def equal() -> tuple[nn.Module, OurBatches]:
        memory_format = layout(choose_memory_format(device))
        batches = Batches(data, batch_size, shuffle=True, device=device, memory_format=memory_format)
        return InOurPrecision(new(), device), OurBatches(batches)

    return {
        FLOOR: lambda: resident_batch(new(), data, batch_size, device),
        OURS: lambda: ours(new(), data, batch_size),
        FP32: lambda: ours(new(), data, batch_size, precision="fp32", memory_format="contiguous"),
        PER_ITEM: lambda: per_item(*with_adam(new().to(device)), loader),
        LIGHTNING: lambda: with_lightning(new(), loader),
        LIGHTNING_EQUAL: lambda: with_lightning(*equal()),
        FASTAI: lambda: with_fastai(new(), items, batch_size),
        FASTAI_EQUAL: lambda: with_fastai(*equal(), batch_size),
    }


def ours(model: nn.Module, data: Dataset, batch_size: int, **how: str) -> float:
    """``fit`` as a lecture calls it, its progress bar included (but not shown)."""
    with contextlib.redirect_stdout(io.StringIO()):
        return fit(model, data, epochs=1, batch_size=batch_size, **how).seconds[0]


def resident_batch(model: nn.Module, data: Dataset, batch_size: int, device: torch.device) -> float:
    """The floor: the same step again and again on one batch that is already there. Nothing is loaded or counted."""
    memory_layout = layout(choose_memory_format(device))
    model.to(device, memory_format=memory_layout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    images = (data.images[:batch_size] / 255).to(device, memory_format=memory_layout)
    labels = data.labels[:batch_size].to(device)
    synchronize(device)
    began = time.perf_counter()
    for _ in range(len(data) // batch_size):
        with autocast(device, choose_precision(device)):
            loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    synchronize(device)
    return time.perf_counter() - began


class SourceImages(torch.utils.data.Dataset):
    """The data set of the source lecture: floats from the start, handed out one by one."""

    def __init__(self, data: Dataset):
        self.images, self.labels = data.images.float() / 255, data.labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        return self.images[index], self.labels[index]


def with_adam(model: nn.Module) -> tuple[nn.Module, torch.optim.Optimizer]:
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def per_item(model: nn.Module, optimizer: torch.optim.Optimizer, loader: DataLoader) -> float:
    """The source lecture's loop: a DataLoader that stacks single images, and a number asked for after each batch."""
    device, losses = next(model.parameters()).device, []
    began = time.perf_counter()
    for images, labels in loader:
        loss = F.cross_entropy(model(images.to(device)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return time.perf_counter() - began
