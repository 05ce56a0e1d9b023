"""Checks of assignment 08: right answers written in other ways, and wrong ones that no declared mistake is."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import models
from utils.checks import architectures_shortcuts as check
from utils.models.inception import Inception, NaiveInception
from utils.models.resnet import BasicBlock, Bottleneck

# Blocks below are made of the course's own, which no answer may be.
residual_block, repaired = (plan._replace(allowed=("utils.models",)) for plan in (check.residual_block, check.repaired))

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def counted(in_channels, one, three, five, pool, height, width):
    """From the course's own blocks."""
    naive = NaiveInception(in_channels, one, three[1], five[1])
    reduced = Inception(in_channels, one, three, five, pool)
    side = 2
    work = (models.count_multiply_adds(block, in_channels, side) for block in (naive, reduced))
    return reduced.out_channels, *(each // side**2 * height * width for each in work)


def projected(i, c, stride):
    return nn.Sequential(nn.Conv2d(i, c, 1, stride=stride, bias=False), nn.BatchNorm2d(c))


class OneNorm(BasicBlock):
    """One batch norm, used twice."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.residual[4] = self.residual[1]


class PreActivated(BasicBlock):
    def forward(self, x):
        one, norm1, relu, two, norm2 = self.residual
        return two(relu(norm2(one(relu(norm1(x)))))) + self.shortcut(x)


class InPlace(BasicBlock):
    def forward(self, x):
        residual = self.residual(x)
        if isinstance(self.shortcut, nn.Identity):
            x += residual
            return F.relu(x)
        return F.relu(residual + self.shortcut(x))


class NoForward(BasicBlock):
    forward = nn.Module.forward


class Silent(BasicBlock):
    """A ReLU is missing, which first weights of zero would hide."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.residual[2] = nn.Identity()
        nn.init.zeros_(self.residual[-1].weight)


class Unused(BasicBlock):
    def forward(self, x):
        one, norm, *_ = self.residual
        return F.relu(norm(one(x)) + self.shortcut(x))


class WrittenOver(BasicBlock):
    def forward(self, x):
        x = self.residual(x)
        return F.relu(x + self.shortcut(x))


class MadeInForward(BasicBlock):
    def __init__(self, *settings):
        super().__init__(*settings)
        self.shortcut = nn.Identity()

    def forward(self, x):
        new = self.residual(x)
        return F.relu(new + (x if new.shape == x.shape else projected(x.shape[1], new.shape[1], 1)(x)))


class Concatenated(BasicBlock):
    def forward(self, x):
        return torch.cat([self.residual(x), self.shortcut(x)], 1)


def needing(condition):
    """Blocks that project x only on this condition."""

    def answer(i, c, stride):
        block = BasicBlock(i, c, stride)
        block.shortcut = projected(i, c, stride) if condition(i, c, stride) else nn.Identity()
        return block

    return answer


class BuiltBottleneck(Bottleneck):
    """What was built in the task."""

    def __init__(self, *settings):
        super().__init__(*settings)
        self.residual.append(nn.ReLU())
        self.shortcut = nn.Identity()

    def forward(self, x):
        x += self.residual(x)
        return x


class FromInput(nn.Module):
    """A dense block of which every layer reads the input again, filled up with zeros."""

    def __init__(self, i, growth, depth):
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(i + n * growth, growth, 3, padding=1) for n in range(depth))

    def forward(self, x):
        found = [x]
        for layer in self.layers:
            found.append(layer(F.pad(x, (0, 0, 0, 0, 0, layer.in_channels - x.shape[1]))).relu())
        return torch.cat(found, 1)


@pytest.mark.parametrize(
    ("examine", "answer", "words"),
    [
        (residual_block, OneNorm, "a batch norm of its own, also on the shortcut. (Yours has 1 for 2"),
        (residual_block, PreActivated, "your network BatchNorm2d, Conv2d, BatchNorm2d, Conv2d."),
        (residual_block, InPlace, "writes into the tensor that it gets"),
        (residual_block, NoForward, 'missing the required "forward"'),
        (residual_block, Silent, "the ReLUs between the convolutions are missing"),
        (residual_block, Unused, "Is one made, and never used?"),
        (residual_block, WrittenOver, "x was written over"),
        (residual_block, MadeInForward, "both made in `__init__`"),
        (residual_block, Concatenated, "must become"),
        (residual_block, needing(lambda i, c, s: i != c), "stride=2.)"),
        (residual_block, needing(lambda i, c, s: s != 1), "stride=1.)"),
        (residual_block, lambda *_: BasicBlock, "must return a network"),
        (repaired, BuiltBottleneck, "writes into the tensor"),
        (repaired, BasicBlock, "must become"),
        (check.dense_block, FromInput, "the shape is right, but"),
    ],
)
def test_wrong_blocks(examine, answer, words, message):
    assert words in message(examine, answer)


def test_the_plan_of_the_bottleneck_counts_what_torchvision_has():
    """The numbers in the task's table; layer1.1 and layer2.0 of torchvision's resnet50 have the sums."""
    assert models.count_parameters(Bottleneck(256, 64, 1)) == 16_384 + 128 + 36_864 + 128 + 16_384 + 512 == 70_400


class Listed(nn.Module):
    """A right answer that keeps a list of what was made, with a ReLU layer, and bare attributes."""

    def __init__(self, in_channels, growth_rate, depth):
        super().__init__()
        self.depth, self.relu = depth, nn.ReLU(inplace=True)
        for number in range(depth):
            layer = nn.Conv2d(in_channels + number * growth_rate, growth_rate, 3, padding="same", bias=False)
            self.add_module(f"layer{number}", layer)

    def forward(self, x):
        found = [x]
        for number in range(self.depth):
            found.append(self.relu(getattr(self, f"layer{number}")(torch.cat(found, 1))))
        return torch.cat(found, 1)


def convolution(*size, **settings):
    return lambda linear, h, w: nn.Conv2d(linear.in_features, linear.out_features, size or (h, w), **settings)


def dividing(linear, height, width):
    linear.weight.data /= height * width
    return nn.Conv2d(linear.in_features, linear.out_features, (height, width))


def sliding_by_itself(linear, height, width):
    layer = by_impulse(linear, height, width)
    layer.stride = (height, width)
    return layer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sliding_by_itself, "does not slide cell by cell"),
        (dividing, "changes weights or statistics of `linear`"),
        (convolution(1), "the weight has shape"),
        (convolution(padding=1), "each output is 1×1"),
        (convolution(), "numbers are not"),
        (lambda linear, h, w: linear, "must return an nn.Conv2d"),
    ],
)
def test_wrong_ends(answer, words, message):
    assert words in message(check.one_convolution, answer)


class OtherNames(nn.Module):
    """A right residual block: shortcut first, layers in another order, torch's own functions."""

    def __init__(self, in_channels, channels, stride):
        super().__init__()
        self.project = None
        if (in_channels, 1) != (channels, stride):
            self.project = projected(in_channels, channels, stride)
        self.norm2, self.norm1 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding="same", bias=False)
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        identity = x if self.project is None else self.project(x)
        out = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))
        out += identity
        return self.relu(out)


def by_impulse(linear, height, width):
    """The kernel is found by asking: what comes out if one place of one map is 1?"""
    layer = nn.Conv2d(linear.in_features, linear.out_features, (height, width))
    ones = torch.eye(linear.in_features * height * width).view(-1, linear.in_features, height, width)
    with torch.no_grad():
        answers = linear(ones.mean((2, 3))) - linear.bias
        layer.weight.copy_(answers.T.reshape(layer.weight.shape))
        layer.bias.copy_(linear(torch.zeros(linear.in_features)))
    return layer


RIGHT = [
    (check.inception._replace(allowed=("utils",)), counted),
    (residual_block, OtherNames),
    (check.dense_block, Listed),
    (check.one_convolution, by_impulse),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
