"""Checks of assignment 01: wrong answers and their words, right answers written in other ways."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import convolution
from utils.checks import convolution_arithmetic as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def conv(image, kernel, stride=1, padding=0):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda i, k, s, p: (i + 2 * p - k) // s, "the first place is missing"),
        (lambda i, k, s, p: (i + p - k) // s + 1, "counts twice"),
        (lambda i, k, s, p: (i - k) // s + 1, "padding is missing"),
        (lambda i, k, s, p: i + 2 * p - k + 1, "stride is missing"),
        (lambda i, k, s, p: math.ceil((i + 2 * p - k) / s) + 1, "round down"),
        (lambda i, k, s, p: (i + 2 * p - k + 1) // s, "added after the division"),
        (lambda i, k, s, p: round((i + 2 * p - k) / s) + 1, "`round` goes to the nearest"),
        (lambda i, k, s, p: i + 2 * p - k // s + 1, "Put brackets around"),
        (lambda i, k, s, p: (i + 2 * p - k) / s + 1, "returned float 2.0. Use `//`"),
        (lambda i, k, s, p: np.floor((i + 2 * p - k) / s) + 1, "returned float64. Use `//`"),
        (lambda i, k, s, p: np.int64((i + 2 * p - k) // s + 1), "and so have numpy's numbers"),
        (lambda i, k, s, p: None, "is there a `return`?"),
        (lambda i, k, s, p: 3, "input 4, kernel 3, stride 1, padding 0 the answer is 2, but yours is 3"),
    ],
)
def test_wrong_sizes(answer, words, message):
    assert words in message(check.output_size, answer)


def corner_padded(image, kernel, stride, padding):
    return conv(F.pad(image, (0, padding, 0, padding)), kernel, stride)


def top_padded(image, kernel, stride, padding):
    return conv(F.pad(image, (padding, 0, padding, 0)), kernel, stride)


def creeping(image, kernel, stride, padding):
    rows, columns = conv(image, kernel, stride, padding).shape
    return conv(image, kernel, 1, padding)[:rows, :columns]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda i, k, s, p: conv(i, k.flip(0, 1), s, p), "your kernel is flipped"),
        (lambda i, k, s, p: conv(i, k, 1, p), "stride is ignored"),
        (lambda i, k, s, p: conv(i, k, s, 0), "padding is ignored"),
        (corner_padded, "at the bottom and at the right only"),
        (top_padded, "at the top and at the left only"),
        (lambda i, k, s, p: conv(F.pad(i, (p, p)), k, s), "`F.pad` wants four numbers"),
        (lambda i, k, s, p: conv(i, k, s, p).squeeze(), "`squeeze` took that axis away"),
        (creeping, "It moves by `stride`"),
        (lambda i, k, s, p: conv(i, k, s, p).T, "rows and columns are swapped"),
        (lambda i, k, s, p: conv(i, k, s, p) + 1, "numbers are not"),
        (lambda i, k, s, p: conv(i, k, s, p)[None], "the shape must be"),
    ],
)
def test_wrong_correlations(answer, words, message):
    assert words in message(check.correlate, answer)


def three(flip=False, pool=F.max_pool2d, pool_stride=2, padding=2, stride=3, from_c=False):
    def answer(A, B):
        kernel = B.flip(0, 1) if flip else B
        C = pool(A[None], 2, stride=pool_stride)[0]
        D = conv(C, kernel, padding=padding)
        return C, D, conv(C if from_c else D, B, stride=stride)

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (three(pool=F.avg_pool2d), "C is an average"),
        (three(pool_stride=1), "windows of the pooling overlap"),
        (three(flip=True), "D is computed with the kernel flipped"),
        (three(padding=0), "D has no padding"),
        (three(padding=1), "D has padding 1"),
        (three(stride=1), "E has stride 1"),
        (three(from_c=True), "E is made from C"),
        (lambda A, B: three()(A, B)[2], "return C, D, E"),
    ],
)
def test_wrong_operations(answer, words, message):
    assert words in message(check.three_operations, answer)


def network(
    first=3,
    paddings=(1, 2, 1),
    channels=(16, 32),
    relus=(nn.ReLU, nn.ReLU),
    stride=2,
    kernels=(3, 5, 3),
    pool=nn.MaxPool2d,
):
    a, b = channels
    return lambda: nn.Sequential(
        nn.Conv2d(first, a, kernels[0], padding=paddings[0]),
        relus[0](),
        pool(2),
        nn.Conv2d(a, b, kernels[1], padding=paddings[1]),
        relus[1](),
        pool(2),
        nn.Conv2d(b, 8, kernels[2], padding=paddings[2], stride=stride),
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (network(first=1), "the network cannot read images of 2×3×"),
        (network(paddings=(1, 0, 1)), "smaller than planned: look at every padding"),
        (network(paddings=(1, 2, 2)), "larger than planned"),
        (network(stride=1), "larger than planned: count the strides"),
        (network(channels=(16, 24)), "the plan 15,592"),
        (network(relus=(nn.Identity, nn.Identity)), "the ReLUs are missing"),
        (network(relus=(nn.ReLU, nn.Identity)), "the ReLU after the second convolution is missing"),
        (network(relus=(nn.Identity, nn.ReLU)), "the ReLU after the first convolution is missing"),
        (network(pool=nn.AvgPool2d), "your pooling averages"),
        (network(paddings=(1, 1, 1)), "after the layer 16 → 32 it must be (2, 32,"),
        (network(kernels=(5, 3, 3), channels=(16, 32), paddings=(2, 1, 1)), "the plan 15,592"),
        (lambda: nn.Sequential(network()(), nn.Tanh()), "for your weights in the plan the shape is right"),
        (lambda: nn.Sequential(network()(), nn.ReLU()), "the plan ends in a convolution"),
        (lambda: None, "is there a `return`?"),
        (lambda: nn.Sequential, "must return a network"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


def by_window(image, upstream, weigh):
    """Each window's number of ``upstream``, times what ``weigh`` makes of the window."""
    gradient = torch.zeros(image.shape)
    for y in range(0, image.shape[0], 2):
        for x in range(0, image.shape[1], 2):
            window = image[y : y + 2, x : x + 2]
            gradient[y : y + 2, x : x + 2] = upstream[y // 2, x // 2] * weigh(window)
    return gradient


def only(number):
    return torch.eye(4)[number].view(2, 2)


def all_winners(window):
    return (window == window.max()).float()


def last_winner(window):
    return only(3 - window.flatten().flip(0).argmax())


def above_zero(window):
    """The search that begins with best = 0 at the first cell."""
    best, place = 0.0, 0
    for number, value in enumerate(window.flatten().tolist()):
        if value > best:
            best, place = value, number
    return only(place)


def asks_torch(image, upstream):
    image.requires_grad_()
    F.max_pool2d(image[None], 2)[0].backward(upstream)
    return image.grad


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, up: up.repeat_interleave(2, 0).repeat_interleave(2, 1), "every cell gets the gradient"),
        (lambda x, up: up.repeat_interleave(2, 0).repeat_interleave(2, 1) / 4, "average pooling"),
        (lambda x, up: unpooled(x, torch.ones_like(up)), "each gets 1"),
        (lambda x, up: by_window(x, up, all_winners), "both got the gradient"),
        (lambda x, up: by_window(x, up, lambda w: all_winners(w) / all_winners(w).sum()), "they share the"),
        (lambda x, up: by_window(x, up, last_winner), "the last got the gradient"),
        (lambda x, up: by_window(x, up, lambda w: only(w.argmax()).T), "rows and columns are swapped"),
        (lambda x, up: by_window(x, up, above_zero), "Do not begin the search with 0"),
        (asks_torch, "Do it by hand"),
        (lambda x, up: unpooled(x, F.max_pool2d(x[None], 2)[0]), "hold their own value"),
        (lambda x, up: F.max_pool2d(x[None], 2)[0], "what went forwards"),
    ],
)
def test_wrong_gradients(answer, words, message):
    assert words in message(check.max_pool_gradient, answer)


def unpooled(image, upstream):
    _, places = F.max_pool2d(image[None, None], 2, return_indices=True)
    return F.max_unpool2d(upstream[None, None], places, 2)[0, 0]


class Repaired(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList(
            [
                nn.Conv2d(3, 16, 3, padding="same"),
                nn.Conv2d(16, 32, 5, padding="same"),
                nn.Conv2d(32, 8, 3, 2, 1),
            ]
        )
        self.relus = nn.ModuleList([nn.ReLU(), nn.ReLU()])

    def forward(self, x):
        for layer, relu in zip(self.convolutions, self.relus, strict=False):
            x = F.max_pool2d(relu(layer(x)), 2)
        return self.convolutions[2](x)


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 32, 5, padding=2)
        self.third = nn.Conv2d(32, 8, 3, stride=2, padding=1)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.first(x), 2))
        return self.third(F.max_pool2d(F.relu(self.second(x)), 2))


def stacked(image, kernel, stride, padding):
    """As the hint says: zeros of torch's usual kind, and the image copied into their middle."""
    (H, W), (h, w) = image.shape, kernel.shape
    padded = torch.zeros(H + 2 * padding, W + 2 * padding)
    padded[padding : padding + H, padding : padding + W] = image
    rows = [
        [(padded[y : y + h, x : x + w] * kernel).sum() for x in range(0, W + 2 * padding - w + 1, stride)]
        for y in range(0, H + 2 * padding - h + 1, stride)
    ]
    return torch.stack([torch.stack(row) for row in rows])


RIGHT = [
    (check.output_size, lambda i, k, s, p: math.floor((i + 2 * p - k) / s) + 1),
    (check.output_size, lambda i, k, s, p: len(range(-p, i + p - k + 1, s))),
    (check.correlate, convolution.cross_correlate),
    (check.correlate, stacked),
    (check.three_operations, three()),
    (check.three_operations, lambda A, B: list(three()(A, B))),
    (check.repaired, network()),
    (check.repaired, Repaired),
    (check.repaired, Functional),
    (check.max_pool_gradient, unpooled),
    (check.max_pool_gradient, lambda x, up: by_window(x, up, lambda w: only(w.argmax()))),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_right_answers_pass_with_every_seed(examine, answer, seed, capsys):
    examine(answer, seed=seed)
    assert capsys.readouterr().out == f"✓ {examine.__name__}\n"
