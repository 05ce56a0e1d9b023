"""Checks of assignment 05: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import models
from utils.checks import cat_or_dog as check
from utils.models.resnet import BasicBlock

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def kept(images, labels, first, second):
    mask = (labels == first) | (labels == second)
    return images[mask], (labels[mask] == second).long()


def renamed_by(rename):
    """Right images, and the new labels that ``rename(kept old labels, first, second)`` makes."""

    def answer(images, labels, first, second):
        mask = (labels == first) | (labels == second)
        return images[mask], rename(labels[mask], first, second)

    return answer


def written_over(labels, first, second):
    labels = labels.clone()
    labels[labels == first] = 0
    labels[labels == second] = 1
    return labels


def one_class_after_the_other(images, labels, first, second):
    order = torch.cat([torch.nonzero(labels == k)[:, 0] for k in (first, second)])
    return images[order], (labels[order] == second).long()


def changes_its_labels(images, labels, first, second):
    mask = (labels == first) | (labels == second)
    labels[labels == first], labels[labels == second] = 0, 1
    return images[mask], labels[mask]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (one_class_after_the_other, "Keep the order they come in"),
        (lambda x, y, a, b: (x[(y == a) & (y == b)], y[:0]), "not with `&`"),
        (lambda x, y, a, b: (x[(y != a) & (y != b)], y), "the images to leave out"),
        (lambda x, y, a, b: (x, kept(x, y, a, b)[1]), "all images are still there"),
        (lambda x, y, a, b: (x[y == a], y[y == a]), "only the first class is kept"),
        (lambda x, y, a, b: (x[y == b], y[y == b]), "only the second class is kept"),
        (lambda x, y, a, b: kept(x, y, 3, 5), "these are cats and dogs"),
        (lambda x, y, a, b: kept(x, y, a, b)[::-1], "first come the images"),
        (renamed_by(lambda y, a, b: (y == 5).long()), "Do you ask for `second`"),
        (lambda x, y, a, b: (x[y in (a, b)], y), "Boolean value of Tensor"),
        (lambda x, y, a, b: kept(x, y, a, b)[0], "return images, labels"),
        (renamed_by(lambda y, a, b: y), "still the old numbers"),
        (renamed_by(lambda y, a, b: (y == a).long()), "the two are swapped: 3 becomes 0"),
        (renamed_by(lambda y, a, b: (y == max(a, b)).long()), "7 becomes 0 and 2 becomes 1"),
        (renamed_by(written_over), "all new labels are 1. Did you write over"),
        (renamed_by(lambda y, a, b: y == b), "torch.bool; cross-entropy wants torch.int64"),
        (lambda x, y, a, b: (kept(x, y, a, b)[0], (y == b).long()), "a label for every image"),
        (changes_its_labels, "changes `labels`, which it is given"),
    ],
)
def test_wrong_choices(answer, words, message):
    assert words in message(check.two_classes, answer)


def fully_connected(c, h, w, k):
    return 512 * c * h * w + 512 + 513 * k


def convolutional(c, h, w, k):
    return 9 * c * 32 + 32 + 18_496 + 73_856 + 129 * k


def fc(wrong):
    return lambda *size: (wrong(*size), convolutional(*size))


def cnn(wrong):
    return lambda *size: (fully_connected(*size), wrong(*size))


def last_layer_flattens(c, h, w, k):
    return convolutional(c, h, w, k) - 128 * k + 128 * (h // 8) * (w // 8) * k


def convolutions_without_biases(c, h, w, k):
    return convolutional(c, h, w, k) - 32 - 64 - 128


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (fc(lambda c, h, w, k: 512 * c * h * w + 512 * k), "biases are missing"),
        (fc(lambda c, h, w, k: 512 * c * h * w + 512), "that is its first layer"),
        (fc(lambda c, h, w, k: fully_connected(1, h, w, k)), "the channels are missing"),
        (fc(lambda c, h, w, k: fully_connected(c, h, h, k)), "the height for the width"),
        (fc(lambda c, h, w, k: fully_connected(c, w, w, k)), "the width for the height"),
        (fc(lambda c, h, w, k: float(fully_connected(c, h, w, k))), "a whole number (an int)"),
        (cnn(lambda *size: convolutions_without_biases(*size) - size[3]), "and each class"),
        (cnn(convolutions_without_biases), "the biases of the convolutions"),
        (cnn(lambda c, h, w, k: convolutional(c, h, w, k) - 129 * k), "the linear layer at the end"),
        (cnn(last_layer_flattens), "does not get the flattened maps"),
        (cnn(lambda c, h, w, k: 96 * c + 6144 + 24_576 + 224 + 129 * k), "has 9 weights"),
        (cnn(lambda c, h, w, k: 2240 + 129 * k), "for every input channel"),
        (cnn(lambda c, h, w, k: convolutional(3, h, w, k)), "1×40×24 and 10 classes, the answer is"),
        (fc(lambda c, h, w, k: fully_connected(c, h, w, k) - 512), "biases of the hidden units"),
        (fc(lambda c, h, w, k: fully_connected(c, h, w, k) - k), "biases of the outputs"),
        (fc(convolutional), "The fully connected one comes first"),
        (cnn(lambda *size: convolutional(*size) - size[3]), "the biases of the linear layer"),
        (cnn(lambda c, h, w, k: 9 * c * 224 + 224 + 129 * k), "Only the first reads the image"),
        (cnn(lambda *size: convolutional(*size) + 448), "batch norm is one of the improvements"),
        (fully_connected, "return fully_connected, convolutional"),
    ],
)
def test_wrong_counts(answer, words, message):
    assert words in message(check.counts, answer)


def test_the_counts_are_those_of_the_lecture():
    """Not against a formula: against torch, with the network of lecture 05 written out."""
    layers = []
    for inputs, outputs in [(3, 32), (32, 64), (64, 128)]:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
    network = nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(128, 2))
    mlp = models.create("cat_dog", num_classes=2, in_channels=3, image_size=32)
    both = models.count_parameters(mlp), models.count_parameters(network)
    assert both == (fully_connected(3, 32, 32, 2), convolutional(3, 32, 32, 2))
    check.counts(
        lambda *size: both if size == (3, 32, 32, 2) else (fully_connected(*size), convolutional(*size))
    )


LN2 = torch.tensor(2.0).log()


def averaged(a, b, axis=1):
    return torch.logaddexp(a.log_softmax(axis), b.log_softmax(axis)) - LN2


def naive(a, b):
    p, q = (x.exp() / x.exp().sum(1, keepdim=True) for x in (a, b))
    return ((p + q) / 2).log()


def over_everything(a, b):
    def log_softmax(x):
        return (x - x.max()) - (x - x.max()).exp().sum().log()

    return torch.logaddexp(log_softmax(a), log_softmax(b)) - LN2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda a, b: ((a + b) / 2).log_softmax(1), "you averaged the logits"),
        (lambda a, b: (a.log_softmax(1) + b.log_softmax(1)) / 2, "you averaged the logarithms"),
        (lambda a, b: averaged(a, b) + LN2, "the ½ is missing"),
        (lambda a, b: averaged(a, b).exp(), "the logarithm is missing"),
        (lambda a, b: averaged(a, b, axis=0), "softmax runs over the images"),
        (over_everything, "one sum runs over all images"),
        (lambda a, b: a.log_softmax(1), "the first look only"),
        (lambda a, b: b.log_softmax(1), "the second look only"),
        (lambda a, b: (averaged(a, b) + LN2) / 2, "the ½ stands inside"),
        (lambda a, b: a.log_softmax(1) + b.log_softmax(1) - LN2, "not the sum of the logarithms"),
        (lambda a, b: averaged(a, b) - torch.maximum(a.log_softmax(1), b.log_softmax(1)), "m is missing"),
        (
            lambda a, b: (
                torch.logaddexp(
                    *[x - (x - x.amax(1, keepdim=True)).logsumexp(1, keepdim=True) for x in (a, b)]
                )
                - LN2
            ),
            "not put back",
        ),
        (lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2 + 1e-12).log(), "a small number before `log`"),
        (lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2).clamp(min=1e-37).log(), "or set a bound"),
        (lambda a, b: naive(a, b).nan_to_num(), "with logits in the thousands"),
        (lambda a, b: -averaged(a, b), "a minus too many"),
        (lambda a, b: torch.logaddexp(a, b) - LN2, "softmax is missing"),
        (lambda a, b: averaged(a, b) / LN2, "base 2"),
        (lambda a, b: averaged(a, b).mean(), "the shape must be"),
        (naive, "neither inf/inf nor ln 0"),
        (lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2).log(), "rounds to 0"),
        (lambda a, b: ((a.log_softmax(1).exp() + b.log_softmax(1).exp()) / 2).log(), "rounds to 0"),
    ],
)
def test_wrong_looks(answer, words, message):
    assert words in message(check.two_looks, answer)


class Block(nn.Module):
    """The plan; other blocks change one thing."""

    bias = False
    padding = 1

    def __init__(self, channels):
        super().__init__()
        self.conv1, self.conv2 = (
            nn.Conv2d(channels, channels, 3, padding=self.padding, bias=self.bias) for _ in range(2)
        )
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

    def residual(self, x):
        return self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))

    def forward(self, x):
        return F.relu(x + self.residual(x))


def block(forward, **changes):
    return type("Changed", (Block,), {"forward": forward, **changes})


def inner(self, x):
    return F.relu(self.norm1(self.conv1(x)))


class SharedNorm(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.norm2 = self.norm1


class NotSet(Block):
    def __init__(self, channels):
        self.conv1 = nn.Conv2d(channels, channels, 3)


class SmallKernels(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv1, self.conv2 = (nn.Conv2d(channels, channels, 1, bias=False) for _ in range(2))


class OneMoreNumber(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.scale = nn.Parameter(torch.ones(1))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (block(lambda self, x: F.relu(self.residual(x))), "the input of the block is not added."),
        (block(lambda self, x: self.residual(x)), "and the last ReLU is missing"),
        (block(lambda self, x: x + F.relu(self.residual(x))), "the ReLU stands before the sum"),
        (block(lambda self, x: F.relu(x + F.relu(self.residual(x)))), "one ReLU too many"),
        (block(lambda self, x: x + self.residual(x)), "the ReLU after the sum is missing"),
        (
            block(lambda self, x: F.relu((y := inner(self, x)) + self.norm2(self.conv2(y)))),
            "Has `x` been written over?",
        ),
        (
            block(lambda self, x: (y := inner(self, x)) + F.relu(self.norm2(self.conv2(y)))),
            "And the ReLU comes after the sum",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm2(self.conv2(self.norm1(self.conv1(x)))))),
            "the ReLU after the first batch norm is missing",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm1(self.conv2(inner(self, x))))),
            "the first batch norm is used twice",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm2(self.conv2(self.norm1(F.relu(self.conv1(x))))))),
            "the first ReLU stands before the batch norm",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm2(self.conv2(F.relu(self.norm2(self.conv1(x))))))),
            "the second batch norm is used twice",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm2(self.conv1(inner(self, x))))),
            "the first convolution is used twice",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm2(self.conv2(F.relu(self.norm1(self.conv2(x))))))),
            "the second convolution is used twice",
        ),
        (
            block(lambda self, x: F.relu(x + self.norm2(self.conv2(F.relu(self.conv1(x)))))),
            "the first batch norm is made but not used",
        ),
        (
            block(lambda self, x: F.relu(x + self.conv2(inner(self, x)))),
            "the second batch norm is made but not used",
        ),
        (
            block(lambda self, x: F.relu(self.norm2(x + self.conv2(inner(self, x))))),
            "the second batch norm stands after the sum",
        ),
        (block(lambda self, x: F.relu(2 * x + self.residual(x))), "added twice"),
        (block(lambda self, x: F.relu(x - self.residual(x))), "the shape is right, but"),
        (block(lambda self, x: torch.cat([x, self.residual(x)], dim=1)), "Adding is `+`"),
        (block(lambda self, x: self.residual(x), padding=0), "look at the padding"),
        (block(lambda self, x: None), "is there a `return`?"),
        (block(Block.forward, padding=0), "your code raised RuntimeError"),
        (block(Block.forward, bias=True), "Planned are none: `bias=False`"),
        (SharedNorm, "planned are two batch norms, and your block has 1"),
        (NotSet, "cannot assign module before Module.__init__"),
        (SmallKernels, "Yours: 1×1 from 3 to 3 maps"),
        (OneMoreNumber, "Planned are 18·"),
        (lambda channels: torch.relu, "a class of networks"),
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


def alone(right):
    share = right.double().mean().item()
    return (share * (1 - share) / len(right)) ** 0.5


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda a, b: (gain(b, a), scatter(a, b)), "the wrong sign"),
        (lambda a, b: (abs(gain(a, b)), scatter(a, b)), "not its size"),
        (lambda a, b: (100 * gain(a, b), 100 * scatter(a, b)), "not percent"),
        (lambda a, b: (gain(a, b) * len(a), scatter(a, b)), "a number of images"),
        (lambda a, b: (gain(a, b), (alone(a) ** 2 + alone(b) ** 2) ** 0.5), "Here both saw the same"),
        (lambda a, b: (gain(a, b), 2**0.5 * alone(a)), "√2 times the scatter of the first"),
        (lambda a, b: (gain(a, b), 2**0.5 * alone(b)), "√2 times the scatter of the second"),
        (lambda a, b: ((a ^ b).float().mean().item(), 0.0), "makes 1 of −1"),
        (lambda a, b: (difference(a, b)[a != b].mean().item(), 0.0), "on which the two agree"),
        (lambda a, b: (gain(a, b) / a.float().mean().item(), 0.0), "a plain difference"),
        (lambda a, b: (scatter(a, b), gain(a, b)), "the two are swapped"),
        (lambda a, b: (gain(a, b), alone(b)), "the second network's share alone"),
        (lambda a, b: (gain(a, b), spread(a, b)), "divide by √N"),
        (lambda a, b: (gain(a, b), difference(a, b).std().item()), "And `torch.std` divides by N − 1"),
        (lambda a, b: (gain(a, b), spread(a, b) / len(a)), "you divided by N."),
        (lambda a, b: (gain(a, b), difference(a, b).std().item() / len(a) ** 0.5), "correction=0"),
        (lambda a, b: (gain(a, b), scatter(a, b) ** 2), "A root is missing"),
        (lambda a, b: (gain(a, b), spread(a, b) ** 2 / len(a) ** 0.5), "a root is missing"),
        (
            lambda a, b: (gain(a, b), (difference(a, b) ** 2).mean().item() ** 0.5 / len(a) ** 0.5),
            "subtract the mean",
        ),
        (lambda a, b: ((b - a).float().mean(), 0.0), "your code raised RuntimeError"),
        (lambda a, b: (difference(a, b).mean(), 0.0), "Tensors have `.item()`"),
        (gain, "return gain, scatter"),
    ],
)
def test_wrong_comparisons(answer, words, message):
    assert words in message(check.paired_gain, answer)


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
    (check.two_looks, averaged),
    (check.two_looks, looked_at_one_by_one),
    (check.residual_block, Block),
    (check.residual_block, AsSequential),
    (check.residual_block, lambda channels: BasicBlock(channels, channels)),
    (check.paired_gain, lambda a, b: (gain(a, b), scatter(a, b))),
    (check.paired_gain, counted_gain),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_right_answers_pass_with_every_seed(examine, answer, seed, capsys):
    examine(answer, seed=seed)
    assert capsys.readouterr().out == f"✓ {examine.__name__}\n"
