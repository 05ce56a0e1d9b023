"""Checks of assignment 02: dilated, transposed and separable convolutions, and a linear layer as one."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask_network
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _spread(kernel: Tensor, dilation: int) -> Tensor:
    """The kernel with its zeros written out: d(k − 1) + 1 cells in each direction."""
    output = torch.zeros([dilation * (k - 1) + 1 for k in kernel.shape])
    output[::dilation, ::dilation] = kernel
    return output


def _in_a_corner(kernel: Tensor, dilation: int) -> Tensor:
    rows, columns = ((dilation - 1) * (k - 1) for k in kernel.shape)
    return F.pad(kernel, (0, columns, 0, rows))


spread = Task(
    "spread",
    right=_spread,
    cases=lambda random: [(random.normal(*random.two_integers(2, 5)), dilation) for dilation in (1, 2, 3)],
    case=lambda kernel, dilation: f"kernel {shape_of(kernel)}, dilation {dilation}",
    mistakes=(
        (
            "zeros stand between the cells only: after the last row and column there are none.",
            lambda kernel, dilation: F.pad(_spread(kernel, dilation), (0, dilation - 1, 0, dilation - 1)),
        ),
        (
            "one zero too many: cells that are `dilation` apart have `dilation` − 1 zeros between them.",
            lambda kernel, dilation: _spread(kernel, dilation + 1),
        ),
        (
            "every cell is repeated. Between the cells stand zeros.",
            lambda kernel, dilation: kernel.repeat_interleave(dilation, 0).repeat_interleave(dilation, 1),
        ),
        ("the kernel stands in a corner. Its cells must be `dilation` apart.", _in_a_corner),
    ),
)


def _scatter(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """The transposed convolution of (H, W) with (kH, kW)."""
    return F.conv_transpose2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _overwriting(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    h, w = kernel.shape
    output = torch.zeros_like(_scatter(image, kernel, stride, 0))
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            output[y * stride : y * stride + h, x * stride : x * stride + w] = image[y, x] * kernel
    return output[padding : output.shape[0] - padding, padding : output.shape[1] - padding]


def _cut_at_the_end(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    uncut = _scatter(image, kernel, stride, 0)
    return uncut[: uncut.shape[0] - 2 * padding, : uncut.shape[1] - 2 * padding]


def _images(random: Random) -> Iterator[tuple]:
    for stride, padding in [(1, 0), (2, 0), (3, 2), (2, 1)]:
        yield (
            random.normal(*random.two_integers(3, 6)),
            random.normal(*random.two_integers(3, 5)),
            stride,
            padding,
        )


scatter = Task(
    "scatter",
    right=_scatter,
    cases=_images,
    case=lambda image, kernel, stride, padding: (
        f"image {shape_of(image)}, kernel {shape_of(kernel)}, stride {stride}, padding {padding}"
    ),
    mistakes=(
        (
            "with padding 0 nothing is left. `output[0:-0]` is empty: write where to stop.",
            lambda i, k, s, p: _scatter(i, k, s, 0)[p:-p, p:-p],
            lambda value, i, k, s, p: p == 0 and value.numel() == 0,
        ),
        ("where windows overlap, the later one overwrites the earlier. They are added.", _overwriting),
        (
            "your kernel is flipped. It is written as it is.",
            lambda i, k, s, p: _scatter(i, k.flip(0, 1), s, p),
        ),
        (
            "padding is ignored. Here it cuts cells off each side of the output.",
            lambda i, k, s, p: _scatter(i, k, s, 0),
        ),
        (
            "cells are cut off at the bottom and at the right only. Each side loses `padding` of them.",
            _cut_at_the_end,
        ),
        (
            "padding adds cells. Here it cuts them off: it works the other way round.",
            lambda i, k, s, p: F.pad(_scatter(i, k, s, 0), (p, p, p, p)),
        ),
        (
            "stride is ignored: the windows are written next to each other.",
            lambda i, k, s, p: _scatter(i, k, 1, p),
        ),
    ),
)


def _weights(
    standard: Callable = lambda i, o, k: i * o * k * k,
    separable: Callable = lambda i, o, k: i * k * k + i * o,
) -> Callable:
    """An answer to task 3, right or with another formula for one of the two."""
    return lambda i, o, k: (standard(i, o, k), separable(i, o, k))


def _layers(random: Random) -> list[tuple]:
    drawn = [(*random.two_integers(2, 300), random.integer(2, 7)) for _ in range(5)]
    return [(64, 128, 3), (3, 32, 5), *drawn]


weights = Task(
    "weights",
    right=_weights(),
    cases=_layers,
    case=lambda i, o, k: f"from {i} to {o} channels, kernel {k}×{k},",
    kind=int,
    returns="standard, separable",
    parts=("a standard layer", "a depthwise separable layer"),
    mistakes=(
        (
            "the two are swapped: the standard layer's number comes first.",
            lambda i, o, k: (i * k * k + i * o, i * o * k * k),
        ),
        (
            "a standard layer's kernel has k rows and k columns: k·k.",
            _weights(standard=lambda i, o, k: i * o * k),
        ),
        (
            "the standard layer: no biases this time.",
            _weights(standard=lambda i, o, k: i * o * k * k + o),
        ),
        (
            "each output channel has a kernel for each input channel.",
            _weights(standard=lambda i, o, k: o * k * k),
        ),
        (
            "the 1×1 convolution that mixes the channels is missing.",
            _weights(separable=lambda i, o, k: i * k * k),
        ),
        ("the depthwise part is missing.", _weights(separable=lambda i, o, k: i * o)),
        (
            "the depthwise part has one kernel for each input channel, not output channel.",
            _weights(separable=lambda i, o, k: o * k * k + i * o),
        ),
        (
            "the depthwise part has a kernel for each channel, not for each pair of channels.",
            _weights(separable=lambda i, o, k: i * i * k * k + i * o),
        ),
        (
            "the separable layer: no biases this time.",
            _weights(separable=lambda i, o, k: i * k * k + i + i * o + o),
        ),
    ),
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
    layer = ask_network(answer, linear, channels, height, width)
    if not (nearly_equal(linear.weight, weight) and nearly_equal(linear.bias, bias)):
        raise Mistake("your function changes the linear layer it is given. Copy its numbers.")
    case = f"images {channels}×{height}×{width} and {outputs} outputs"
    if not isinstance(layer, nn.Conv2d):
        raise Mistake(f"your function must return an nn.Conv2d, but it returned {type(layer).__name__}.")
    wanted = (outputs, channels, height, width)
    if tuple(layer.weight.shape) != wanted:
        raise Mistake(f"for {case} the weight must have shape {wanted}, but yours has {tuple(layer.weight.shape)}.")
    if not nearly_equal(layer.weight, weight.view(wanted)):
        if nearly_equal(layer.weight.flatten().sort().values, weight.flatten().sort().values):
            raise Mistake(
                "the weights are in another order. Flattening runs through columns, then rows, then channels."
            )
        raise Mistake("the weights are not those of the linear layer. Copy them into the new one.")
    if layer.bias is None or not nearly_equal(layer.bias, bias):
        raise Mistake("the weights are right, but the bias is not. Copy it too.")
    images = random.normal(3, channels, height, width)
    with torch.no_grad():
        output = layer(images)
    if tuple(output.shape) != (3, outputs, 1, 1):
        raise Mistake(f"for {case} each output is 1×1. No padding, and stride 1.")
    agree(output, F.linear(images.flatten(1), weight, bias)[:, :, None, None], case)


def _by_largest(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Column (kH,) and row (kW,) through the cell that is farthest from zero."""
    y, x = divmod(kernel.abs().argmax().item(), kernel.shape[1])
    return kernel[:, x] / kernel[y, x], kernel[y]


def _through_the_first(kernel: Tensor) -> tuple[Tensor, Tensor]:
    return kernel[:, 0] / kernel[0, 0], kernel[0]


def _times(column_by: float, row_by: float) -> Callable:
    """An answer to task 5 whose column and row are so many times the right ones."""

    def answer(kernel: Tensor) -> tuple[Tensor, Tensor]:
        column, row = _by_largest(kernel)
        return column_by * column, row_by * row

    return answer


def _kernels(random: Random) -> Iterator[tuple]:
    sobel = torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 0.0, -1.0]))
    yield from [(sobel,), (sobel.T.contiguous(),)]
    for _ in range(3):
        rows, columns = random.two_integers(2, 6)
        column, row = random.normal(rows), random.normal(columns)
        column[0] = 0.0  # its first row is all zero
        yield (column.outer(row),)


def _product(pair: tuple, kernel: Tensor) -> tuple[Tensor]:
    if not all(type(part) is Tensor for part in pair):
        raise Mistake("your function must return two tensors: `return column, row`.")
    (column, row), wanted = pair, (kernel.shape[:1], kernel.shape[1:])
    if (column.shape, row.shape) != wanted:
        hint = " The column comes first." if (row.shape, column.shape) == wanted else ""
        raise Mistake(
            f"for a kernel of {shape_of(kernel)} the shapes must be {tuple(kernel.shape[:1])} and "
            f"{tuple(kernel.shape[1:])}, but yours are {tuple(column.shape)} and {tuple(row.shape)}.{hint}"
        )
    return (column.outer(row),)


def _multiple(pair: tuple, kernel: Tensor) -> str | None:
    (product,) = _product(pair, kernel)
    factor = (product.abs().max() / kernel.abs().max()).item()
    other = factor and abs(factor - 1) > 1e-3 and nearly_equal(product, factor * kernel)
    return f"It is {factor:.3g} times the kernel." if other else None


separated = Task(
    "separated",
    right=_by_largest,
    cases=_kernels,
    case=lambda kernel: f"of a kernel of {shape_of(kernel)}",
    returns="column, row",
    read=_product,
    parts=("column times row",),
    mistakes=(
        (
            "you divide by zero. Take a row and a column that are not zero.",
            _through_the_first,
            lambda pair, kernel: not _product(pair, kernel)[0].isfinite().all(),
        ),
        (
            "column times row is a multiple of the kernel. Divide one of the two by its factor.",
            _times(1, 2),
            _multiple,
        ),
        ("the product has the wrong sign.", _times(1, -1)),
        ("the column comes first, then the row.", lambda kernel: _by_largest(kernel)[::-1]),
    ),
)
