"""ResNet: blocks that learn what to add to their input, so that depth no longer hurts.

He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition", Table 1, with projection shortcuts where
the shape changes (option B). A block of 18 and 34 has two 3×3 convolutions; a bottleneck block of 50, 101 and 152 has
1×1, 3×3, 1×1, of which the last has four times as many maps. Each convolution is followed by batch normalisation.

| stage (224×224 colour)            | output, 18 and 34 | output, 50 … 152 | blocks in 18, 34, 50, 101, 152 |
|-----------------------------------|-------------------|------------------|--------------------------------|
| input                             | 3×224×224         | 3×224×224        |                                |
| conv 7×7 stride 2, max pool 3×3   | 64×56×56          | 64×56×56         |                                |
| stage 1                           | 64×56×56          | 256×56×56        | 2, 3, 3, 3, 3                  |
| stage 2, first block has stride 2 | 128×28×28         | 512×28×28        | 2, 4, 4, 4, 8                  |
| stage 3, first block has stride 2 | 256×14×14         | 1024×14×14       | 2, 6, 6, 23, 36                |
| stage 4, first block has stride 2 | 512×7×7           | 2048×7×7         | 2, 3, 3, 3, 3                  |
| global average pool               | 512               | 2048             |                                |
| linear                            | 1000              | 1000             |                                |

Parameters: 11,689,512; 21,797,672; 25,557,032; 44,549,160; 60,192,808.

As in torchvision, a bottleneck has its stride in the 3×3 convolution; in the paper it is in the first 1×1, which throws
three quarters of its input away. The number of parameters is the same.

Small images (below 64×64): the first convolution is 3×3 with stride 1, and there is no max pool. The paper's own
networks for CIFAR-10 are other ones, in cifar_resnet.py.

Convolutions start after He et al. 2015 (fan out), as in torchvision.
"""

from torch import Tensor, nn

from utils.models.sizes import is_small, require_image_size


class BasicBlock(nn.Module):
    """ReLU(residual(x) + shortcut(x)): (N, in_channels, H, W) -> (N, channels, H/stride, W/stride).

    With all weights of ``residual`` zero, a block that keeps its shape is the identity on what a ReLU returns.
    """

    expansion = 1  # maps it returns, as a multiple of ``channels``

    def __init__(self, in_channels: int, channels: int, stride: int = 1):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = shortcut(in_channels, channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.residual(x) + self.shortcut(x))


class Bottleneck(nn.Module):
    """As BasicBlock, but the 3×3 works on few maps: (N, in_channels, H, W) -> (N, 4·channels, H/stride, W/stride)."""

    expansion = 4

    def __init__(self, in_channels: int, channels: int, stride: int = 1):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, 4 * channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(4 * channels),
        )
        self.shortcut = shortcut(in_channels, 4 * channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.residual(x) + self.shortcut(x))


def shortcut(in_channels: int, channels: int, stride: int) -> nn.Module:
    """The identity where it fits, else a 1×1 convolution: (N, in_channels, H, W) -> (N, channels, H/stride, …)."""
    if in_channels == channels and stride == 1:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel_size=1, stride=stride, bias=False),
        nn.BatchNorm2d(channels),
    )


class ResNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        block: `BasicBlock` or `Bottleneck`.
        blocks: how many blocks each of the stages has. Every stage after the first halves the size.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck] = BasicBlock,
        blocks: tuple[int, ...] = (2, 2, 2, 2),
        num_classes: int = 1000,
        in_channels: int = 3,
        image_size: int = 224,
    ):
        super().__init__()
        require_image_size("resnet", image_size, at_least=2 ** (len(blocks) - 1))
        if is_small(image_size):
            first = [nn.Conv2d(in_channels, 64, kernel_size=3, padding=1, bias=False)]
            pool = []
        else:
            first = [nn.Conv2d(in_channels, 64, kernel_size=7, stride=2, padding=3, bias=False)]
            pool = [nn.MaxPool2d(kernel_size=3, stride=2, padding=1)]
        stages = [nn.Sequential(*first, nn.BatchNorm2d(64), nn.ReLU(), *pool)]
        maps = 64
        for number, depth in enumerate(blocks):
            channels = 64 * 2**number
            layers = []
            for place in range(depth):
                layers.append(block(maps, channels, stride=2 if number > 0 and place == 0 else 1))
                maps = channels * block.expansion
            stages.append(nn.Sequential(*layers))
        self.features = nn.Sequential(*stages)
        self.classifier = nn.Linear(maps, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x).mean(dim=(2, 3))  # (N, maps, H, W) -> (N, maps)
        return self.classifier(x)
