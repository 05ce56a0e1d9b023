"""Checks of assignment 06: wrong answers and their words, right answers written in other ways."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils.checks import normalisation as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def wide(numbers):
    return numbers.view(1, -1, 1, 1)


def drop(
    shape=lambda x: (*x.shape[:2], 1, 1),
    scale=lambda p: 1 / (1 - p),
    afterwards=lambda x, p: x,
    share=lambda p: p,
):
    def answer(x, p, training):
        if not training:
            return afterwards(x, p)
        return x * (torch.rand(shape(x)) >= share(p)) * scale(p)

    return answer


def same_seed(x, p, training):
    torch.manual_seed(0)
    return drop()(x, p, training)


def equally_many(x, p, training):
    if not training:
        return x
    order = torch.rand(x.shape[:2]).argsort(dim=1).argsort(dim=1)
    return x * (order >= round(p * x.shape[1]))[..., None, None] / (1 - p)


def exactly_so_many(x, p, training):
    """Of all channels together always the same number."""
    if not training:
        return x
    numbers = len(x) * x.shape[1]
    stays = torch.randperm(numbers) >= round(p * numbers)
    return x * stays.view(*x.shape[:2], 1, 1) / (1 - p)


def by_the_share(x, p, training):
    if not training:
        return x
    stays = torch.rand(*x.shape[:2], 1, 1) >= p
    return x * stays / stays.float().mean()


def drawn_by_numpy(x, p, training):
    return x * torch.from_numpy(np.random.rand(len(x), x.shape[1], 1, 1) >= p) / (1 - p) if training else x


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (drawn_by_numpy, "after the same `torch.manual_seed` other channels"),
        (drop(shape=lambda x: x.shape), "single pixels vanish"),
        (drop(shape=lambda x: (*x.shape[:3], 1)), "or rows of them"),
        (drop(shape=lambda x: (1, x.shape[1], 1, 1)), "every image loses the same channels"),
        (drop(shape=lambda x: (len(x), 1, 1, 1)), "all of its channels or none"),
        (equally_many, "equally many channels"),
        (drop(share=lambda p: 1 - p), "to vanish, not to stay"),
        (drop(share=lambda p: p / 2), "vanish, and about 20 % should."),
        (drop(scale=lambda p: 1), "must be made larger"),
        (drop(scale=lambda p: 1 - p), "is made smaller"),
        (drop(scale=lambda p: 1 / p if p else 1), "is divided by p."),
        (drop(afterwards=lambda x, p: x * (1 - p)), "nothing is left to be made up for"),
        (drop(afterwards=lambda x, p: x / (1 - p)), "so nothing is made larger"),
        (lambda x, p, training: drop()(x, p, True), "something was dropped, and nothing may be"),
        (lambda x, p, training: x, "nothing is dropped"),
        (lambda x, p, training: x * 0 if training else x, "everything is dropped"),
        (same_seed, "sets torch's seed"),
        (exactly_so_many, "every call drops equally many channels"),
        (by_the_share, "the share that happened to stay"),
        (lambda x, p, training: drop()(x, p, training)[0] if training else x, "the shape must be"),
    ],
)
def test_wrong_dropouts(answer, words, message):
    assert words in message(check.dropout2d, answer)


class Functions(nn.Module):
    """The repaired network with its own forward; ``drop(x, p)`` and ``norm(layer, x)`` may do what functions do."""

    def __init__(self, drop=None, norm=lambda layer, x: layer(x), activation=F.relu, kernel=3, classes=10):
        super().__init__()
        self.drop1, self.drop2 = nn.Dropout2d(0.2), nn.Dropout()
        self.conv1 = nn.Conv2d(3, 16, 3, padding="same", bias=False)
        self.conv2 = nn.Conv2d(16, 32, kernel, padding="same", bias=False)
        self.norm1, self.norm2, self.linear = nn.BatchNorm2d(16), nn.BatchNorm2d(32), nn.Linear(32, classes)
        self.drop, self.norm, self.activation = drop, norm, activation

    def forward(self, x):
        x = F.max_pool2d(self.activation(self.norm(self.norm1, self.conv1(x))), 2)
        x = self.drop(x, 0.2) if self.drop else self.drop1(x)
        x = F.relu(self.norm(self.norm2, self.conv2(x))).mean(dim=(2, 3))
        return self.linear(self.drop(x, 0.5) if self.drop else self.drop2(x))


def batch_only(norm, x):
    return F.batch_norm(x, None, None, norm.weight, norm.bias, training=True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (nn.Sequential(nn.Conv2d(3, 16, 3)), "this is a network"),
        (lambda: Functions(F.dropout), "something is still being dropped"),
        (lambda: Functions(lambda x, p: x, batch_only), "depend on the other images"),
        (lambda: Functions(classes=2), "must become (5, 10), but yours become (5, 2)"),
        (lambda: Functions(kernel=5), "432 + 32 + 4,608 + 64 + 330"),
        (lambda: Functions(norm=lambda layer, x: layer(x) if len(layer.bias) < 32 else x), "and never used"),
        (lambda: Functions(activation=torch.tanh), "the shape is right, but"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


def sequence():
    """Pooling before the ReLU, which is the same, dropout of (N, 32, 1, 1), and a part by itself."""
    return nn.Sequential(
        *(
            nn.Conv2d(3, 16, 3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Dropout2d(0.2),
        ),
        *(nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Dropout(), nn.Flatten(), nn.Linear(32, 10)),
    )


def one_formula(x, weight, bias, running_mean, running_var, training):
    """In doubles, with the variance as mean of squares minus square of mean."""
    flat = x.double().transpose(0, 1).flatten(1)  # (C, N·H·W)
    mean, var = flat.mean(1), (flat**2).mean(1) - flat.mean(1) ** 2
    if training:
        m = flat.shape[1]
        running_mean = running_mean + (mean - running_mean) / 10
        running_var = running_var.lerp((var * m / (m - 1)).float(), 0.1)
    else:
        mean, var = running_mean, running_var
    scale = weight / (var + 0.00001) ** 0.5
    return x * wide(scale) + wide(bias - mean * scale), running_mean, running_var


def by_the_formula(x, weight, upstream):
    """As the sum over a batch of its numbers, each in double precision."""
    m, dims = x[:, 0].numel(), (0, 2, 3)
    mean = x.mean(dims, keepdim=True)
    sigma = ((x - mean).square().mean(dims, keepdim=True) + 1e-5).sqrt()
    hat = (x - mean) / sigma
    dweight, dbias = (upstream * hat).sum(dims), upstream.sum(dims)
    return wide(weight) / (m * sigma) * (m * upstream - wide(dbias) - hat * wide(dweight)), dweight, dbias


def by_three_ways(x, weight, upstream):
    """Step by step, backwards through each line of the forward pass."""
    m, dims = x[:, 0].numel(), (0, 2, 3)
    centred = x - x.mean(dims, keepdim=True)
    variance = (centred**2).sum(dims, keepdim=True) / m
    inverse = (variance + 1e-5) ** -0.5
    dhat = upstream * wide(weight)
    dvariance = (dhat * centred).sum(dims, keepdim=True) * -0.5 * inverse**3
    dcentred = dhat * inverse + dvariance * 2 * centred / m
    dx = dcentred - dcentred.sum(dims, keepdim=True) / m
    return dx, (upstream * centred * inverse).sum(dims), upstream.sum(dims)


def group_by_group(x, groups):
    y = torch.empty_like(x)
    each = x.shape[1] // groups
    for image in range(len(x)):
        for start in range(0, x.shape[1], each):
            part = x[image, start : start + each]
            y[image, start : start + each] = (part - part.mean()) / (part.var(correction=0) + 1e-5) ** 0.5
    return y


def channel_by_channel(x, p, training):
    y = x.clone()
    if training:
        for image in y:
            for channel in image:
                channel *= 0 if torch.rand(()) < p else 1 / (1 - p)
    return y


RIGHT = [
    (check.numbers_per_mean, lambda N, C, H, W, G: tuple(n * H * W for n in (N, C, 1, C // G))),
    (check.batch_norm, one_formula),
    (check.batch_norm_backward, by_the_formula),
    (check.batch_norm_backward, by_three_ways),
    (check.group_norm, group_by_group),
    (check.dropout2d, drop()),
    (check.dropout2d, channel_by_channel),
    (check.repaired, Functions),
    (check.repaired, sequence),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
