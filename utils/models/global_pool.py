"""A small all-convolutional net with two endings: global average pooling, or a convolution that covers the whole map.

Global average pooling (Lin, Chen and Yan 2014) turns a map per class into a logit per class by taking its mean, and has
nothing to learn. A convolution whose kernel is as large as the map also returns one number per class. With 1/64 in all
places of its own map, and 0 in those of the others, an 8×8 kernel takes the mean too; but it may learn which places and
which other maps count.

| stage                         | output (32×32, colour) | parameters |
|-------------------------------|------------------------|-----------:|
| input                         | 3×32×32                |            |
| conv 3×3, batch norm, ReLU    | 16×32×32               |        464 |
| conv 3×3 stride 2, bn, ReLU   | 32×16×16               |      4,672 |
| conv 3×3 stride 2, bn, ReLU   | 64×8×8                 |     18,560 |
| conv 3×3, batch norm, ReLU    | 10×8×8                 |      5,780 |
| either: global average pool   | 10                     |          0 |
| or: conv 8×8                  | 10                     |      6,410 |
| total                         |                        |     29,476 |
| total with conv 8×8           |                        |     35,886 |

The same layers serve images of every size from 4×4 on, and the kernel of the ending becomes as large as the last map:
8×8 only at 32 pixels, 4×4 at 16. At 224 pixels and with 1000 classes it would be 56×56 and have 3.1 billion weights.
"""

from torch import Tensor, nn

from utils.arithmetic import output_size
from utils.models.sizes import require_image_size


class GlobalPool(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        ending: "average" for global average pooling, "convolution" for a kernel as large as the map.
    """

    def __init__(self, ending: str = "average", num_classes: int = 10, in_channels: int = 3, image_size: int = 32):
        super().__init__()
        if ending not in ("average", "convolution"):
            raise ValueError(f"ending={ending!r} is not known: use 'average' or 'convolution'")
        require_image_size("global_pool", image_size, at_least=4)
        self.features = nn.Sequential(
            *convolution(in_channels, 16, stride=1),
            *convolution(16, 32, stride=2),
            *convolution(32, 64, stride=2),
            *convolution(64, num_classes, stride=1),
        )
        size = image_size
        for _ in range(2):
            size = output_size(size, kernel_size=3, stride=2, padding=1)
        last: nn.Module = nn.AdaptiveAvgPool2d(1)
        if ending == "convolution":
            last = nn.Conv2d(num_classes, num_classes, kernel_size=size)
        self.ending = nn.Sequential(last, nn.Flatten())  # (N, num_classes, 1, 1) -> (N, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.ending(self.features(x))


def convolution(in_channels: int, channels: int, stride: int) -> list[nn.Module]:
    """Convolution 3×3, batch norm and ReLU: (N, in_channels, H, W) -> (N, channels, H/stride, W/stride)."""
    return [
        nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    ]
