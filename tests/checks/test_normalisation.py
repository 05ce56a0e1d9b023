"""Checks of assignment 06: wrong answers and their words, right answers written in other ways."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import layers
from utils.checks import normalisation as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs

COUNTS = {
    "batch": lambda N, C, H, W, G: N * H * W,
    "layer": lambda N, C, H, W, G: C * H * W,
    "instance": lambda N, C, H, W, G: H * W,
    "group": lambda N, C, H, W, G: C // G * H * W,
}


def counts(**wrong):
    return lambda *case: tuple(count(*case) for count in (COUNTS | wrong).values())


def wide(numbers):
    return numbers.view(1, -1, 1, 1)


class Norm:
    """Batch norm as asked for; wrong answers change one of its steps."""

    axes = (0, 2, 3)
    keep = 0.9

    def __call__(self, x, weight, bias, mean, var, training):
        m = self.m(x)
        moved_mean = self.keep * mean + (1 - self.keep) * x.mean((0, 2, 3))
        moved_var = self.keep * var + (1 - self.keep) * self.towards(x, m)
        if training:
            used = x.mean(self.axes, keepdim=True), x.var(self.axes, correction=0, keepdim=True)
            return self.affine((x - used[0]) / self.root(used[1], m), weight, bias), moved_mean, moved_var
        return self.evaluation(x, weight, bias, mean, var, moved_mean, moved_var)

    def m(self, x):
        return x[:, 0].numel()

    def towards(self, x, m):
        return x.var((0, 2, 3), correction=0) * m / (m - 1)

    def root(self, var, m):
        return (var + 1e-5).sqrt()

    def affine(self, y, weight, bias):
        return y * wide(weight) + wide(bias)

    def evaluation(self, x, weight, bias, mean, var, moved_mean, moved_var):
        return self.affine((x - wide(mean)) / self.root(wide(var), 99), weight, bias), mean, var


def norm(**changes):
    return type("Changed", (Norm,), changes)()


def by_torch(x, weight, bias, mean, var, training):
    mean, var = mean.clone(), var.clone()
    return F.batch_norm(x, mean, var, weight, bias, training, momentum=0.1, eps=1e-5), mean, var


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
        (drop(share=lambda p: p / 2), "vanish, and about 20% should."),
        (drop(scale=lambda p: 1), "must be made larger"),
        (drop(scale=lambda p: 1 - p), "is made smaller"),
        (drop(scale=lambda p: 1 / p if p else 1), "is divided by p."),
        (drop(afterwards=lambda x, p: x * (1 - p)), "nothing is left to be made up for"),
        (drop(afterwards=lambda x, p: x / (1 - p)), "so nothing is made larger"),
        (lambda x, p, training: drop()(x, p, True), "something was dropped, and nothing may be"),
        (lambda x, p, training: x, "nothing is dropped"),
        (lambda x, p, training: x * 0 if training else x, "everything is dropped"),
        (same_seed, "Draw anew in each call"),
        (lambda x, p, training: drop()(x, p, training)[0], "the shape must be"),
    ],
)
def test_wrong_dropouts(answer, words, message):
    assert words in message(check.dropout2d, answer)


PLAN = {
    "conv1": lambda: nn.Conv2d(3, 16, 3, padding=1, bias=False),
    "norm1": lambda: nn.BatchNorm2d(16),
    "relu1": nn.ReLU,
    "pool": lambda: nn.MaxPool2d(2),
    "drop1": lambda: nn.Dropout2d(0.2),
    "conv2": lambda: nn.Conv2d(16, 32, 3, padding=1, bias=False),
    "norm2": lambda: nn.BatchNorm2d(32),
    "relu2": nn.ReLU,
    "mean": lambda: nn.AdaptiveAvgPool2d(1),
    "flat": nn.Flatten,
    "drop2": lambda: nn.Dropout(0.5),
    "linear": lambda: nn.Linear(32, 10),
}


def network(order=tuple(PLAN), **changes):
    return lambda: nn.Sequential(*[(PLAN | changes)[name]() for name in order])


def swapped(first, second):
    order = list(PLAN)
    i, j = order.index(first), order.index(second)
    order[i], order[j] = second, first
    return order


class Functions(nn.Module):
    """The plan in functions: ``drop(x, p)`` and ``norm(x)`` do what functions do."""

    def __init__(self, drop, norm):
        super().__init__()
        self.conv1, self.conv2, self.linear = PLAN["conv1"](), PLAN["conv2"](), PLAN["linear"]()
        self.norm1, self.norm2 = PLAN["norm1"](), PLAN["norm2"]()
        self.drop, self.norm = drop, norm

    def forward(self, x):
        x = self.drop(F.max_pool2d(F.relu(self.norm(self.norm1, self.conv1(x))), 2), 0.2)
        x = F.relu(self.norm(self.norm2, self.conv2(x))).mean(dim=(2, 3))
        return self.linear(self.drop(x, 0.5))


def own_norm(norm, x):
    return norm(x)


def batch_only(norm, x):
    return F.batch_norm(x, None, None, norm.weight, norm.bias, training=True)


class Skips(nn.Sequential):
    """All planned layers are there, and the second batch norm is never used."""

    def forward(self, x):
        for layer in self:
            if not (isinstance(layer, nn.BatchNorm2d) and layer.num_features == 32):
                x = layer(x)
        return x


DROPS_MAPS = (*list(PLAN)[:8], "drop2", "mean", "flat", "linear")
SWAPPED_DROPS = swapped("drop2", "flat")
RELU_FIRST = ("conv1", "relu1", "norm1", "pool", "drop1", "conv2", "relu2", "norm2", *list(PLAN)[8:])
POOL_FIRST = ("conv1", "pool", "norm1", "relu1", "drop1", *list(PLAN)[5:])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: Functions(F.dropout, own_norm), "something is still being dropped"),
        (lambda: Functions(lambda x, p: x, batch_only), "depend on the other images"),
        (network(norm1=lambda: nn.BatchNorm2d(16, track_running_stats=False)), "depend on the other images"),
        (network((*PLAN, "end"), end=lambda: nn.Softmax(1)), "ends in a softmax"),
        (network((*PLAN, "end"), end=nn.ReLU), "ends in a ReLU"),
        (network(linear=lambda: nn.Linear(32, 2)), "must give logits of shape (5, 10)"),
        (network(linear=lambda: nn.Linear(512, 10)), "mat1 and mat2 shapes cannot be multiplied"),
        (network(norm1=lambda: nn.BatchNorm2d(3)), "your code raised"),
        (network(conv1=lambda: nn.Conv2d(3, 16, 3, padding=1)), "It is subtracted with the mean"),
        (network(drop1=lambda: nn.Dropout(0.2)), "planned: 1 × nn.Dropout2d"),
        (network(drop2=nn.Identity), "planned: 1 × nn.Dropout. Your network has 0"),
        (network(norm2=nn.Identity), "planned: 2 × nn.BatchNorm2d. Your network has 1"),
        (network(drop1=nn.Dropout2d), "nn.Dropout2d has p = 0.5. Planned is 0.2"),
        (network(swapped("drop2", "linear")), "makes logits 0"),
        (network(swapped("drop1", "relu2")), "should read 16 maps"),
        (network(DROPS_MAPS), "should read 32 numbers"),
        (
            network(("conv1", "drop1", "norm1", "relu1", "pool", *list(PLAN)[5:])),
            "counts the zeros in its mean",
        ),
        (
            network(("conv1", "relu1", "norm1", *list(PLAN)[3:])),
            "the first ReLU stands before the batch norm",
        ),
        (network(swapped("norm2", "relu2")), "the second ReLU stands before the batch norm"),
        (network(pool=nn.Identity), "the pooling is missing"),
        (network((*PLAN, "end"), end=lambda: nn.LogSoftmax(1)), "ends in a log-softmax"),
        (
            network(drop1=lambda: nn.Dropout(0.2), drop2=lambda: nn.Dropout2d(0.5), order=SWAPPED_DROPS),
            "should read 32 numbers",
        ),
        (network(conv2=lambda: nn.Conv2d(16, 32, 5, padding=2, bias=False)), "432 + 32 + 4,608"),
        (lambda: Skips(*[make() for make in PLAN.values()]), "Is one made but not used?"),
        (network(relu1=nn.Tanh), "the shape is right, but"),
        (network(relu1=nn.Identity), "the ReLU after the first batch norm is missing"),
        (network(relu2=nn.Identity), "the ReLU after the second batch norm is missing"),
        (network(relu1=nn.Identity, relu2=nn.Identity), "both ReLUs are missing"),
        (network(RELU_FIRST), "the ReLUs stand before"),
        (network(POOL_FIRST), "stands after the pooling"),
        (network(mean=lambda: nn.AdaptiveMaxPool2d(1)), "the largest number of each map"),
        (network(pool=lambda: nn.AvgPool2d(2)), "the first pooling takes the mean"),
        (network(conv1=lambda: nn.Conv2d(3, 16, 3, bias=False)), "cuts the rim off"),
        (lambda: PLAN, "must return a network"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


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


def by_our_layer(x, weight, bias, mean, var, training):
    layer = layers.BatchNorm2d(len(weight)).train(training)
    for name, tensor in (("weight", weight), ("bias", bias), ("running_mean", mean), ("running_var", var)):
        getattr(layer, name).data.copy_(tensor)
    return layer(x), layer.running_mean, layer.running_var


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
    (check.numbers_per_mean, counts()),
    (check.numbers_per_mean, lambda N, C, H, W, G: tuple(n * H * W for n in (N, C, 1, C // G))),
    (check.batch_norm, by_torch),
    (check.batch_norm, by_our_layer),
    (check.batch_norm, one_formula),
    (check.group_norm, F.group_norm),
    (check.group_norm, group_by_group),
    (check.dropout2d, F.dropout2d),
    (check.dropout2d, drop()),
    (check.dropout2d, channel_by_channel),
    (check.repaired, network()),
    (check.repaired, network(swapped("relu1", "pool"))),
    (
        check.repaired,
        network(
            (*list(PLAN)[:10], "linear_part"),
            linear_part=lambda: nn.Sequential(nn.Dropout(), nn.Linear(32, 10)),
        ),
    ),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
