"""Checks of assignment 07: right answers written in other ways, and wrong ones that no declared mistake is."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from utils import arithmetic
from utils.checks import architectures_depth as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs

shapes = check.shapes.right


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda l, s: [t if len(t) == 3 else t[0] for t in shapes(l, s)], "has a comma: (120,)"),
        (lambda l, s: [(t[0], s[1], s[2]) for t in shapes(l, s)], "layer 2, ('pool', 2), gets (6, 28, 28). After it"),
        (lambda l, s: [tuple(i / 1 for i in t) for t in shapes(l, s)], "divides without a remainder"),
        (lambda l, s: shapes(l, s)[-1], "a list of 7 shapes"),
        (lambda l, s: shapes(l, s)[:1], "the `return` stand inside the loop"),
        (lambda l, s: [s, *shapes(l, s)], "begins with the shape of the image"),
        (lambda l, s: print(l), "It returned NoneType"),
        (lambda l, s: ["x".join(map(str, t)) for t in shapes(l, s)], "That is text"),
    ],
)
def test_wrong_shapes(answer, words, message):
    assert words in message(check.shapes, answer)


class Steps(nn.Module):
    """A VGG with a forward of its own."""

    def __init__(self, configuration, in_channels):
        super().__init__()
        self.configuration = configuration
        self.convolutions = nn.ModuleList()
        for entry in configuration:
            if entry != "pool":
                self.convolutions.append(nn.Conv2d(in_channels, entry, 3, padding="same"))
                in_channels = entry

    def forward(self, x):
        convolutions = iter(self.convolutions)
        for entry in self.configuration:
            x = torch.max_pool2d(x, 2) if entry == "pool" else next(convolutions)(x).relu()
        return x


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def nin(pool=nn.Identity, last=1):
    return lambda i, m, k: nn.Sequential(
        *(nn.Conv2d(i, m, 3, padding="same", bias=False), nn.ReLU(), nn.Conv2d(m, m, 1), nn.ReLU(), pool()),
        *(nn.Conv2d(m, k, last), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten()),
    )


def deep(start=nn.init.kaiming_normal_, relu=nn.ReLU, depth=10, padding=1, end=nn.Identity):
    def answer():
        layers, channels = [], 1
        for _ in range(depth):
            layers += [nn.Conv2d(channels, 32, 3, padding=padding), relu()]
            start(layers[-2].weight)
            channels = 32
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10), end())

    return answer


def unbiased(network):
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            layer.bias = None
    return network


@pytest.mark.parametrize(
    ("examine", "answer", "words"),
    [
        (check.vgg, lambda c, i: [nn.Conv2d(i, c[0], 3)], "must return a network (an nn.Module), but it returned list"),
        (check.vgg, lambda c, i: nn.Sequential([nn.Conv2d(i, c[0], 3)]), "your code raised TypeError"),
        (check.vgg, lambda c, i: unbiased(check.vgg.right(c, i)), "Biases are missing"),
        (check.nin_end, nin(last=3), "kernel_size=(1, 1), stride=(1, 1)) your network has Conv2d("),
        (check.nin_end, lambda i, m, k: Mean(), "torch finds no layer"),
        (check.repaired, deep(relu=nn.Softplus), "the shape is right, but"),
        (check.repaired, deep(depth=9), "74,634 parameters and the plan 83,882: 320 + 9,248 + "),
        (check.repaired, deep(end=lambda: nn.Linear(10, 10)), "83,882"),
        (check.repaired, deep(end=lambda: nn.Unflatten(1, (2, 5))), "must become (4, 10)"),
        (check.repaired, deep(lambda weight: weight, nn.Tanh, padding=0), "Convolution 1 makes"),
    ],
)
def test_wrong_networks(examine, answer, words, message):
    assert words in message(examine, answer)


class Functional(nn.Module):
    """The repaired network without a single nn.ReLU, its weights uniform."""

    def __init__(self):
        super().__init__()
        widths = [1] + 10 * [32]
        pairs = pairwise(widths)
        self.convolutions = nn.ModuleList(nn.Conv2d(i, o, 3, padding=1) for i, o in pairs)
        for layer in self.convolutions:
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        self.linear = nn.Linear(32, 10)

    def forward(self, x):
        for layer in self.convolutions:
            x = layer(x).relu_()
        return self.linear(x.mean((2, 3)))


def by_torch(layers, shape):
    """Every layer is made and run."""
    x, found = torch.zeros(1, *shape), []
    for kind, *settings in layers:
        if kind == "conv":
            x = nn.Conv2d(x.shape[1], settings[0], settings[1], padding=settings[2], groups=settings[3])(x)
        elif kind == "pool":
            x = torch.max_pool2d(x, settings[0])
        else:
            x = nn.Linear(x.numel(), settings[0])(x.flatten(1))
        found.append(tuple(x.shape[1:]))
    return found


def costs_by_arithmetic(layer, before, after):
    """A linear layer is a convolution whose kernel is as large as the map."""
    if layer[0] == "pool":
        return 0, 0
    kernel_size, groups = ((*before[1:], 1, 1)[:2], 1) if layer[0] == "linear" else (layer[2], layer[4])
    settings = {
        "in_channels": before[0],
        "out_channels": after[0],
        "kernel_size": kernel_size,
        "groups": groups,
    }
    work = arithmetic.multiply_adds(**settings, output_size=(*after[1:], 1, 1)[:2])
    return arithmetic.parameter_count(**settings), work


RIGHT = [
    (check.shapes, by_torch),
    (check.shapes, lambda layers, shape: tuple(by_torch(layers, shape))),
    (check.costs._replace(allowed=("utils.arithmetic",)), costs_by_arithmetic),
    (check.vgg, Steps),
    (check.nin_end, nin()),
    (check.nin_end, nin(lambda: nn.AdaptiveAvgPool2d(1))),  # the mean before the last convolution is the same
    (check.repaired, deep(lambda weight: nn.init.kaiming_normal_(weight, mode="fan_out"))),
    (check.repaired, deep(lambda weight: nn.init.orthogonal_(weight, gain=2**0.5))),
    (check.repaired, Functional),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
