"""Small networks with random numbers."""

from torch import nn

from utils.checks.inputs import Random, randomise


def random_linear(random: Random, inputs: int, classes: int) -> nn.Linear:
    layer = nn.Linear(inputs, classes)
    randomise(layer, random)
    return layer


def random_cnn(random: Random, channels: int, size: int, classes: int) -> nn.Sequential:
    """(N, channels, size, size) → logits (N, classes), with a batch norm, which hears of the mode."""
    network = nn.Sequential(
        nn.Conv2d(channels, 3, 3, padding=1), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(3 * size**2, classes)
    )
    for layer in (network[0], network[1], network[3]):
        randomise(layer, random)
    return network
