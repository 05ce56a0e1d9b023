"""Convolution as its definition says: one product after the other, added up."""

import torch
from torch import Tensor

from utils.arithmetic import Size
from utils.convolution.shapes import padded_images


def direct(images: Tensor, weight: Tensor, padding: Size = 0) -> Tensor:
    """Of the seven loops (image, output channel, row, column, input channel, kernel row, kernel column) the last
    two are written here; the other five are one call each time.

    Shapes: images (N, C_in, H, W), weight (C_out, C_in, kH, kW) → (N, C_out, H', W').

    Raises:
        ValueError: shapes that do not fit each other.
    """
    images = padded_images(images, weight, padding)
    kernel_height, kernel_width = weight.shape[2:]
    height = images.shape[2] - kernel_height + 1
    width = images.shape[3] - kernel_width + 1

    output = images.new_zeros(len(images), len(weight), height, width)
    for i in range(kernel_height):
        for j in range(kernel_width):
            # What this cell of the kernel lies on, for every place of the output at once.
            seen = images[:, :, i : i + height, j : j + width]
            output += torch.einsum("nchw,kc->nkhw", seen, weight[:, :, i, j])
    return output
