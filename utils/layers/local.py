"""A convolution that shares nothing: every place has weights of its own."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LocallyConnected2d(nn.Module):
    """A unit sees the neighbourhood that it would see in a convolution, with weights that no other place uses.

    LeCun 1989, "Generalization and network design strategies", compared such layers with convolutions. Stride 1 and
    "same" padding: maps keep their size.

    Shapes: (N, in_channels, size, size) -> (N, out_channels, size, size).

    Args:
        size: rows and columns of the maps. There are size² kernels, one for each place.
        kernel_size: rows and columns of a neighbourhood, an odd number.
    """

    def __init__(self, in_channels: int, out_channels: int, size: int, kernel_size: int = 3):
        super().__init__()
        self.kernel_size = kernel_size
        inputs = kernel_size**2 * in_channels  # of one unit
        bound = 1 / math.sqrt(inputs)  # the first weights are drawn as torch draws those of a convolution
        self.weight = nn.Parameter(torch.empty(size, size, inputs, out_channels).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(size, size, 1, out_channels).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[2:]
        steps = range(self.kernel_size)
        x = F.pad(x, [self.kernel_size // 2] * 4).permute(2, 3, 0, 1)  # rows and columns first
        seen = torch.cat([x[i : i + h, j : j + w] for i in steps for j in steps], dim=3)  # (H, W, N, inputs)
        y = seen @ self.weight + self.bias  # (H, W, N, out_channels): a product of matrices for each place
        return y.permute(2, 3, 0, 1).contiguous(memory_format=torch.channels_last)
