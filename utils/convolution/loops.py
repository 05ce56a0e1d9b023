"""Convolution and pooling done slowly, to be read: python loops over output positions, one window at a time.

``torch.nn.functional`` computes the same a thousand times faster; the tests hold the two together. A size is
one int or a pair (height, width). Whole numbers work as well as floats: the result has the type that torch
gives to image × kernel, so small integer types wrap around as in torch.

A tensor of the wrong shape is a ValueError; a setting that cannot be raises what `output_size` in
`utils.arithmetic` raises.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from utils.arithmetic import Size, output_size, pair


def cross_correlate(image: Tensor, kernel: Tensor, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> Tensor:
    """Slide the kernel over the image and take the sum of products at each place.

    Y[y, x] = Σ_ij  X[y·s + i·d − p, x·s + j·d − p] · K[i, j], where X is zero outside the image.

    Shapes: image (H, W), kernel (kH, kW) → (H', W') with H', W' from `utils.arithmetic.output_size`.
    """
    _check_shape("image", image, "(H, W)")
    _check_shape("kernel", kernel, "(kH, kW)")
    height, width = output_size(tuple(image.shape), tuple(kernel.shape), stride, padding, dilation)
    stride_y, stride_x = pair("stride", stride, least=1)
    dilation_y, dilation_x = pair("dilation", dilation, least=1)
    padding_y, padding_x = pair("padding", padding, least=0)
    span_y = dilation_y * (kernel.shape[0] - 1) + 1
    span_x = dilation_x * (kernel.shape[1] - 1) + 1

    in_height, in_width = image.shape
    padded = image.new_zeros(in_height + 2 * padding_y, in_width + 2 * padding_x)
    padded[padding_y : padding_y + in_height, padding_x : padding_x + in_width] = image

    output = image.new_zeros(height, width, dtype=torch.promote_types(image.dtype, kernel.dtype))
    for y in range(height):
        for x in range(width):
            top, left = y * stride_y, x * stride_x
            window = padded[top : top + span_y : dilation_y, left : left + span_x : dilation_x]
            output[y, x] = (window * kernel).sum()
    return output


def convolve(image: Tensor, kernel: Tensor, stride: Size = 1, padding: Size = 0, dilation: Size = 1) -> Tensor:
    """Convolution as mathematics defines it: cross-correlation with the kernel turned by 180 degrees.

    Y[y, x] = Σ_ij  X[y·s + i·d − p, x·s + j·d − p] · K[kH − 1 − i, kW − 1 − j]. The turn makes convolution
    commutative and associative. A "convolution" layer in deep learning does without it and computes
    `cross_correlate`: its kernel is learnt, so it may as well be learnt turned.

    Shapes: image (H, W), kernel (kH, kW) → (H', W'), as for `cross_correlate`.
    """
    _check_shape("kernel", kernel, "(kH, kW)")
    return cross_correlate(image, kernel.flip(0, 1), stride, padding, dilation)


def cross_correlate_channels(
    image: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Size = 1, padding: Size = 0
) -> Tensor:
    """A convolution layer on one image: each output channel adds up one cross-correlation per input channel.

    Shapes: image (C_in, H, W), weight (C_out, C_in, kH, kW), bias (C_out,) → (C_out, H', W').
    """
    _check_shape("image", image, "(C_in, H, W)")
    _check_shape("weight", weight, "(C_out, C_in, kH, kW)")
    if weight.shape[1] != image.shape[0]:
        raise ValueError(
            f"weight of shape {tuple(weight.shape)} needs {weight.shape[1]} input channels, but the image "
            f"of shape {tuple(image.shape)} has {image.shape[0]}"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"bias has shape {tuple(bias.shape)}, but one number for each output channel is needed: "
            f"({weight.shape[0]},)"
        )

    outputs = []
    for kernels in weight:  # (C_in, kH, kW): what one output channel is made with
        pairs = zip(image, kernels, strict=True)
        outputs.append(sum(cross_correlate(channel, kernel, stride, padding) for channel, kernel in pairs))
    output = torch.stack(outputs)
    return output if bias is None else output + bias[:, None, None]


def max_pool(image: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Tensor:
    """The largest cell of each window. Cells of the padding never win. Stride: the kernel size unless given.

    Shapes: image (H, W) → (H', W'). Raises ValueError if the padding is more than half the kernel size.
    """
    return _pool(image, kernel_size, stride, padding, lambda window: window.max())


def average_pool(image: Tensor, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> Tensor:
    """The mean of each window. Cells of the padding count as zeros. Stride: the kernel size unless given.

    The mean of whole numbers is a float (torch's ``avg_pool2d`` would cut it to a whole number).

    Shapes: image (H, W) → (H', W'). Raises ValueError if the padding is more than half the kernel size.
    """
    height, width = pair("kernel_size", kernel_size, least=1)
    return _pool(image, kernel_size, stride, padding, lambda window: window.sum() / (height * width))


def layer_matrix(kernel: Tensor, input_size: Size, stride: Size = 1, padding: Size = 0) -> Tensor:
    """The matrix M of a convolution layer: M @ image.flatten() is cross_correlate(image, kernel).flatten().

    One row per output cell, one column per input cell. Nearly all of it is zero (each output sees one window:
    sparse connections), and every row holds the same few numbers (shared weights). At stride 1 it is built of
    Toeplitz blocks, constant along each diagonal.

    Shapes: kernel (kH, kW), input_size (H, W) → (H'·W', H·W), of the kernel's dtype.
    """
    _check_shape("kernel", kernel, "(kH, kW)")
    height, width = pair("input_size", input_size, least=1)
    out_height, out_width = output_size((height, width), tuple(kernel.shape), stride, padding)
    stride_y, stride_x = pair("stride", stride, least=1)
    padding_y, padding_x = pair("padding", padding, least=0)

    matrix = kernel.new_zeros(out_height * out_width, height * width)
    for y in range(out_height):
        for x in range(out_width):
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    row, column = y * stride_y + i - padding_y, x * stride_x + j - padding_x
                    if 0 <= row < height and 0 <= column < width:  # else it meets a zero of the padding
                        matrix[y * out_width + x, row * width + column] = kernel[i, j]
    return matrix


def _pool(
    image: Tensor, kernel_size: Size, stride: Size | None, padding: Size, reduce: Callable[[Tensor], Tensor]
) -> Tensor:
    """Apply ``reduce`` to each window of the image (H, W), without the part of the window in the padding."""
    _check_shape("image", image, "(H, W)")
    stride = kernel_size if stride is None else stride
    height, width = output_size(tuple(image.shape), kernel_size, stride, padding)
    kernel_y, kernel_x = pair("kernel_size", kernel_size, least=1)
    stride_y, stride_x = pair("stride", stride, least=1)
    padding_y, padding_x = pair("padding", padding, least=0)
    if 2 * padding_y > kernel_y or 2 * padding_x > kernel_x:
        raise ValueError(
            f"padding={padding} is more than half of kernel_size={kernel_size}: a window could lie wholly in "
            f"the padding. Use less padding or a larger kernel_size"
        )

    rows = []
    for y in range(height):
        top = y * stride_y - padding_y
        row = []
        for x in range(width):
            left = x * stride_x - padding_x
            row.append(reduce(image[max(top, 0) : top + kernel_y, max(left, 0) : left + kernel_x]))
        rows.append(torch.stack(row))
    return torch.stack(rows)


def _check_shape(name: str, tensor: Tensor, axes: str) -> None:
    """Raise unless ``tensor`` is a tensor with as many axes as ``axes`` names."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name} must be a torch tensor, but it is a {type(tensor).__name__}")
    if tensor.ndim != axes.count(",") + 1:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, but {axes} is needed")
