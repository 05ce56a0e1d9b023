"""An epoch of lecture 03's CNN, batch 64: our loop, the floor under it, and the loop everyone writes first."""

import contextlib
import io

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from benchmarks.side_by_side import measure, table
from utils import models, settings
from utils.data import Dataset, fashion_mnist
from utils.training import choose_precision, fit
from utils.training.precision import autocast, choose_memory_format, layout

BATCH_SIZE = 64
STEPS = 150


def run(rounds: int) -> str:
    """The table of one epoch of ``STEPS`` batches."""
    train, _ = fashion_mnist()
    data = train.subset(torch.arange(BATCH_SIZE * STEPS) % len(train))
    device = settings.device()
    chosen, memory_format = choose_precision(device), choose_memory_format(device)
    floor = f"one resident batch ({chosen}, {memory_format})"
    contenders = {
        floor: lambda: resident_batch(data, device),
        f"fit ({chosen}, {memory_format})": lambda: ours(data, None),
        "fit (fp32, contiguous)": lambda: ours(data, "contiguous", "fp32"),
        "DataLoader, image by image (fp32)": lambda: per_item(data, device),
    }
    title = f"One epoch of {STEPS} batches of {BATCH_SIZE}, the 716,706-parameter CNN, {device}"
    return table(measure(contenders, rounds, "epoch"), floor, title)


def new_model() -> nn.Module:
    settings.set_seed(0)
    return models.create("cnn")


def ours(data: Dataset, memory_format: str | None, precision: str | None = None) -> None:
    """``fit`` as a lecture calls it, its progress bar included (but not shown)."""
    with contextlib.redirect_stdout(io.StringIO()):
        fit(
            new_model(),
            data,
            epochs=1,
            batch_size=BATCH_SIZE,
            memory_format=memory_format,
            precision=precision,
        )


def resident_batch(data: Dataset, device: torch.device) -> None:
    """The floor: the same step again and again on one batch that is already there. Nothing is loaded or counted."""
    memory_layout = layout(choose_memory_format(device))
    model = new_model().to(device, memory_format=memory_layout)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    images = (data.images[:BATCH_SIZE] / 255).to(device, memory_format=memory_layout)
    labels = data.labels[:BATCH_SIZE].to(device)
    for _ in range(STEPS):
        with autocast(device, choose_precision(device)):
            loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    loss.item()  # a GPU must have finished


class OneByOne(torch.utils.data.Dataset):
    """The data set of the source lecture: each image is converted when it is asked for."""

    def __init__(self, data: Dataset):
        self.images, self.labels = data.images, data.labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        return self.images[index].float() / 255, self.labels[index]


def per_item(data: Dataset, device: torch.device) -> None:
    """The source lecture's loop: a DataLoader that stacks single images, Adam, and a number asked for each batch."""
    model = new_model().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for images, labels in DataLoader(OneByOne(data), batch_size=BATCH_SIZE, shuffle=True):
        loss = F.cross_entropy(model(images.to(device)), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
