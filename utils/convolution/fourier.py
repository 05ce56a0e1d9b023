"""Convolution as a product of frequencies.

Mathieu, Henaff and LeCun 2014, "Fast training of convolutional networks through FFTs". Each image and each kernel is
transformed once and used many times, since every input channel meets every output channel.
"""

import torch
from torch import Tensor
from torch.fft import irfft2, rfft2

from utils.arithmetic import Size
from utils.convolution.shapes import padded_images


def fourier(images: Tensor, weight: Tensor, padding: Size = 0) -> Tensor:
    """Transform, multiply frequency by frequency, transform back, and cut off what wrapped around.

    Multiplied transforms are a convolution; the conjugate of the kernel's makes it a cross-correlation. A window that
    reaches beyond the last row or column goes on at the first: those outputs are the ones cut off.

    Shapes: images (N, C_in, H, W), weight (C_out, C_in, kH, kW) → (N, C_out, H', W').

    Raises:
        ValueError: shapes that do not fit each other.
    """
    images = padded_images(images, weight, padding)
    size = images.shape[2:]
    image_waves = rfft2(images)  # (N, C_in, H, W/2 + 1), complex: real images need half of the frequencies
    kernel_waves = rfft2(weight, s=size)  # (C_out, C_in, H, W/2 + 1): kernels filled up with zeros
    products = torch.einsum("nchw,kchw->nkhw", image_waves, kernel_waves.conj())
    height, width = size[0] - weight.shape[2] + 1, size[1] - weight.shape[3] + 1
    return irfft2(products, s=size)[:, :, :height, :width]
