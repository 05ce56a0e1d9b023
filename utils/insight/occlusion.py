"""Occlusion: cover a part of an image and see what the network loses.

Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", section 4.2.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.arithmetic import output_size
from utils.insight.recording import on_device
from utils.insight.scores import probabilities


def occlusion(model: nn.Module, image: Tensor, *, size: int, stride: int, fill: float = 0.0) -> Tensor:
    """How far the probability of each class falls when a square covers a part of the image.

    Args:
        image: (C, H, W) floats, normalised as in training; see `inputs`.
        size, stride: of the square, in pixels. It is moved like a pooling window without padding, so that pixels beyond
            the last window are never covered.
        fill: what the square is filled with. In a normalised image 0 is the mean of the training images.

    Returns:
        (rows, columns, K): the probability of each of K classes for the whole image, minus that with the square at
        (row · stride, column · stride). Negative where covering helps the class. On the CPU.

    Raises:
        TypeError: the image holds no floats, or a size is no int.
        ValueError: another shape, a square that is larger than the image, or ``fill`` is not finite.
    """
    if isinstance(image, Tensor) and image.ndim != 3:
        raise ValueError(f"image must have shape (C, H, W), and this has {tuple(image.shape)}: choose one image")
    if not math.isfinite(fill):
        raise ValueError(f"fill={fill} must be a finite number, such as 0, the mean of the training images")
    whole = on_device(model, image[None])
    rows, columns = output_size(tuple(image.shape[1:]), (size, size), (stride, stride))
    covered = whole.repeat(rows * columns, 1, 1, 1)
    for number in range(rows * columns):
        top, left = stride * (number // columns), stride * (number % columns)
        covered[number, :, top : top + size, left : left + size] = fill
    falls = probabilities(model, whole) - probabilities(model, covered)
    return falls.reshape(rows, columns, -1)


def over_pixels(falls: Tensor, *, size: int, stride: int, image_size: tuple[int, int]) -> Tensor:
    """For each pixel, the mean of what `occlusion` found with the squares that cover it; 0 where none does.

    Args:
        falls: (rows, columns), those of one class.
        size, stride: those of `occlusion`.
        image_size: (H, W) in pixels.

    Returns:
        (H, W).
    """
    square = torch.ones(1, 1, size, size, dtype=falls.dtype)
    sums = F.conv_transpose2d(falls[None, None], square, stride=stride)
    squares = F.conv_transpose2d(torch.ones_like(falls)[None, None], square, stride=stride)
    height, width = image_size
    return F.pad((sums / squares.clamp(min=1))[0, 0], (0, width - sums.shape[3], 0, height - sums.shape[2]))
