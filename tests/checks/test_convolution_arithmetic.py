"""Checks of assignment 01: wrong answers and their words, right answers written in other ways."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import convolution
from utils.checks import convolution_arithmetic as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def conv(image, kernel, stride=1, padding=0):
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def three(A, B):
    C = F.max_pool2d(A[None], 3, stride=2)[0]
    D = conv(C, B, padding=(1, 2))
    return [C, D, conv(D, B, stride=(2, 3))]


def three_by_the_course(A, B):
    C = convolution.max_pool(A, kernel_size=3, stride=2)
    D = convolution.cross_correlate(F.pad(C, (2, 2, 1, 1)), B)
    return C, D, convolution.cross_correlate(D, B, stride=(2, 3))


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
        (network(first=1), "tried with 2×3×"),
        (network(paddings=(1, 0, 1)), "smaller than planned: look at every padding"),
        (network(paddings=(1, 2, 2)), "larger than planned"),
        (network(stride=1), "larger than planned: count the strides"),
        (network(channels=(16, 24)), "the plan 15,592"),
        (network(paddings=(1, 1, 1)), "the shape must be (2, 32,"),
        (network(kernels=(5, 3, 3), channels=(16, 32), paddings=(2, 1, 1)), "the plan 15,592"),
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


def scattered(image, upstream):
    _, places = F.max_pool2d(image[None], 2, return_indices=True)
    return torch.zeros(image.numel()).scatter(0, places.flatten(), upstream.flatten()).view(image.shape)


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
    (check.correlate, stacked),
    (check.three_operations, three),
    (check.three_operations, three_by_the_course),
    (check.repaired, network()),
    (check.repaired, Repaired),
    (check.repaired, Functional),
    (check.max_pool_gradient, scattered),
    (check.max_pool_gradient, lambda x, up: by_window(x, up, lambda w: only(w.argmax()))),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
