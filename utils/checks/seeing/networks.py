"""What the checks of assignment 11 look into: a small network with random weights, and the hooks on one."""

from torch import nn

from utils.checks import noting
from utils.checks.inputs import Random, randomise


def small_network(random: Random) -> nn.Sequential:
    """(N, 2, H, W) -> logits (N, 3), weights from ``random``, in evaluation mode; its first four layers make maps."""
    network = nn.Sequential(
        nn.Conv2d(2, 5, 3),
        nn.ReLU(),
        nn.Conv2d(5, 4, 3),
        nn.Tanh(),
        nn.BatchNorm2d(4),
        nn.Dropout(0.3),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
    for layer in (network[0], network[2], network[4], network[8]):
        randomise(layer, random)
    for parameter in network.parameters():
        parameter.grad = random.normal(*parameter.shape)  # somebody else's
    return network.eval().requires_grad_(True)


def hooks_on(network: nn.Module) -> int:
    """How many hooks there are on a network and its layers."""
    return sum(map(noting.hooks_on, network.modules()))
