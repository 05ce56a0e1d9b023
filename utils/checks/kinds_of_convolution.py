"""Checks of assignment 02: dilated, transposed and separable convolutions, and a linear layer as one."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.base import (
    Mistake,
    Random,
    agree,
    agree_numbers,
    call,
    check,
    close,
    is_tuple_of,
    module,
    shape,
)


@check
def spread(answer, random: Random) -> None:
    """``answer(kernel, dilation)`` is the kernel with its zeros written out: d(k − 1) + 1 cells in each direction."""
    for dilation in (1, 2, 3):
        kernel = random.normal(*random.two_integers(2, 5))
        rows, columns = (dilation * (k - 1) + 1 for k in kernel.shape)
        expected = torch.zeros(rows, columns)
        expected[::dilation, ::dilation] = kernel
        trailing = F.pad(expected, (0, dilation - 1, 0, dilation - 1))
        wider = torch.zeros(
            (dilation + 1) * (kernel.shape[0] - 1) + 1, (dilation + 1) * (kernel.shape[1] - 1) + 1
        )
        wider[:: dilation + 1, :: dilation + 1] = kernel
        agree(
            call(answer, kernel, dilation),
            expected,
            f"kernel {shape(kernel)}, dilation {dilation}",
            {
                "zeros stand between the cells only: after the last row and column there are none.": trailing,
                "one zero too many: cells that are `dilation` apart have `dilation` − 1 zeros between them.": wider,
                "every cell is repeated. Between the cells stand zeros.": kernel.repeat_interleave(
                    dilation, 0
                ).repeat_interleave(dilation, 1),
                "the kernel stands in a corner. Its cells must be `dilation` apart.": F.pad(
                    kernel, (0, columns - kernel.shape[1], 0, rows - kernel.shape[0])
                ),
            },
        )


@check
def scatter(answer, random: Random) -> None:
    """``answer(image, kernel, stride, padding)`` is the transposed convolution of (H, W) with (kH, kW)."""
    for stride, padding in [(1, 0), (2, 0), (3, 2), (2, 1)]:
        image = random.normal(*random.two_integers(3, 6))
        kernel = random.normal(*random.two_integers(3, 5))
        uncut = _transposed(image, kernel, stride)
        value = call(answer, image, kernel, stride, padding)
        if padding == 0 and isinstance(value, Tensor) and value.numel() == 0:
            raise Mistake("with padding 0 nothing is left. `output[0:-0]` is empty: write where to stop.")
        agree(
            value,
            _transposed(image, kernel, stride, padding),
            f"image {shape(image)}, kernel {shape(kernel)}, stride {stride}, padding {padding}",
            {
                "where windows overlap, the later one overwrites the earlier. They are added.": _overwriting(
                    image, kernel, stride, padding
                ),
                "your kernel is flipped. It is written as it is.": _transposed(
                    image, kernel.flip(0, 1), stride, padding
                ),
                "padding is ignored. Here it cuts cells off each side of the output.": uncut,
                "cells are cut off at the bottom and at the right only. Each side loses `padding` of them.": uncut[
                    : uncut.shape[0] - 2 * padding, : uncut.shape[1] - 2 * padding
                ],
                "padding adds cells. Here it cuts them off: it works the other way round.": F.pad(
                    uncut, (padding, padding, padding, padding)
                ),
                "stride is ignored: the windows are written next to each other.": _transposed(
                    image, kernel, 1, padding
                ),
            },
        )


@check
def weights(answer, random: Random) -> None:
    """``answer(in_channels, out_channels, kernel_size)`` is the weights of a standard and a separable layer."""
    cases = [(64, 128, 3), (3, 32, 5)]
    cases += [(*random.two_integers(2, 300), random.integer(2, 7)) for _ in range(5)]
    answers = [call(answer, *case) for case in cases]
    if not all(is_tuple_of(2, pair) for pair in answers):
        raise Mistake("your function must return two numbers: `return standard, separable`.")
    names = [f"{i} to {o} channels, kernel {k}×{k}," for i, o, k in cases]
    agree_numbers(
        [standard for standard, _ in answers],
        [i * o * k * k for i, o, k in cases],
        [f"a standard layer from {name}" for name in names],
        {
            "the two are swapped: the standard layer's number comes first.": [
                i * k * k + i * o for i, o, k in cases
            ],
            "a standard layer's kernel has k rows and k columns: k·k.": [i * o * k for i, o, k in cases],
            "the standard layer: no biases this time.": [i * o * k * k + o for i, o, k in cases],
            "each output channel has a kernel for each input channel.": [o * k * k for i, o, k in cases],
        },
    )
    agree_numbers(
        [separable for _, separable in answers],
        [i * k * k + i * o for i, o, k in cases],
        [f"a depthwise separable layer from {name}" for name in names],
        {
            "the 1×1 convolution that mixes the channels is missing.": [i * k * k for i, o, k in cases],
            "the depthwise part is missing.": [i * o for i, o, k in cases],
            "the depthwise part has one kernel for each input channel, not output channel.": [
                o * k * k + i * o for i, o, k in cases
            ],
            "the depthwise part has a kernel for each channel, not for each pair of channels.": [
                i * i * k * k + i * o for i, o, k in cases
            ],
            "the separable layer: no biases this time.": [i * k * k + i + i * o + o for i, o, k in cases],
        },
    )


@check
def as_convolution(answer, random: Random) -> None:
    """``answer(linear, channels, height, width)`` is a Conv2d that does what flatten and linear do."""
    height, width = random.two_integers(2, 5)
    channels, outputs = random.two_integers(2, 6)
    linear = nn.Linear(channels * height * width, outputs)
    with torch.no_grad():
        linear.weight.copy_(random.normal(*linear.weight.shape))
        linear.bias.copy_(random.normal(outputs))
    weight, bias = linear.weight.detach().clone(), linear.bias.detach().clone()
    layer = module(answer, linear, channels, height, width)
    if not (close(linear.weight, weight) and close(linear.bias, bias)):
        raise Mistake("your function changes the linear layer it is given. Copy its numbers.")
    case = f"images {channels}×{height}×{width} and {outputs} outputs"
    if not isinstance(layer, nn.Conv2d):
        raise Mistake(f"your function must return an nn.Conv2d, but it returned {type(layer).__name__}.")
    wanted = (outputs, channels, height, width)
    if tuple(layer.weight.shape) != wanted:
        raise Mistake(
            f"for {case} the weight must have shape {wanted}, but yours has {tuple(layer.weight.shape)}."
        )
    if not close(layer.weight, weight.view(wanted)):
        if close(layer.weight.flatten().sort().values, weight.flatten().sort().values):
            raise Mistake(
                "the weights are in another order. Flattening runs through columns, then rows, then channels."
            )
        raise Mistake("the weights are not those of the linear layer. Copy them into the new one.")
    if layer.bias is None or not close(layer.bias, bias):
        raise Mistake("the weights are right, but the bias is not. Copy it too.")
    images = random.normal(3, channels, height, width)
    with torch.no_grad():
        output = layer(images)
    if tuple(output.shape) != (3, outputs, 1, 1):
        raise Mistake(f"for {case} each output is 1×1. No padding, and stride 1.")
    agree(output, F.linear(images.flatten(1), weight, bias)[:, :, None, None], case)


@check
def separated(answer, random: Random) -> None:
    """``answer(kernel)`` is a column (kH,) and a row (kW,) whose products are the kernel."""
    sobel = torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 0.0, -1.0]))
    cases = [sobel, sobel.T.contiguous()]
    for _ in range(3):
        rows, columns = random.two_integers(2, 6)
        column, row = random.normal(rows), random.normal(columns)
        column[0] = 0.0  # its first row is all zero
        cases.append(column.outer(row))
    for kernel in cases:
        pair = call(answer, kernel)
        if not is_tuple_of(2, pair) or not all(type(part) is Tensor for part in pair):
            raise Mistake("your function must return two tensors: `return column, row`.")
        column, row = pair
        case = f"a kernel of {shape(kernel)}"
        if (column.shape, row.shape) != (kernel.shape[:1], kernel.shape[1:]):
            hint = (
                " The column comes first."
                if (row.shape, column.shape) == (kernel.shape[:1], kernel.shape[1:])
                else ""
            )
            raise Mistake(
                f"for {case} the shapes must be {tuple(kernel.shape[:1])} and {tuple(kernel.shape[1:])}, but yours "
                f"are {tuple(column.shape)} and {tuple(row.shape)}.{hint}"
            )
        product = column.outer(row)
        if not product.isfinite().all():
            raise Mistake(f"for {case} you divide by zero. Take a row and a column that are not zero.")
        if close(product, -kernel):
            raise Mistake(f"for {case} the product has the wrong sign.")
        mistakes = {"the column comes first, then the row.": kernel.T}
        if factor := (product.abs().max() / kernel.abs().max()).item():
            mistakes[f"column times row is {factor:.3g} times the kernel. Divide one of the two by that."] = (
                factor * kernel
            )
        agree(product, kernel, f"column times row of {case}", mistakes)


def _transposed(image: Tensor, kernel: Tensor, stride: int, padding: int = 0) -> Tensor:
    return F.conv_transpose2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _overwriting(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    h, w = kernel.shape
    output = torch.zeros_like(_transposed(image, kernel, stride))
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y * stride : y * stride + h, x * stride : x * stride + w] = image[y, x] * kernel
    return output[padding : output.shape[0] - padding, padding : output.shape[1] - padding]
