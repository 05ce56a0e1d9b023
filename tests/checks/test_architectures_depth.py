"""Checks of assignment 07: wrong answers and their words, right answers written in other ways."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from utils import arithmetic
from utils.checks import architectures_depth as check
from utils.checks.inputs import Random

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def shapes(layers, shape, sides=2, less=1, pool_stride=None, up=False, swap=False, keep=False, flat=True):
    found = []
    for kind, *settings in layers:
        if kind == "conv":
            size = [i + sides * settings[2] - settings[1] + less for i in shape[1:]]
            shape = (shape[0] if keep else settings[0], *(size[::-1] if swap else size))
        elif kind == "pool":
            k, s = settings[0], pool_stride or settings[0]
            round_down = math.ceil if up else math.floor
            shape = (shape[0], *(round_down((i - k) / s) + 1 for i in shape[1:]))
        else:
            shape = (settings[0],) if flat else (settings[0], 1, 1)
        found.append(shape)
    return found


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda l, s: shapes(l, s, sides=1), "it counts twice"),
        (lambda l, s: shapes(l, s, sides=0), "The padding is missing"),
        (lambda l, s: shapes(l, s, less=0), "before it moves: + 1"),
        (lambda l, s: shapes(l, s, pool_stride=1), "The stride of a pooling is its size"),
        (lambda l, s: shapes(l, s, up=True), "round down"),
        (lambda l, s: shapes(l, s, pool_stride=3), "A pooling of size 2 makes i // 2"),
        (lambda l, s: shapes([(*c[:1], 2 * c[1], *c[2:]) for c in l], s), "whatever it reads"),
        (lambda l, s: shapes(l, (s[0], s[2], s[2])), "computed each for itself"),
        (lambda l, s: [t if len(t) == 3 else t[0] for t in shapes(l, s)], "has a comma: (120,)"),
        (lambda l, s: [t if len(t) == 3 else (400,) for t in shapes(l, s)], "is not in its shape"),
        (lambda l, s: shapes(l, s, swap=True), "Rows and columns are swapped"),
        (lambda l, s: shapes(l, s, keep=True), "as many maps as it has kernels"),
        (lambda l, s: shapes(l, s, flat=False), "and nothing else"),
        (lambda l, s: [(*t[1:], t[0]) for t in shapes(l, s)], "The channels come first"),
        (lambda l, s: [t[1:] for t in shapes(l, s)], "a shape is (C, H, W)"),
        (lambda l, s: [(t[0], s[1], s[2]) for t in shapes(l, s)], "After layer 2"),
        (lambda l, s: [tuple(i / 1 for i in t) for t in shapes(l, s)], "divides without a remainder"),
        (lambda l, s: shapes(l, s)[-1], "a list of 7 shapes"),
        (lambda l, s: shapes(l, s)[:1], "the `return` stand inside the loop"),
        (lambda l, s: [s, *shapes(l, s)], "begins with the shape of the image"),
        (lambda l, s: print(l), "It returned NoneType"),
    ],
)
def test_wrong_shapes(answer, words, message):
    assert words in message(check.shapes, answer)


def costs(layer, before, after, bias=1, group=True, work_bias=0, places=None):
    kind, *settings = layer
    if kind == "pool":
        return 0, 0
    if kind == "linear":
        weights = math.prod(before) * after[0]
        return weights + bias * after[0], weights + work_bias * after[0]
    weights = before[0] * after[0] * settings[1] ** 2 // (settings[3] if group else 1)
    where = math.prod(after[1:] if places is None else places(before, after))
    return weights + bias * after[0], (weights + work_bias * after[0]) * where


def vgg(relu=nn.ReLU, pool=lambda: nn.MaxPool2d(2), padding=1, after_each=False, update=True, kernel=3, size=1):
    def answer(configuration, in_channels):
        layers = []
        for entry in configuration:
            if entry != "pool":
                layers += [nn.Conv2d(in_channels, size * entry, kernel, padding=padding), relu()]
                in_channels = size * entry if update else in_channels
            if after_each != (entry == "pool"):
                layers.append(pool())
        return nn.Sequential(*layers)

    return answer


def without_relu(at):
    """One ReLU is left out: layer ``at`` of the first network that the check asks for."""

    def answer(configuration, in_channels):
        layers = list(vgg()(configuration, in_channels))
        layers[at] = nn.Identity()
        return nn.Sequential(*layers)

    return answer


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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (vgg(relu=nn.Identity), "the ReLUs are missing"),
        (lambda c, i: nn.Sequential(vgg()(c, i), nn.BatchNorm2d(c[-2])), "there is a batch norm"),
        (without_relu(at=-2), "the last ReLU is missing"),
        (without_relu(at=4), "a ReLU is missing where no pooling follows"),
        (lambda c, i: vgg()(c, 7), "The first one reads the image"),
        (vgg(padding=0), "cut the rim off"),
        (vgg(pool=nn.Identity), "the poolings are missing"),
        (vgg(pool=lambda: nn.AvgPool2d(2)), "average pooling"),
        (vgg(pool=lambda: nn.MaxPool2d(2, stride=1)), "its stride is 2"),
        (vgg(after_each=True), "a pooling after each convolution"),
        (vgg(update=False), "the next one reads"),
        (vgg(kernel=5, padding=2), "every kernel of VGG is 3×3"),
        (vgg(size=2), "maps, yours"),
        (lambda c, i: vgg()(c[:1], i), "inside the loop"),
        (lambda c, i: [nn.Conv2d(i, c[0], 3)], "must return a network (an nn.Module), but it returned list"),
        (lambda c, i: nn.Sequential([nn.Conv2d(i, c[0], 3)]), "your code raised TypeError"),
    ],
)
def test_wrong_vggs(answer, words, message):
    assert words in message(check.vgg, answer)


class Mean(nn.Module):
    def __init__(self, take=lambda x: x.mean((2, 3))):
        super().__init__()
        self.take = take

    def forward(self, x):
        return self.take(x)


def nin(relus=(nn.ReLU, nn.ReLU), end=Mean, padding=1, last=1, extra=()):
    return lambda i, m, k: nn.Sequential(
        nn.Conv2d(i, m, 3, padding=padding),
        relus[0](),
        nn.Conv2d(m, m, 1),
        relus[1](),
        nn.Conv2d(m, k, last),
        end(),
        *(layer() for layer in extra),
    )


none = nn.Identity


def early(at):
    """The mean is taken before 1×1 convolution number ``at``. Before the last one it is the same."""

    def answer(i, m, k):
        layers = list(nin(end=none)(i, m, k))
        return nn.Sequential(*layers[: 2 * at], nn.AdaptiveAvgPool2d(1), *layers[2 * at :], nn.Flatten())

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (nin(end=lambda: Mean(lambda x: x.sum((2, 3)))), "those are sums"),
        (nin(end=lambda: Mean(lambda x: x.amax((2, 3)))), "those are maxima"),
        (nin(end=lambda: Mean(lambda x: x.relu().mean((2, 3)))), "a ReLU after the last convolution"),
        (nin(extra=[nn.ReLU]), "a ReLU after the mean"),
        (nin(extra=[lambda: nn.Softmax(1)]), "a softmax ends"),
        (nin(end=lambda: nn.AdaptiveAvgPool2d(1)), "Flatten it to (N, classes)"),
        (nin(end=none), "those are still maps"),
        (nin(end=lambda: Mean(lambda x: x.mean())), "one mean of everything"),
        (nin(end=lambda: nn.AvgPool2d(5), extra=[nn.Flatten]), "one fixed size"),
        (nin(relus=(none, nn.ReLU)), "the first ReLU, after the 3×3"),
        (nin(relus=(nn.ReLU, none)), "the ReLU between the two"),
        (nin(relus=(none, none)), "the ReLUs are missing"),
        (early(1), "the mean is taken too early"),
        (nin(relus=(nn.Dropout, nn.ReLU)), "an nn.Dropout, which is not in the plan"),
        (nin(padding=0), "It keeps the size"),
        (nin(last=3), "the plan is 3×3 from"),
        (lambda i, m, k: nn.Sequential(nn.Flatten(), nn.LazyLinear(k)), "there is a linear layer"),
        (lambda i, m, k: Mean(), "Your convolutions: none"),
    ],
)
def test_wrong_ends(answer, words, message):
    assert words in message(check.nin_end, answer)


def deep(
    start=nn.init.kaiming_normal_,
    relu=nn.ReLU,
    padding=1,
    depth=10,
    norm=False,
    bias=True,
    skip=0,
    end=(),
    last=None,
    pool=nn.AdaptiveAvgPool2d,
):
    def answer():
        layers, channels = [], 1
        for number in range(depth):
            layer = nn.Conv2d(channels, 32, 3, padding=padding, bias=bias)
            if number >= skip:
                start(layer.weight)
            else:
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)
            layers += [layer, *([nn.BatchNorm2d(32)] if norm else []), relu()]
            channels = 32
        layers[-1] = last or layers[-1]
        return nn.Sequential(*layers, pool(1), nn.Flatten(), nn.Linear(32, 10), *end)

    return answer


def normal(std):
    return lambda weight: nn.init.normal_(weight, std=std)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (deep(padding=0), "look at the padding"),
        (deep(relu=nn.Sigmoid), "that is a sigmoid"),
        (deep(relu=nn.Tanh), "no ReLU stands before it"),
        (deep(relu=none), "no ReLU stands before it"),
        (deep(start=normal(0.01)), "multiplies the spread of the signal by about 0.1"),
        (
            deep(start=lambda w: normal(0.01)(w) if w.shape[1] > 1 else nn.init.kaiming_normal_(w)),
            "still the 0.01",
        ),
        (deep(start=nn.init.xavier_normal_), "right without ReLU"),
        (deep(start=lambda w: nn.init.kaiming_normal_(w, nonlinearity="tanh")), "right for tanh"),
        (deep(start=lambda w: None), "torch's own start"),
        (deep(start=lambda w: normal((2 / w.shape[1]) ** 0.5)(w)), "That is √(2/32)"),
        (deep(start=normal((2 / 9) ** 0.5)), "That is √(2/9)"),
        (deep(start=lambda w: normal(2 / w[0].numel())(w)), "That is 2/n"),
        (deep(start=lambda w: nn.init.constant_(w, 0.3)), "all its maps stay equal"),
        (deep(start=normal(0.2)), "Does it reach every convolution?"),
        (deep(skip=1), "Its n is 9"),
        (deep(norm=True), "batch norm would help"),
        (deep(last=nn.Identity()), "the ReLU after the tenth convolution is missing"),
        (deep(pool=nn.AdaptiveMaxPool2d), "those are maxima"),
        (deep(end=[nn.Softmax(1)]), "a softmax ends the network"),
        (deep(end=[nn.ReLU()]), "there is a ReLU after the linear layer"),
        (deep(relu=nn.Softplus), "the shape is right, but"),
        (deep(depth=9), "yours has 9"),
        (deep(bias=False), "has no biases"),
        (deep(end=[nn.Linear(10, 10)]), "83,882"),
        (deep(end=[nn.Unflatten(1, (2, 5))]), "must give logits of shape (4, 10)"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


def test_what_was_built_is_stopped_by_the_first_of_its_faults(message):
    assert "convolution 1 makes" in message(check.repaired, deep(padding=0, relu=nn.Sigmoid, start=normal(0.01)))


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
    (check.shapes, shapes),
    (check.shapes, by_torch),
    (check.shapes, lambda layers, shape: tuple(by_torch(layers, shape))),
    (check.costs, costs),
    (check.costs, costs_by_arithmetic),
    (check.vgg, vgg()),
    (check.vgg, Steps),
    (check.nin_end, nin()),
    (check.nin_end, early(2)),
    (check.nin_end, nin(end=lambda: nn.AdaptiveAvgPool2d((1, 1)), extra=[nn.Flatten])),
    (check.repaired, deep()),
    (check.repaired, deep(start=lambda w: nn.init.kaiming_normal_(w, mode="fan_out"))),
    (check.repaired, deep(start=lambda w: nn.init.orthogonal_(w, gain=2**0.5))),
    (check.repaired, Functional),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)


def test_random_networks_can_be_built():
    for seed in range(20):
        random = Random(seed)
        layers = check._layers(random)
        assert by_torch(layers, (2, 20, 21)) == shapes(layers, (2, 20, 21))
