"""Cross-correlation of one image, by torch."""

from torch import Tensor
from torch.nn import functional as F


def conv(image: Tensor, kernel: Tensor, stride: int | tuple = 1, padding: int | tuple = 0) -> Tensor:
    """The cross-correlation of (H, W) with (kH, kW)."""
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]
