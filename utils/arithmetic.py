"""Sizes, weights and work of convolutions and poolings, as whole numbers. Nothing here needs torch.

Every size is one int, which counts for both dimensions, or a pair (height, width). A function that computes a
size returns an int when it was given ints only, else a pair. A number that is not an int is a TypeError; a
setting that cannot be is a ValueError that says which number is wrong.

Sources: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning"; Araujo, Norris and
Sim 2019, "Computing Receptive Fields of Convolutional Neural Networks".
"""

from collections.abc import Sequence
from numbers import Integral
from typing import overload

Size = int | tuple[int, int]


def integer(name: str, value: int, least: int) -> int:
    """Return ``value``, an int of Python or NumPy, if it is at least ``least``; the errors call it ``name``."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} must be a whole number (an int), but it is a {type(value).__name__}")
    if value < least:
        raise ValueError(f"{name}={value} is too small: it must be at least {least}")
    return int(value)


def pair(name: str, value: Size, least: int) -> tuple[int, int]:
    """Return (height, width) of a size given as one int or as two, each of at least ``least``."""
    if not isinstance(value, (tuple, list)):
        value = (value, value)
    if len(value) != 2:
        raise ValueError(f"{name}={value!r} has length {len(value)}: give one int, or a pair (height, width)")
    return integer(name, value[0], least), integer(name, value[1], least)


# For a type checker: ints give an int.
@overload
def output_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int | str = 0, dilation: int = 1
) -> int: ...
@overload
def output_size(
    input_size: Size, kernel_size: Size, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1
) -> Size: ...
def output_size(
    input_size: Size, kernel_size: Size, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1
) -> Size:
    """Size of what a convolution or pooling returns: ⌊(i + 2p − d(k − 1) − 1) / s⌋ + 1 in each dimension.

    ``padding`` counts the cells added on each side. As in torch it may also be "valid" (none) or "same"
    (enough for the output to be as large as the input; stride 1 only).

    Raises:
        TypeError: a number is not an int.
        ValueError: a number is too small, the kernel is larger than the padded input, or "same" has a stride.
    """
    arguments = (input_size, kernel_size, stride, padding, dilation)
    height, width = (room // step + 1 for room, step in _rooms_and_steps(*arguments))
    return _int_or_pair((height, width), arguments)


@overload
def dropped(input_size: int, kernel_size: int, stride: int = 1, padding: int | str = 0, dilation: int = 1) -> int: ...
@overload
def dropped(
    input_size: Size, kernel_size: Size, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1
) -> Size: ...
def dropped(input_size: Size, kernel_size: Size, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1) -> Size:
    """How many cells of the padded input lie beyond the last window: what the floor in `output_size` drops.

    It is the remainder (i + 2p − d(k − 1) − 1) mod s, at the bottom and at the right. Cells that a stride
    larger than the kernel skips between two windows are not counted.

    Takes the same arguments and raises the same errors as `output_size`.
    """
    arguments = (input_size, kernel_size, stride, padding, dilation)
    height, width = (room % step for room, step in _rooms_and_steps(*arguments))
    return _int_or_pair((height, width), arguments)


@overload
def transposed_output_size(
    input_size: int, kernel_size: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int: ...
@overload
def transposed_output_size(
    input_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Size: ...
def transposed_output_size(
    input_size: Size,
    kernel_size: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Size:
    """Size of what a transposed convolution returns: (i − 1)s − 2p + d(k − 1) + output_padding + 1.

    The arguments mean the same as for ``torch.nn.ConvTranspose2d``. A convolution with stride s shrinks up to
    s different input sizes to one output size; ``output_padding`` says to which of them this one grows back.

    Raises:
        TypeError: a number is not an int.
        ValueError: a number is too small, ``output_padding`` is below neither the stride nor the dilation, or
            the padding takes away the whole output.
    """
    arguments = (input_size, kernel_size, stride, padding, output_padding, dilation)
    sizes = []
    for i, k, s, p, extra, d in zip(
        pair("input_size", input_size, least=1),
        pair("kernel_size", kernel_size, least=1),
        pair("stride", stride, least=1),
        pair("padding", padding, least=0),
        pair("output_padding", output_padding, least=0),
        pair("dilation", dilation, least=1),
        strict=True,
    ):
        if extra >= s and extra >= d:
            raise ValueError(f"output_padding={extra} is too large: it must be smaller than stride={s} or dilation={d}")
        unpadded = (i - 1) * s + d * (k - 1) + extra + 1
        if unpadded <= 2 * p:
            raise ValueError(
                f"padding={p} takes {2 * p} cells from an output of {unpadded}, so nothing is left: use less "
                f"padding, or a larger kernel_size or stride"
            )
        sizes.append(unpadded - 2 * p)
    return _int_or_pair(sizes, arguments)


@overload
def same_padding(kernel_size: int, dilation: int = 1) -> int: ...
@overload
def same_padding(kernel_size: Size, dilation: Size = 1) -> Size: ...
def same_padding(kernel_size: Size, dilation: Size = 1) -> Size:
    """Padding that keeps the size at stride 1: p = d(k − 1) / 2 in each dimension.

    Raises:
        TypeError: a number is not an int.
        ValueError: a number is too small, or d(k − 1) is odd: half a cell cannot be added to each side.
    """
    paddings = []
    for k, d in zip(pair("kernel_size", kernel_size, least=1), pair("dilation", dilation, least=1), strict=True):
        total = d * (k - 1)
        if total % 2 == 1:
            raise ValueError(
                f"kernel_size={k} with dilation={d} needs {total} cells of padding, and an odd number cannot "
                f"be split evenly between two sides. This is why kernels are odd: use {k - 1} or {k + 1}"
            )
        paddings.append(total // 2)
    return _int_or_pair(paddings, (kernel_size, dilation))


def parameter_count(in_channels: int, out_channels: int, kernel_size: Size, groups: int = 1, bias: bool = True) -> int:
    """Weights of a convolution, (in_channels / groups) · out_channels · kH · kW, and out_channels biases.

    Raises:
        TypeError: a number is not an int.
        ValueError: a number is below 1, or ``groups`` does not divide both numbers of channels.
    """
    weights = _weight_count(in_channels, out_channels, kernel_size, groups)
    return weights + int(out_channels) if bias else weights


def multiply_adds(in_channels: int, out_channels: int, kernel_size: Size, output_size: Size, groups: int = 1) -> int:
    """Multiply-adds of a convolution on one image: each weight is used once at each output position.

    Padding is multiplied like any other cell. Adding the bias is not counted. What some papers call floating
    point operations (FLOPs) is twice this number.

    Raises:
        TypeError: a number is not an int.
        ValueError: a number is below 1, or ``groups`` does not divide both numbers of channels.
    """
    height, width = pair("output_size", output_size, least=1)
    return _weight_count(in_channels, out_channels, kernel_size, groups) * height * width


def receptive_field(layers: Sequence[tuple]) -> Size:
    """Size of the input region that one unit sees after a stack of convolutions and poolings.

    ``layers`` holds (kernel_size, stride) or (kernel_size, stride, dilation) for each layer, first layer
    first. A layer widens the region by d(k − 1) steps between the cells it reads, and such a step is as many
    input cells long as the product of all strides before it: r = 1 + Σ d(k − 1) · Π s (Araujo et al. 2019).
    Padding does not matter: at the border a part of the region lies outside the image. No layers give 1.

    Raises:
        TypeError: a number is not an int.
        ValueError: a layer does not have two or three parts, or a number is below 1.
    """
    field = [1, 1]
    jump = [1, 1]  # how many input cells apart two neighbouring units are
    for number, layer in enumerate(layers):
        if not isinstance(layer, (tuple, list)) or len(layer) not in (2, 3):
            raise ValueError(
                f"layers[{number}]={layer!r} must be (kernel_size, stride) or (kernel_size, stride, dilation)"
            )
        kernels = pair(f"layers[{number}]: kernel_size", layer[0], least=1)
        strides = pair(f"layers[{number}]: stride", layer[1], least=1)
        dilations = pair(f"layers[{number}]: dilation", layer[2] if len(layer) == 3 else 1, least=1)
        for axis in (0, 1):
            field[axis] += dilations[axis] * (kernels[axis] - 1) * jump[axis]
            jump[axis] *= strides[axis]
    return _int_or_pair(field, [part for layer in layers for part in layer])


def _rooms_and_steps(
    input_size: Size, kernel_size: Size, stride: Size, padding: Size | str, dilation: Size
) -> list[tuple[int, int]]:
    """Per dimension: how many cells the window can move from its first place, and the stride it moves by."""
    inputs = pair("input_size", input_size, least=1)
    kernels = pair("kernel_size", kernel_size, least=1)
    strides = pair("stride", stride, least=1)
    dilations = pair("dilation", dilation, least=1)
    if padding == "same":
        if strides != (1, 1):
            raise ValueError(f"padding='same' needs stride=1, not {stride}: a stride shrinks the output")
        return [(i - 1, 1) for i in inputs]
    if isinstance(padding, str):
        if padding != "valid":
            raise ValueError(f"padding={padding!r} is not known: use 'same', 'valid', an int or a pair of ints")
        padding = 0
    paddings = pair("padding", padding, least=0)

    rooms = []
    for i, k, p, d in zip(inputs, kernels, paddings, dilations, strict=True):
        span, padded = d * (k - 1) + 1, i + 2 * p
        if span > padded:
            raise ValueError(
                f"kernel_size={k} with dilation={d} spans {span} cells, but the padded input is only "
                f"{padded}: use a smaller kernel_size or dilation, more padding, or a larger input"
            )
        rooms.append(padded - span)
    return list(zip(rooms, strides, strict=True))


def _weight_count(in_channels: int, out_channels: int, kernel_size: Size, groups: int) -> int:
    groups = integer("groups", groups, least=1)
    channels = {"in_channels": in_channels, "out_channels": out_channels}
    for name, count in channels.items():
        channels[name] = integer(name, count, least=1)
        if channels[name] % groups:
            raise ValueError(
                f"groups={groups} does not divide {name}={count}: each group takes an equal share of "
                f"the channels, so choose a divisor of both in_channels and out_channels"
            )
    height, width = pair("kernel_size", kernel_size, least=1)
    return channels["in_channels"] // groups * channels["out_channels"] * height * width


def _int_or_pair(sizes: Sequence[int], arguments: Sequence) -> Size:
    """One int when every argument was one number (then both dimensions agree), else the pair."""
    height, width = sizes
    return (height, width) if any(isinstance(a, (tuple, list)) for a in arguments) else height
