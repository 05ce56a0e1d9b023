"""Checks of assignment 02: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import convolution
from utils.checks import kinds_of_convolution as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def spread(kernel, down, across):
    rows, columns = kernel.shape
    output = torch.zeros(down * (rows - 1) + 1, across * (columns - 1) + 1)
    output[::down, ::across] = kernel
    return output


def scattered(image, kernel, stride, padding):
    (H, W), (h, w) = image.shape, kernel.shape
    output = torch.zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for y in range(H):
        for x in range(W):
            output[y * stride : y * stride + h, x * stride : x * stride + w] += image[y, x] * kernel
    return output[padding : output.shape[0] - padding, padding : output.shape[1] - padding]


def kernels(linear, channels, height, width):
    return linear.weight.detach().view(-1, height, width, channels).permute(0, 3, 1, 2)


def convolved(linear, channels, height, width, order=None, bias=True, **settings):
    layer = nn.Conv2d(channels, linear.out_features, (height, width), **settings)
    weight = linear.weight.detach() if order == "torch's" else kernels(linear, channels, height, width)
    with torch.no_grad():
        layer.weight.copy_(weight.reshape(layer.weight.shape))
        layer.bias.copy_(linear.bias if bias else torch.zeros_like(linear.bias))
    return layer


def convolved_keeping_its_bias(linear, channels, height, width):
    layer = nn.Conv2d(channels, linear.out_features, (height, width))
    layer.weight.data = kernels(linear, channels, height, width)
    return layer


def turned(linear, channels, height, width):
    layer = convolved(linear, channels, height, width)
    layer.weight.data = layer.weight.data.flip(2, 3)
    return layer


def reshaping_the_linear_layer(linear, channels, height, width):
    layer = nn.Conv2d(channels, linear.out_features, (height, width))
    linear.weight.data = linear.weight.data.view(layer.weight.shape)
    layer.weight, layer.bias = linear.weight, linear.bias
    return layer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (turned, "in another order"),
        (reshaping_the_linear_layer, "changes weights or statistics of `linear`"),
        (lambda *a: convolved(*a, stride=a[2:]), "must slide cell by cell"),
        (lambda *a: convolved(*a).requires_grad_(False), "its weights are frozen"),
        (lambda *a: convolved(*a, bias=False), "the weights are right, but the bias is not"),
        (convolved_keeping_its_bias, "the weights are right, but the bias is not"),
        (lambda *a: convolved(*a, order="torch's"), "right for torch's order, channels first"),
        (lambda *a: convolved(*a, padding=1), "No padding"),
        (lambda l, c, h, w: nn.Conv2d(c, l.out_features, 1), "the weight must have shape"),
        (lambda l, c, h, w: nn.Conv2d(c, l.out_features, (h, w)), "not those of the linear layer"),
        (lambda l, c, h, w: l, "must return an nn.Conv2d"),
    ],
)
def test_wrong_layers(answer, words, message):
    assert words in message(check.as_convolution, answer)


def by_svd(kernel):
    u, s, v = torch.linalg.svd(kernel)
    return u[:, 0] * s[0], v[0]


def by_largest(kernel):
    y, x = divmod(kernel.abs().argmax().item(), kernel.shape[1])
    return kernel[:, x] / kernel[y, x], kernel[y]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda k: by_svd(k)[:: 1 if k.shape == (3, 3) else -1], "The column comes first."),
        (lambda k: (by_svd(k)[0], by_svd(k)[1] / 4), "(It is 0.25 times the kernel.)"),
        (lambda k: (by_svd(k)[0], 0 * k[0]), "for column times row of a kernel of 3×3"),
        (lambda k: (k.sum(1), k[0]), "for column times row of a kernel of 3×3"),
        (
            lambda k: (by_svd(k)[0][:, None], by_svd(k)[1][None]),
            "must be (3,) and (3,), but yours are (3, 1)",
        ),
    ],
)
def test_wrong_separations(answer, words, message):
    assert words in message(check.separated, answer)


RIGHT = [
    (check.spread, spread),
    (check.spread, lambda k, *d: F.conv_transpose2d(k[None, None], torch.ones(1, 1, 1, 1), stride=d)[0, 0]),
    (check.scatter, scattered),
    (check.weights, lambda i, o, k, g: (i * o * k**2, g * (i // g) * (o // g) * k**2, i * (k**2 + o))),
    (check.weights, lambda i, o, k, g: [i * o * k**2, i * o * k**2 // g, i * k**2 + i * o]),
    (check.as_convolution, convolved),
    (check.separated, by_svd),
    (check.separated, by_largest),
    (check.separated, lambda k: list(by_svd(k))),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)


def test_spreading_is_what_dilation_does():
    image, kernel = torch.randn(9, 8), torch.randn(3, 2)
    dilated = convolution.cross_correlate(image, kernel, dilation=2)
    assert torch.allclose(convolution.cross_correlate(image, spread(kernel, 2, 2)), dilated, atol=1e-5)
