"""The depthwise-separable block: first each channel by itself, then each pixel by itself."""

from torch import nn


class DepthwiseSeparable(nn.Sequential):
    """Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision applications",
    Figure 3. It stands in for one 3×3 convolution, with about an eighth to a ninth of its work.

    A 3×3 convolution per channel (depthwise: as many groups as channels) sees neighbours but no other channel; a 1×1
    convolution (pointwise) sees all channels but no neighbours. Batch normalisation and ReLU follow each.

    Shapes: (N, in_channels, H, W) -> (N, out_channels, H/stride, W/stride).
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1):
        super().__init__(
            nn.Conv2d(
                in_channels,
                in_channels,
                kernel_size=3,
                stride=stride,
                padding=1,
                groups=in_channels,
                bias=False,
            ),
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.Conv2d(in_channels, out_channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
        )
