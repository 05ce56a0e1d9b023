"""Networks that a figure trains for a second or two."""

from itertools import chain, count, islice

import torch
from torch import nn
from torch.nn import functional as F

from utils.data import Batches, Dataset


def learn(network: nn.Module, dataset: Dataset, *, steps: int, rate: float) -> list[float]:
    """Train the network by gradient descent with momentum, 64 images a step. Returns the loss of each step."""
    batches, losses = Batches(dataset, 64, shuffle=True), []
    optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
    network.train()
    for images, labels in islice(chain.from_iterable(map(batches.epoch, count())), steps):
        loss = F.cross_entropy(network(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def means(losses: list[float], every: int) -> list[float]:
    """The mean of each ``every`` losses, so that a curve is smooth enough to be read."""
    return [sum(losses[i : i + every]) / every for i in range(0, len(losses), every)]
