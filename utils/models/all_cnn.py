"""The all-convolutional net: pooling replaced by convolutions with stride 2, linear layers by 1×1 convolutions.

Springenberg, Dosovitskiy, Brox and Riedmiller 2015, "Striving for simplicity: the all convolutional net", the networks
All-CNN-A, -B and -C of Tables 1 to 3. Every convolution but the last is followed by a ReLU. (In the paper the last is
too. A logit that is then 0 for every image has no gradient and stays 0; with Adam at its usual learning rate that ends
many runs at the start.)

| stage                          | output (32×32, colour) | A         | B         | C         |
|--------------------------------|------------------------|-----------|-----------|-----------|
| input, dropout 0.2             | 3×32×32                |           |           |           |
| convolutions                   | 96×32×32               | 5×5       | 5×5, 1×1  | 3×3, 3×3  |
| conv 3×3 stride 2, dropout 0.5 | 96×16×16               |           |           |           |
| convolutions                   | 192×16×16              | 5×5       | 5×5, 1×1  | 3×3, 3×3  |
| conv 3×3 stride 2, dropout 0.5 | 192×8×8                |           |           |           |
| conv 3×3, no padding           | 192×6×6                |           |           |           |
| conv 1×1                       | 192×6×6                |           |           |           |
| conv 1×1                       | 10×6×6                 |           |           |           |
| global average pool            | 10                     |           |           |           |
| parameters                     |                        | 1,254,250 | 1,300,618 | 1,369,738 |
| the same in the paper          |                        | 1.28 M    | 1.35 M    | 1.4 M     |

The paper's counts for A and B are a few percent above what its tables of layers add up to.

The same layers serve images of every size from 9×9 on.

Weights start after He et al. 2015, biases at zero: from torch's own start, nine layers without normalisation would let
the signal fade. (The paper does not say how it begins.)
"""

from torch import Tensor, nn

from utils.models.sizes import require_image_size

KERNELS = {"A": (5,), "B": (5, 1), "C": (3, 3)}  # of the convolutions before each one with stride 2


class AllCNN(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        variant: "A", "B" or "C".
    """

    def __init__(self, variant: str = "C", num_classes: int = 10, in_channels: int = 3, image_size: int = 32):
        super().__init__()
        if variant not in KERNELS:
            raise ValueError(f"variant={variant!r} is not known: use {', '.join(KERNELS)}")
        require_image_size("all_cnn", image_size, at_least=9)
        layers: list[nn.Module] = [nn.Dropout(0.2)]
        for channels in (96, 192):
            for kernel_size in KERNELS[variant]:
                layers += convolution(in_channels, channels, kernel_size)
                in_channels = channels
            layers += convolution(channels, channels, kernel_size=3, stride=2)
            layers.append(nn.Dropout(0.5))
        self.features = nn.Sequential(
            *layers,
            *convolution(192, 192, kernel_size=3, padding=0),
            *convolution(192, 192, kernel_size=1),
            nn.Conv2d(192, num_classes, kernel_size=1),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # torch: a convolution may have none

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x).mean(dim=(2, 3))  # (N, num_classes, H, W) -> (N, num_classes)


def convolution(
    in_channels: int, channels: int, kernel_size: int, stride: int = 1, padding: int | None = None
) -> list[nn.Module]:
    """A convolution that keeps the size, except for its stride, unless padding says otherwise; and a ReLU."""
    if padding is None:
        padding = kernel_size // 2
    return [nn.Conv2d(in_channels, channels, kernel_size, stride, padding), nn.ReLU()]
