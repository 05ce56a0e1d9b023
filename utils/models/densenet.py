"""DenseNet: every layer reads the outputs of all layers before it, and adds a few maps of its own.

Huang, Liu, van der Maaten and Weinberger 2017, "Densely connected convolutional networks", Table 1 (the form with
bottlenecks and compression, DenseNet-BC). A dense layer makes ``growth_rate`` new maps and appends them to its input; a
transition between blocks halves both the maps and the size.

| stage (224×224 colour)                  | output, DenseNet-121 | dense layers in 121, 169, 201, 161 |
|-----------------------------------------|----------------------|------------------------------------|
| input                                   | 3×224×224            |                                    |
| conv 7×7 stride 2, max pool 3×3         | 64×56×56             |                                    |
| block 1: 64 + 6·32                      | 256×56×56            | 6, 6, 6, 6                         |
| transition: conv 1×1, average pool 2×2  | 128×28×28            |                                    |
| block 2: 128 + 12·32                    | 512×28×28            | 12, 12, 12, 12                     |
| transition                              | 256×14×14            |                                    |
| block 3: 256 + 24·32                    | 1024×14×14           | 24, 32, 48, 36                     |
| transition                              | 512×7×7              |                                    |
| block 4: 512 + 16·32                    | 1024×7×7             | 16, 32, 32, 24                     |
| batch norm, ReLU, global average pool   | 1024                 |                                    |
| linear                                  | 1000                 |                                    |

The growth rate is 32, and 48 for DenseNet-161. The first convolution makes twice as many maps.
Parameters: 121 7,978,856; 169 14,149,480; 201 20,013,928; 161 28,681,000.

Small images (below 64×64): the first convolution is 3×3 with stride 1 and there is no max pool, as in the paper's
networks for CIFAR-10.

Convolutions start after He et al. 2015 and the biases of the linear layer at zero, as in torchvision.
"""

import torch
from torch import Tensor, nn

from utils.models.sizes import is_small, require_image_size


class DenseLayer(nn.Module):
    """(N, in_channels, H, W) -> (N, in_channels + growth_rate, H, W): the input, and maps computed from it.

    The 1×1 convolution (the bottleneck) keeps the work of the 3×3 independent of how many maps have gathered.
    """

    def __init__(self, in_channels: int, growth_rate: int):
        super().__init__()
        self.new_maps = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            nn.ReLU(),
            nn.Conv2d(in_channels, 4 * growth_rate, kernel_size=1, bias=False),
            nn.BatchNorm2d(4 * growth_rate),
            nn.ReLU(),
            nn.Conv2d(4 * growth_rate, growth_rate, kernel_size=3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.new_maps(x)], dim=1)


def dense_block(in_channels: int, growth_rate: int, depth: int) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, in_channels + depth · growth_rate, H, W)."""
    return nn.Sequential(*(DenseLayer(in_channels + i * growth_rate, growth_rate) for i in range(depth)))


def transition(in_channels: int) -> nn.Sequential:
    """(N, in_channels, H, W) -> (N, in_channels/2, H/2, W/2)."""
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(),
        nn.Conv2d(in_channels, in_channels // 2, kernel_size=1, bias=False),
        nn.AvgPool2d(2),
    )


class DenseNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        blocks: how many dense layers each block has.
        growth_rate: maps that each dense layer adds, k in the paper.
    """

    def __init__(
        self,
        blocks: tuple[int, ...] = (6, 12, 24, 16),
        growth_rate: int = 32,
        num_classes: int = 1000,
        in_channels: int = 3,
        image_size: int = 224,
    ):
        super().__init__()
        require_image_size("densenet", image_size, at_least=2 ** (len(blocks) - 1))
        maps = 2 * growth_rate
        if is_small(image_size):
            layers: list[nn.Module] = [nn.Conv2d(in_channels, maps, kernel_size=3, padding=1, bias=False)]
        else:
            layers = [
                nn.Conv2d(in_channels, maps, kernel_size=7, stride=2, padding=3, bias=False),
                nn.BatchNorm2d(maps),
                nn.ReLU(),
                nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
            ]
        for number, depth in enumerate(blocks):
            if number > 0:
                layers.append(transition(maps))
                maps //= 2
            layers.append(dense_block(maps, growth_rate, depth))
            maps += depth * growth_rate
        self.features = nn.Sequential(*layers, nn.BatchNorm2d(maps), nn.ReLU())
        self.classifier = nn.Linear(maps, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(self.classifier.bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).mean(dim=(2, 3))  # (N, maps, H, W) -> (N, maps)
        return self.classifier(x)
