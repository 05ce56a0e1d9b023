"""Inception blocks: kernels of several sizes look at the same input, side by side.

Szegedy et al. 2015, "Going deeper with convolutions", Figure 2. On 192×28×28, as the first block of GoogLeNet has it:

| branch             | naive block | block with reductions                        |
|--------------------|-------------|----------------------------------------------|
| 1×1                | 64×28×28    | 64×28×28                                     |
| 3×3                | 128×28×28   | 1×1 to 96×28×28, then 128×28×28              |
| 5×5                | 32×28×28    | 1×1 to 16×28×28, then 32×28×28               |
| max pool, stride 1 | 192×28×28   | then 1×1 to 32×28×28                         |
| concatenated       | 416×28×28   | 256×28×28                                    |
| weights            | 387,072     | 163,328                                      |

The naive block returns more maps than it gets, so the next would be larger still. A 1×1 convolution before each large
kernel, and one after the pooling, keep both the maps and the work in hand.
"""

from functools import partial

import torch
from torch import Tensor, nn


class NaiveInception(nn.Module):
    """(N, in_channels, H, W) -> (N, maps_1x1 + maps_3x3 + maps_5x5 + in_channels, H, W)."""

    def __init__(self, in_channels: int, maps_1x1: int, maps_3x3: int, maps_5x5: int):
        super().__init__()
        self.branches = nn.ModuleList(
            [
                convolution(in_channels, maps_1x1, kernel_size=1),
                convolution(in_channels, maps_3x3, kernel_size=3),
                convolution(in_channels, maps_5x5, kernel_size=5),
                nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Inception(nn.Module):
    """The block with reductions. The pairs are (maps after the 1×1 reduction, maps of the large kernel).

    (N, in_channels, H, W) -> (N, maps_1x1 + maps_3x3[1] + maps_5x5[1] + maps_pool, H, W)

    Args:
        batch_norm: normalise after every convolution.
        largest_kernel: 5, as in the paper, or torchvision's 3.
    """

    def __init__(
        self,
        in_channels: int,
        maps_1x1: int,
        maps_3x3: tuple[int, int],
        maps_5x5: tuple[int, int],
        maps_pool: int,
        batch_norm: bool = False,
        largest_kernel: int = 5,
    ):
        super().__init__()
        self.out_channels = maps_1x1 + maps_3x3[1] + maps_5x5[1] + maps_pool
        unit = partial(convolution, batch_norm=batch_norm)
        self.branches = nn.ModuleList(
            [
                unit(in_channels, maps_1x1, kernel_size=1),
                nn.Sequential(
                    unit(in_channels, maps_3x3[0], kernel_size=1),
                    unit(maps_3x3[0], maps_3x3[1], kernel_size=3),
                ),
                nn.Sequential(
                    unit(in_channels, maps_5x5[0], kernel_size=1),
                    unit(maps_5x5[0], maps_5x5[1], kernel_size=largest_kernel),
                ),
                nn.Sequential(
                    nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
                    unit(in_channels, maps_pool, kernel_size=1),
                ),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def convolution(
    in_channels: int, channels: int, kernel_size: int, stride: int = 1, batch_norm: bool = False
) -> nn.Sequential:
    """Convolution, batch norm if asked for, ReLU: (N, in_channels, H, W) -> (N, channels, H/stride, W/stride)."""
    conv = nn.Conv2d(in_channels, channels, kernel_size, stride, padding=kernel_size // 2, bias=not batch_norm)
    if batch_norm:
        return nn.Sequential(conv, nn.BatchNorm2d(channels, eps=0.001), nn.ReLU())
    return nn.Sequential(conv, nn.ReLU())
