"""Convolution as one product of matrices.

Chellapilla, Puri and Simard 2006, "High performance convolutional neural networks for document processing": copy each
window into a column, and let the library for matrix products, on which decades of work were spent, do the rest.
"""

from torch import Tensor

from utils.arithmetic import Size
from utils.convolution.shapes import padded_images


def im2col(images: Tensor, kernel_height: int, kernel_width: int) -> Tensor:
    """Each window as a column: what it sees, channel by channel, row by row.

    Shapes: images (N, C, H, W) → (N, C · kH · kW, H' · W').
    """
    windows = images.unfold(2, kernel_height, 1).unfold(3, kernel_width, 1)  # (N, C, H', W', kH, kW), no copy
    columns = windows.permute(0, 1, 4, 5, 2, 3)  # (N, C, kH, kW, H', W')
    return columns.flatten(4).flatten(1, 3)  # here everything is copied: kH · kW times the image


def matrix_product(images: Tensor, weight: Tensor, padding: Size = 0) -> Tensor:
    """Unroll the windows, and multiply by the weights: one row for each output channel.

    Shapes: images (N, C_in, H, W), weight (C_out, C_in, kH, kW) → (N, C_out, H', W').

    Raises:
        ValueError: shapes that do not fit each other.
    """
    images = padded_images(images, weight, padding)
    kernel_height, kernel_width = weight.shape[2:]
    columns = im2col(images, kernel_height, kernel_width)  # (N, C_in · kH · kW, H' · W')
    output = weight.flatten(1) @ columns  # (C_out, C_in · kH · kW) @ … = (N, C_out, H' · W')
    return output.unflatten(2, (-1, images.shape[3] - kernel_width + 1))
