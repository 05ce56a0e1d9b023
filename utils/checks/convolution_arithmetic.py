"""Checks of assignment 01: sizes, cross-correlation, three operations in a row, a repair, a gradient."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import arithmetic
from utils.checks.base import (
    Mistake,
    Random,
    agree,
    agree_numbers,
    call,
    check,
    count,
    forward,
    is_tuple_of,
    module,
    shape,
    trace,
)


@check
def output_size(answer, random: Random) -> None:
    """``answer(input_size, kernel_size, stride, padding)`` is ⌊(i + 2p − k)/s⌋ + 1."""
    settings = [
        (4, 3, 1, 0),
        (5, 4, 1, 2),
        (5, 3, 2, 0),
        (6, 3, 2, 0),
    ]  # the lecture's, and one that drops a cell
    for _ in range(20):
        kernel_size = random.integer(1, 7)
        settings.append(
            (random.integer(kernel_size, 40), kernel_size, random.integer(1, 5), random.integer(0, 3))
        )
    values = [call(answer, *setting) for setting in settings]
    agree_numbers(
        values,
        [arithmetic.output_size(i, kernel_size=k, stride=s, padding=p) for i, k, s, p in settings],
        [f"input {i}, kernel {k}, stride {s}, padding {p}" for i, k, s, p in settings],
        {
            "the first place is missing: the window stands somewhere before it moves. What is the + 1 for?": [
                (i + 2 * p - k) // s for i, k, s, p in settings
            ],
            "padding is added on both sides, so it counts twice.": [
                (i + p - k) // s + 1 for i, k, s, p in settings
            ],
            "padding is missing from your formula.": [(i - k) // s + 1 for i, k, s, p in settings],
            "stride is missing from your formula.": [i + 2 * p - k + 1 for i, k, s, p in settings],
            "what does not fill a whole step is lost: round down, not up.": [
                -((i + 2 * p - k) // -s) + 1 for i, k, s, p in settings
            ],
            "divide only the room that is left to move over, i + 2p − k. The + 1 is added after the division.": [
                (i + 2 * p - k + 1) // s for i, k, s, p in settings
            ],
            "`round` goes to the nearest whole number. What does not fill a whole step is lost: round down.": [
                round((i + 2 * p - k) / s) + 1 for i, k, s, p in settings
            ],
            "Python divides before it adds. Put brackets around all that is divided, i + 2p − k.": [
                i + 2 * p - k // s + 1 for i, k, s, p in settings
            ],
        },
    )


@check
def correlate(answer, random: Random) -> None:
    """``answer(image, kernel, stride, padding)`` is the cross-correlation of (H, W) with (kH, kW)."""
    cases = [
        (
            random.normal(*random.two_integers(6, 11)),
            random.normal(*random.two_integers(2, 4)),
            stride,
            padding,
        )
        for stride, padding in [(1, 0), (1, 2), (2, 0)]
        + [(random.integer(2, 3), random.integer(1, 2)) for _ in range(4)]
    ]
    cases.append((random.normal(3, 7), random.normal(3, 2), 1, 0))  # an output of one row
    for image, kernel, stride, padding in cases:
        settings = {"stride": stride, "padding": padding}
        right = _conv(image, kernel, **settings)
        agree(
            call(answer, image, kernel, stride, padding),
            right,
            f"image {shape(image)}, kernel {shape(kernel)}, stride {stride}, padding {padding}",
            {
                "your kernel is flipped: that is convolution, and a layer computes cross-correlation.": _conv(
                    image, kernel.flip(0, 1), **settings
                ),
                "stride is ignored: every place is computed.": _conv(image, kernel, padding=padding),
                "padding is ignored: no zeros surround the image.": _conv(image, kernel, stride=stride),
                "zeros are added at the bottom and at the right only. They belong on all four sides.": _conv(
                    F.pad(image, (0, padding, 0, padding)), kernel, stride=stride
                ),
                "zeros are added at the top and at the left only. They belong on all four sides.": _conv(
                    F.pad(image, (padding, 0, padding, 0)), kernel, stride=stride
                ),
                "zeros are added at the left and at the right only. `F.pad` wants four numbers, one for each side.": (
                    _conv(F.pad(image, (padding, padding)), kernel, stride=stride)
                ),
                "the output has the right size, but the window moves by 1. It moves by `stride`.": _conv(
                    image, kernel, padding=padding
                )[: right.shape[0], : right.shape[1]],
                "rows and columns are swapped.": right.T,
                "the output has one row, and `squeeze` took that axis away too. Take the first two off: `[0, 0]`.": (
                    right.squeeze()
                ),
            },
        )


@check
def three_operations(answer, random: Random) -> None:
    """``answer(A, B)`` is C, D, E: pool A, pad and correlate with B, correlate with B at stride 3."""
    for _ in range(3):
        rows, columns = random.two_integers(5, 8)
        A = random.integers(-9, 9, 2 * rows, 2 * columns).float()
        B = random.integers(-4, 4, 3, 3).float()
        B[0, 0] += 9  # the kernel of the lecture looks the same when flipped; this one never does
        C = F.max_pool2d(A[None], kernel_size=2)[0]
        D = _conv(C, B, padding=2)
        E = _conv(D, B, stride=3)
        case = f"from A of {shape(A)}"
        result = call(answer, A, B)
        if not is_tuple_of(3, result):
            raise Mistake("your function must return three tensors: `return C, D, E`.")
        agree(
            result[0],
            C,
            f"C ({case})",
            {
                "C is an average. Max pooling keeps the largest.": F.avg_pool2d(A[None], 2)[0],
                "the windows of the pooling overlap: its stride is 2.": F.max_pool2d(A[None], 2, stride=1)[0],
            },
        )
        agree(
            result[1],
            D,
            f"D ({case})",
            {
                "D is computed with the kernel flipped. Layers do not flip.": _conv(
                    C, B.flip(0, 1), padding=2
                ),
                "D has no padding: C gets 2 zeros on each side first.": _conv(C, B),
                "D has padding 1, as for “same”. Here it is 2.": _conv(C, B, padding=1),
            },
        )
        agree(
            result[2],
            E,
            f"E ({case})",
            {
                "E is computed with the kernel flipped. Layers do not flip.": _conv(
                    D, B.flip(0, 1), stride=3
                ),
                "E has stride 1. It moves by 3.": _conv(D, B),
                "E is made from C. It is made from D.": _conv(C, B, stride=3),
                "E has padding. Only D has.": _conv(D, B, stride=3, padding=2),
            },
        )


@check
def repaired(answer, random: Random) -> None:
    """``answer()`` is three convolutions that halve the size three times: (N, 3, H, W) → (N, 8, H/8, W/8)."""
    network = module(answer)
    height, width = (8 * eighths for eighths in random.two_integers(3, 7))
    images = random.normal(2, 3, height, width)
    output = forward(network, images)
    expected = (2, 8, height // 8, width // 8)
    if tuple(output.shape) != expected:
        hint = ""
        if output.ndim == 4 and output.shape[1] == 8 and output.shape[2] < expected[2]:
            hint = " That is smaller than planned: look at every padding, and count the strides."
        if output.ndim == 4 and output.shape[1] == 8 and output.shape[2] > expected[2]:
            hint = " That is larger than planned: count the strides, and look at every padding."
        raise Mistake(
            f"images of {shape(images)} must become {expected}, but yours become {tuple(output.shape)}.{hint}"
        )
    parameters = 448 + 12_832 + 2_312
    if count(network) != parameters:
        raise Mistake(
            f"the shapes fit, but your network has {count(network):,} parameters and the plan {parameters:,}. "
            f"Compare each layer's channels and kernel size with the table. Each layer has biases."
        )
    _, runs = trace(network, images, nn.Conv2d)
    if len(runs) != 3:
        raise Mistake(f"the plan has three convolutions, your network {len(runs)}.")
    plan = [(3, 16, 3, 1), (16, 32, 5, 2), (32, 8, 3, 8)]
    for (layer, _, maps), (inputs, outputs, size, parts) in zip(runs, plan, strict=True):
        if (layer.in_channels, layer.out_channels, *layer.kernel_size) != (inputs, outputs, size, size):
            raise Mistake(
                f"the plan has a layer {inputs} → {outputs} with kernel {size}, yours is "
                f"{layer.in_channels} → {layer.out_channels} with {layer.kernel_size}."
            )
        wanted = (2, outputs, height // parts, width // parts)
        if tuple(maps.shape) != wanted:
            raise Mistake(
                f"the last size is right, but after the layer {inputs} → {outputs} it must be {wanted}, and yours is "
                f"{tuple(maps.shape)}. Look at its padding and stride, and at the pooling before it."
            )
    layers = [layer for layer, _, _ in runs]
    expected = _planned(images, layers)
    agree(
        output,
        expected,
        "your weights in the plan",
        {
            "the plan ends in a convolution. After a ReLU no output is ever below zero.": expected.relu(),
            "the ReLU after the first convolution is missing.": _planned(images, layers, relus=(False, True)),
            "the ReLU after the second convolution is missing.": _planned(
                images, layers, relus=(True, False)
            ),
            "the ReLUs are missing. Without one between them, layers in a row are one larger filter.": _planned(
                images, layers, relus=(False, False)
            ),
            "your pooling averages. The plan has max pooling.": _planned(images, layers, pool=F.avg_pool2d),
        },
    )


@check
def max_pool_gradient(answer, random: Random) -> None:
    """``answer(image, upstream)`` is the gradient that 2×2 max pooling with stride 2 passes back, (H, W)."""
    for most in (99, 99, 2):  # the last has many equal numbers
        rows, columns = random.two_integers(2, 5)
        image = random.integers(-most, most, 2 * rows, 2 * columns).float()
        image[:2, :2] = -image[:2, :2].abs().clamp(min=1)  # a window whose largest number is below zero
        upstream = random.normal(rows, columns)
        pooled_back = upstream.repeat_interleave(2, 0).repeat_interleave(2, 1)
        winners = F.max_pool2d(image[None], 2)[0].repeat_interleave(2, 0).repeat_interleave(2, 1) == image
        ways = F.avg_pool2d(4 * winners[None].float(), 2)[0].repeat_interleave(2, 0).repeat_interleave(2, 1)
        right = _pool_gradient(image, upstream)
        value = call(answer, image, upstream)
        if image.requires_grad:
            raise Mistake("you let torch compute the gradient of the given image. Do it by hand.")
        agree(
            value,
            right,
            f"image {shape(image)}, numbers from {-most} to {most}",
            {
                "every cell gets the gradient. Only the winner of each window does.": pooled_back,
                "each cell gets a quarter: that is average pooling. Here the winner takes all.": pooled_back
                / 4,
                "the right cells, but each gets 1. It gets what comes from above, `upstream`.": _pool_gradient(
                    image, torch.ones_like(upstream)
                ),
                "where two cells of a window are equal, both got the gradient. torch takes the first.": pooled_back
                * winners,
                "where two cells of a window are equal, they share the gradient. torch gives all of it to the first.": (
                    pooled_back * winners / ways
                ),
                "where two cells of a window are equal, the last got the gradient. torch takes the first.": (
                    _pool_gradient(image.flip(0, 1), upstream.flip(0, 1)).flip(0, 1)
                ),
                "within a window rows and columns are swapped: cell 1 of 0 1 / 2 3 is in row 0, column 1.": (
                    right.view(rows, 2, columns, 2).transpose(1, 3).reshape(right.shape)
                ),
                "the largest number of a window can be below zero. Do not begin the search with 0.": (
                    _pool_gradient(image.clamp(min=0), upstream)
                ),
                "the winners hold their own value. They get the gradient from above.": _pool_gradient(
                    image, F.max_pool2d(image[None], 2)[0]
                ),
                "that is what went forwards. Asked for is what comes back, as large as the image.": F.max_pool2d(
                    image[None], 2
                )[0],
            },
        )


def _conv(image: Tensor, kernel: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _planned(
    images: Tensor,
    layers: list[nn.Conv2d],
    relus: tuple[bool, bool] = (True, True),
    pool: Callable[[Tensor, int], Tensor] = F.max_pool2d,
) -> Tensor:
    """What the network of task 4 makes of images (N, 3, H, W) with the weights of its three convolutions."""
    with torch.no_grad():
        maps = images
        for layer, relu in zip(layers, relus, strict=False):
            maps = F.conv2d(maps, layer.weight, layer.bias, padding="same")
            maps = pool(maps.relu() if relu else maps, 2)
        return F.conv2d(maps, layers[2].weight, layers[2].bias, stride=2, padding=1)


def _pool_gradient(image: Tensor, upstream: Tensor) -> Tensor:
    image = image.clone().requires_grad_()
    F.max_pool2d(image[None], kernel_size=2)[0].backward(upstream)
    return image.grad
