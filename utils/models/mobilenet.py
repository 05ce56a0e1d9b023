"""MobileNet: depthwise-separable blocks from the second layer to the last.

Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision applications", Table 1. A
block (in ``utils.layers``) is a 3×3 convolution of each map by itself, then a 1×1 convolution that mixes the maps.

| stage (224×224 colour)                | output     |
|---------------------------------------|------------|
| input                                 | 3×224×224  |
| conv 3×3 stride 2, batch norm, ReLU   | 32×112×112 |
| block                                 | 64×112×112 |
| block with stride 2, block            | 128×56×56  |
| block with stride 2, block            | 256×28×28  |
| block with stride 2, 5 blocks         | 512×14×14  |
| block with stride 2, block            | 1024×7×7   |
| global average pool                   | 1024       |
| linear                                | 1000       |

The paper gives the last block stride 2 as well, and an output of 7×7; the two do not agree, and the output is what
others have kept. 4,231,976 parameters and 569 million multiply-adds; the paper's "width multiplier" is ``width``.

Small images (below 64×64): the first convolution has stride 1.
"""

from torch import Tensor, nn

from utils.layers import DepthwiseSeparable
from utils.models.sizes import is_small

BLOCKS = (  # maps and stride
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    *((512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1)),
    *((1024, 2), (1024, 1)),
)


class MobileNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        width: how many times as many maps as in the table each layer makes, α in the paper.
    """

    def __init__(self, width: float = 1, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224):
        super().__init__()
        maps = round(width * 32)
        stride = 1 if is_small(image_size) else 2
        layers: list[nn.Module] = [
            nn.Conv2d(in_channels, maps, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(maps),
            nn.ReLU(),
        ]
        for count, stride in BLOCKS:
            layers.append(DepthwiseSeparable(maps, round(width * count), stride))
            maps = round(width * count)
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(maps, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).mean(dim=(2, 3))  # (N, maps, H, W) -> (N, maps)
        return self.classifier(x)
