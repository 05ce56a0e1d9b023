"""EfficientNet-Lite0: a small network for ImageNet, of inverted residual blocks. Four multiply-adds of five are 1×1.

Tan and Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks", gives the sizes (Table 1);
Liu 2020, "Higher accuracy on vision models with EfficientNet-Lite", leaves out what phones compute badly: squeeze and
excitation is gone, and ReLU6 replaces swish. The block is that of Sandler et al. 2018, "MobileNetV2": a 1×1 convolution
widens, a depthwise one looks around, a 1×1 narrows, without a ReLU. A shortcut joins the narrow ends.

| stage                     | output (224×224, colour) | blocks |
|---------------------------|--------------------------|-------:|
| input                     | 3×224×224                |        |
| conv 3×3, stride 2        | 32×112×112               |        |
| blocks 3×3, not widened   | 16×112×112               |      1 |
| blocks 3×3, 6 times wider | 24×56×56                 |      2 |
| blocks 5×5, 6 times wider | 40×28×28                 |      2 |
| blocks 3×3, 6 times wider | 80×14×14                 |      3 |
| blocks 5×5, 6 times wider | 112×14×14                |      3 |
| blocks 5×5, 6 times wider | 192×7×7                  |      4 |
| blocks 3×3, 6 times wider | 320×7×7                  |      1 |
| conv 1×1                  | 1280×7×7                 |        |
| global average pool       | 1280                     |        |
| linear                    | 1000                     |        |

Each convolution is followed by batch norm. 4,652,008 parameters with 1000 classes.
"""

from typing import Any

from torch import Tensor, nn

# kernel_size, widening, channels, blocks, stride of the first block
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 6, 24, 2, 2),
    (5, 6, 40, 2, 2),
    (3, 6, 80, 3, 2),
    (5, 6, 112, 3, 1),
    (5, 6, 192, 4, 2),
    (3, 6, 320, 1, 1),
)


class EfficientNetLite0(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes). The layers are the same for every size."""

    def __init__(self, num_classes: int = 10, in_channels: int = 3, image_size: int = 224):
        super().__init__()
        layers = [*convolution(in_channels, 32, kernel_size=3, stride=2), nn.ReLU6()]
        before = 32
        for kernel_size, widening, channels, blocks, stride in STAGES:
            first = InvertedResidual(before, channels, kernel_size, widening, stride)
            others = [InvertedResidual(channels, channels, kernel_size, widening) for _ in range(blocks - 1)]
            layers.append(nn.Sequential(first, *others))
            before = channels
        layers += [*convolution(before, 1280, kernel_size=1), nn.ReLU6()]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, num_classes))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).mean(dim=(2, 3))  # (N, 1280, H/32, W/32) -> (N, 1280)
        return self.classifier(x)


class InvertedResidual(nn.Module):
    """Widen, look around, narrow: (N, in_channels, H, W) -> (N, channels, H/stride, W/stride)."""

    def __init__(self, in_channels: int, channels: int, kernel_size: int, widening: int, stride: int = 1):
        super().__init__()
        wide = widening * in_channels
        widen = [*convolution(in_channels, wide, kernel_size=1), nn.ReLU6()] if widening > 1 else []
        self.residual = nn.Sequential(
            *widen,
            *convolution(wide, wide, kernel_size=kernel_size, stride=stride, groups=wide),
            nn.ReLU6(),
            *convolution(wide, channels, kernel_size=1),
        )
        self.has_shortcut = stride == 1 and in_channels == channels

    def forward(self, x: Tensor) -> Tensor:
        return x + self.residual(x) if self.has_shortcut else self.residual(x)


def convolution(in_channels: int, out_channels: int, **settings: Any) -> list[nn.Module]:
    # The weights come from TensorFlow, where a batch norm adds 1e-3 to the variance.
    return [
        SameConv2d(in_channels, out_channels, bias=False, **settings),
        nn.BatchNorm2d(out_channels, eps=1e-3),
    ]


class SameConv2d(nn.Conv2d):
    """A convolution that is padded as TensorFlow pads: (N, C_in, H, W) -> (N, C_out, ⌈H/stride⌉, ⌈W/stride⌉).

    With stride 2 that may be one zero more on the right and below than on the left and above, which torch's
    ``padding`` cannot say.
    """

    def forward(self, x: Tensor) -> Tensor:
        left_right, top_bottom = (self._zeros(x.shape[axis]) for axis in (3, 2))
        return super().forward(nn.functional.pad(x, (*left_right, *top_bottom)))

    def _zeros(self, size: int) -> tuple[int, int]:
        """How many zeros go before and after a row or column of ``size`` cells. Kernels and strides are square."""
        kernel_size, stride = self.kernel_size[0], self.stride[0]
        outputs = -(-size // stride)
        zeros = max((outputs - 1) * stride + kernel_size - size, 0)
        return zeros // 2, zeros - zeros // 2
