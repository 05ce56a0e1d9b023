"""Checks of assignment 05: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import models
from utils.checks import cat_or_dog as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def kept(images, labels, first, second):
    mask = (labels == first) | (labels == second)
    return images[mask], (labels[mask] == second).long()


def fully_connected(c, h, w, k):
    return 512 * c * h * w + 512 + 513 * k


def convolutional(c, h, w, k):
    return 9 * c * 32 + 32 + 18_496 + 73_856 + 129 * k


def test_the_counts_are_those_of_the_lecture():
    """Not against a formula: against torch, with the network of lecture 05 written out."""
    layers = []
    for inputs, outputs in [(3, 32), (32, 64), (64, 128)]:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(128, 2))
    mlp = models.create("cat_dog", num_classes=2, in_channels=3, image_size=32)
    both = models.count_parameters(mlp), models.count_parameters(network)
    assert both == (fully_connected(3, 32, 32, 2), convolutional(3, 32, 32, 2))
    check.counts(lambda *size: both if size == (3, 32, 32, 2) else (fully_connected(*size), convolutional(*size)))


class Block(nn.Module):
    """The plan; other blocks change one thing."""

    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(2))
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def residual(self, x):
        return self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))

    def forward(self, x):
        return F.relu(x + self.residual(x))


class NotSet(Block):
    def __init__(self, channels):
        self.conv1 = nn.Conv2d(channels, channels, 3)


class OneMoreNumber(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.scale = nn.Parameter(torch.ones(1))


class Quick(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.norm2.momentum = 0.9


class Hidden(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.convolutions = [self.conv1, self.conv2]
        del self.conv1, self.conv2

    def residual(self, x):
        return self.norm2(self.convolutions[1](F.relu(self.norm1(self.convolutions[0](x)))))


def with_convolutions(**settings):
    def make(channels):
        block = Block(channels)
        block.conv1 = nn.Conv2d(channels, channels, 3, bias=False, **{"padding": 1} | settings)
        return block

    return make


class TakesAway(Block):
    def forward(self, x):
        return F.relu(x - self.residual(x))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (TakesAway, "the shape is right, but"),
        (Quick, "Leave its `momentum` as torch has it"),
        (Hidden, "in a Python list torch does not see them"),
        (
            with_convolutions(dilation=2, padding=2),
            "Conv2d with dilation=(2, 2) stands where dilation=(1, 1) is planned",
        ),
        (with_convolutions(padding_mode="reflect"), "Conv2d with padding_mode='reflect' stands where"),
        (lambda channels: with_convolutions(groups=channels)(channels), "from 3 to 3 maps in 3 groups"),
        (NotSet, "cannot assign module before Module.__init__"),
        (OneMoreNumber, "your network does what was planned, but it has"),
    ],
)
def test_wrong_blocks(answer, words, message):
    assert words in message(check.residual_block, answer)


def difference(first, second):
    return second.double() - first.double()


def gain(first, second):
    return difference(first, second).mean().item()


def spread(first, second):
    return difference(first, second).std(correction=0).item()


def scatter(first, second):
    return spread(first, second) / len(first) ** 0.5


def chosen_one_by_one(images, labels, first, second):
    names = {first: 0, second: 1}
    places = [place for place, label in enumerate(labels.tolist()) if label in names]
    return images[places], torch.tensor([names[labels[place].item()] for place in places])


def counted_by_torch(channels, height, width, classes):
    with torch.device("meta"):
        hidden = nn.Linear(channels * height * width, 512)
        mlp = [hidden, nn.Linear(512, classes)]
        net = [
            nn.Conv2d(channels, 32, 3),
            nn.Conv2d(32, 64, 3),
            nn.Conv2d(64, 128, 3),
            nn.Linear(128, classes),
        ]
    return tuple(sum(p.numel() for layer in part for p in layer.parameters()) for part in (mlp, net))


def looked_at_one_by_one(first, second):
    rows = []
    for a, b in zip(first, second, strict=True):
        both = torch.stack([x - x.max() - (x - x.max()).exp().sum().log() for x in (a, b)])
        largest = both.max(dim=0).values
        rows.append(largest + (both - largest).exp().mean(0).log())
    return torch.stack(rows)


class AsSequential(nn.Module):
    """The layers in another order than they are used in, the branch as one Sequential."""

    def __init__(self, channels):
        super().__init__()
        self.last = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding="same", bias=False)
        self.start = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding="same", bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        )

    def forward(self, x):
        return (self.last(self.second(self.start(x))) + x).clamp(min=0)


def counted_gain(first, second):
    better, worse = (second & ~first).sum().item(), (first & ~second).sum().item()
    n = len(first)
    mean = (better - worse) / n
    return mean, ((better + worse) / n - mean**2) ** 0.5 / n**0.5


RIGHT = [
    (check.two_classes, kept),
    (check.two_classes, chosen_one_by_one),
    (check.counts, lambda *size: (fully_connected(*size), convolutional(*size))),
    (check.counts, counted_by_torch),
    (check.two_looks, looked_at_one_by_one),
    (check.residual_block, Block),
    (check.residual_block, AsSequential),
    (check.paired_gain, lambda a, b: (gain(a, b), scatter(a, b))),
    (check.paired_gain, counted_gain),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
