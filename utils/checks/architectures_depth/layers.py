"""Layers as tuples: ("conv", out_channels, kernel_size, padding, groups), ("pool", size) or ("linear", outputs)."""

from utils import arithmetic

LENET = [
    ("conv", 6, 5, 2, 1),
    ("pool", 2),
    ("conv", 16, 5, 0, 1),
    ("pool", 2),
    ("linear", 120),
    ("linear", 84),
    ("linear", 10),
]
# The CNN for Fashion-MNIST and the summary that it prints are the pair exercise of the source lectures.
CNN = [
    ("conv", 64, 3, 0, 1),
    ("pool", 2),
    ("conv", 128, 3, 0, 1),
    ("pool", 2),
    ("linear", 200),
    ("linear", 10),
]


def after(layer: tuple, before: tuple[int, ...]) -> tuple[int, ...]:
    """The shape after a layer, (C, H, W) or (outputs,), from that before it."""
    kind, *settings = layer
    if kind == "linear":
        return (settings[0],)
    channels, *size = before
    if kind == "pool":
        return (
            channels,
            *(arithmetic.output_size(i, kernel_size=settings[0], stride=settings[0]) for i in size),
        )
    channels, kernel_size, padding, _ = settings
    return (channels, *(arithmetic.output_size(i, kernel_size, padding=padding) for i in size))
