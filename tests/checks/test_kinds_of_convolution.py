"""Checks of assignment 02: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import convolution
from utils.checks import kinds_of_convolution as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def spread(kernel, dilation, extra=0):
    rows, columns = (dilation * (k - 1) + 1 + extra * (dilation - 1) for k in kernel.shape)
    output = torch.zeros(rows, columns)
    output[::dilation, ::dilation] = kernel
    return output


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda k, d: spread(k, d, extra=1), "after the last row and column there are none"),
        (lambda k, d: k.repeat_interleave(d, 0).repeat_interleave(d, 1), "every cell is repeated"),
        (
            lambda k, d: F.pad(k, (0, (d - 1) * (k.shape[1] - 1), 0, (d - 1) * (k.shape[0] - 1))),
            "in a corner",
        ),
        (lambda k, d: spread(k, d + 1), "one zero too many"),
        (lambda k, d: spread(k, d).T, "the shape must be"),
    ],
)
def test_wrong_spreads(answer, words, message):
    assert words in message(check.spread, answer)


def scattered(image, kernel, stride, padding, add=True):
    (H, W), (h, w) = image.shape, kernel.shape
    output = torch.zeros((H - 1) * stride + h, (W - 1) * stride + w)
    for y in range(H):
        for x in range(W):
            window = output[y * stride : y * stride + h, x * stride : x * stride + w]
            window += image[y, x] * kernel - (0 if add else window)
    return output[padding : output.shape[0] - padding, padding : output.shape[1] - padding]


def cut_at_the_end(image, kernel, stride, padding):
    output = scattered(image, kernel, stride, 0)
    return output[: output.shape[0] - 2 * padding, : output.shape[1] - 2 * padding]


def padded(image, kernel, stride, padding):
    return F.pad(scattered(image, kernel, stride, 0), [padding] * 4)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda i, k, s, p: scattered(i, k, s, p, add=False), "overwrites the earlier"),
        (lambda i, k, s, p: scattered(i, k.flip(0, 1), s, p), "your kernel is flipped"),
        (lambda i, k, s, p: scattered(i, k, s, 0), "padding is ignored"),
        (padded, "works the other way round"),
        (lambda i, k, s, p: scattered(i, k, s, p // 2), "the shape must be"),
        (lambda i, k, s, p: scattered(i, k, s, 0)[p:-p, p:-p], "nothing is left"),
        (cut_at_the_end, "Each side loses"),
        (lambda i, k, s, p: scattered(i, k, 1, p), "stride is ignored"),
    ],
)
def test_wrong_scatterings(answer, words, message):
    assert words in message(check.scatter, answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda i, o, k: (i * k * k + i * o, i * o * k * k), "the two are swapped"),
        (lambda i, o, k: (i * o * k, 0), "k rows and k columns"),
        (lambda i, o, k: (i * o * k * k + o, 0), "the standard layer: no biases"),
        (lambda i, o, k: (o * k * k, 0), "a kernel for each input channel"),
        (lambda i, o, k: (i * o * k * k, i * k * k), "1×1 convolution that mixes"),
        (lambda i, o, k: (i * o * k * k, i * o), "depthwise part is missing"),
        (lambda i, o, k: (i * o * k * k, o * k * k + i * o), "not output channel"),
        (lambda i, o, k: (i * o * k * k, i * k * k + i + i * o + o), "the separable layer: no biases"),
        (lambda i, o, k: (i * o * k * k, i * i * k * k + i * o), "not for each pair of channels"),
        (lambda i, o, k: i * o * k * k, "return standard, separable"),
    ],
)
def test_wrong_counts(answer, words, message):
    assert words in message(check.weights, answer)


def convolved(linear, channels, height, width, order=None, bias=True, **settings):
    layer = nn.Conv2d(channels, linear.out_features, (height, width), **settings)
    weight = linear.weight.detach()
    if order == "channels last":
        weight = weight.view(-1, height, width, channels).permute(0, 3, 1, 2)
    with torch.no_grad():
        layer.weight.copy_(weight.reshape(layer.weight.shape))
        layer.bias.copy_(linear.bias if bias else torch.zeros_like(linear.bias))
    return layer


def convolved_keeping_its_bias(linear, channels, height, width):
    layer = nn.Conv2d(channels, linear.out_features, (height, width))
    layer.weight.data = linear.weight.data.view(layer.weight.shape)
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
        (reshaping_the_linear_layer, "changes the linear layer"),
        (lambda *a: convolved(*a, bias=False), "the weights are right, but the bias is not"),
        (convolved_keeping_its_bias, "the weights are right, but the bias is not"),
        (lambda *a: convolved(*a, order="channels last"), "in another order"),
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
        (lambda k: by_svd(k)[::-1], "column comes first"),
        (lambda k: (-by_svd(k)[0], by_svd(k)[1]), "wrong sign"),
        (lambda k: (k[:, 0] / k[0, 0], k[0]), "you divide by zero"),
        (lambda k: (by_svd(k)[0], 2 * by_svd(k)[1]), "is 2 times the kernel"),
        (lambda k: (by_svd(k)[0], by_svd(k)[1] / 4), "is 0.25 times the kernel"),
        (lambda k: (k.sum(1), k[0]), "for column times row of a kernel of 3×3"),
        (
            lambda k: (by_svd(k)[0][:, None], by_svd(k)[1][None]),
            "must be (3,) and (3,), but yours are (3, 1)",
        ),
        (lambda k: k, "return column, row"),
    ],
)
def test_wrong_separations(answer, words, message):
    assert words in message(check.separated, answer)


RIGHT = [
    (check.spread, spread),
    (check.spread, lambda k, d: F.conv_transpose2d(k[None, None], torch.ones(1, 1, 1, 1), stride=d)[0, 0]),
    (check.scatter, scattered),
    (check.scatter, lambda i, k, s, p: F.conv_transpose2d(i[None, None], k[None, None], None, s, p)[0, 0]),
    (check.weights, lambda i, o, k: (i * o * k**2, i * (k**2 + o))),
    (check.weights, lambda i, o, k: [i * o * k**2, i * k**2 + i * o]),
    (check.as_convolution, convolved),
    (check.separated, by_svd),
    (check.separated, by_largest),
    (check.separated, lambda k: list(by_svd(k))),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_right_answers_pass_with_every_seed(examine, answer, seed, capsys):
    examine(answer, seed=seed)
    assert capsys.readouterr().out == f"✓ {examine.__name__}\n"


def test_spreading_is_what_dilation_does():
    image, kernel = torch.randn(9, 8), torch.randn(3, 2)
    dilated = convolution.cross_correlate(image, kernel, dilation=2)
    assert torch.allclose(convolution.cross_correlate(image, spread(kernel, 2)), dilated, atol=1e-5)
