"""A network made by hand that tells bars apart, and pictures of bars: what Inside the Net shows by itself."""

from collections import OrderedDict

import torch
from torch import nn

from utils.data import Dataset

SIZE = 16


def bar_network() -> nn.Sequential:
    """(N, 1, 16, 16) -> logits (N, 4): upright, lying, rising, falling. Four 3×3 kernels, each a bright bar."""
    eye = torch.eye(3)
    kernels = torch.stack([torch.tensor([[0.0, 1, 0]] * 3), torch.tensor([[0.0, 1, 0]] * 3).T, eye.flip(1), eye])
    edges, head = nn.Conv2d(1, 4, kernel_size=3, padding=1), nn.Linear(4, 4)
    edges.weight.data = (2 * kernels - 0.9)[:, None]  # bright on the bar, dark beside it
    edges.bias.data = torch.full((4,), -1.0)
    head.weight.data = 8 * (torch.eye(4) - 0.4)
    head.bias.data = torch.zeros(4)
    parts = {
        "bars": nn.Sequential(edges, nn.ReLU()),
        "pooled": nn.MaxPool2d(2),
        "head": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), head),
    }
    return nn.Sequential(OrderedDict(parts))


def bar_pictures() -> Dataset:
    """Four pictures with a long bar each; in the last one a shorter bar crosses it."""
    row, column = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    bars = [
        (column == 4) & (row > 1) & (row < 13),
        (row == 10) & (column > 2) & (column < 14),
        (row + column == 14) & (row > 2) & (row < 12),
        ((row - column == 1) & (row > 2) & (row < 14)) | ((column == 12) & (row < 6)),
    ]
    images = (255 * torch.stack(bars)[:, None]).to(torch.uint8)
    names = ("upright", "lying", "rising", "falling")
    return Dataset(images, torch.arange(4), names, "bars drawn by the course")
