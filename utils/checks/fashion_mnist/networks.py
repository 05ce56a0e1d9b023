"""A network of one layer with random numbers."""

from torch import nn

from utils.checks.inputs import Random, randomise


def random_linear(random: Random, inputs: int, classes: int) -> nn.Linear:
    layer = nn.Linear(inputs, classes)
    randomise(layer, random)
    return layer
