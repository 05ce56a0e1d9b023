"""The ResNets for CIFAR-10: narrow, very deep, and trained within minutes.

He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition", section 4.2. A network of 6n + 2 layers
has n blocks in each of three stages; a block is two 3×3 convolutions. Where the shape changes, the shortcut takes every
second pixel and adds maps of zeros (option A), so that it has nothing to learn.

| stage                             | output (32×32, colour) | layers |
|-----------------------------------|------------------------|-------:|
| input                             | 3×32×32                |        |
| conv 3×3, batch norm, ReLU        | 16×32×32               |      1 |
| stage 1                           | 16×32×32               |     2n |
| stage 2, first block has stride 2 | 32×16×16               |     2n |
| stage 3, first block has stride 2 | 64×8×8                 |     2n |
| global average pool               | 64                     |        |
| linear                            | 10                     |      1 |

| network    |   n | parameters | Table 6 of the paper |
|------------|----:|-----------:|---------------------:|
| resnet20   |   3 |    269,722 |               0.27 M |
| resnet32   |   5 |    464,154 |               0.46 M |
| resnet44   |   7 |    658,586 |               0.66 M |
| resnet56   |   9 |    853,018 |               0.85 M |
| resnet110  |  18 |  1,727,962 |                1.7 M |

The plain networks that the paper compares them with, plain20 to plain56, are the same without shortcuts. These learn
nothing, so the parameters are as many.

The same layers serve images of every size from 4×4 on. Convolutions start after He et al. 2015.
"""

from torch import Tensor, nn

from utils.models.sizes import require_image_size


class Block(nn.Module):
    """ReLU(residual(x) + shortcut(x)): (N, in_channels, H, W) -> (N, channels, H/stride, W/stride).

    A plain block has no shortcut.
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1, plain: bool = False):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.plain = plain
        self.stride = stride
        self.new_maps = channels - in_channels

    def forward(self, x: Tensor) -> Tensor:
        residual = self.residual(x)
        return nn.functional.relu(residual if self.plain else residual + self.shortcut(x))

    def shortcut(self, x: Tensor) -> Tensor:
        """Every stride-th pixel, and zeros for the maps that are new."""
        x = x[:, :, :: self.stride, :: self.stride]
        return nn.functional.pad(x, (0, 0, 0, 0, 0, self.new_maps))  # pads W, H and, at its end, C


class CifarResNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        n: blocks in each stage; the network has 6n + 2 layers.
        plain: leave the shortcuts out.
    """

    def __init__(
        self, n: int = 3, plain: bool = False, num_classes: int = 10, in_channels: int = 3, image_size: int = 32
    ):
        super().__init__()
        require_image_size("cifar_resnet", image_size, at_least=4)
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 16, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            stage(n, 16, 16, 1, plain),
            stage(n, 16, 32, 2, plain),
            stage(n, 32, 64, 2, plain),
        )
        self.classifier = nn.Linear(64, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).mean(dim=(2, 3))  # (N, 64, H, W) -> (N, 64)
        return self.classifier(x)


def stage(n: int, in_channels: int, channels: int, stride: int, plain: bool) -> nn.Sequential:
    """n blocks, the first with ``stride``: (N, in_channels, H, W) -> (N, channels, H/stride, W/stride)."""
    others = [Block(channels, channels, plain=plain) for _ in range(n - 1)]
    return nn.Sequential(Block(in_channels, channels, stride, plain), *others)
