"""VGG: 3×3 convolutions, stacked deeper than anyone had before.

Simonyan and Zisserman 2015, "Very deep convolutional networks for large-scale image recognition", Table 1. Three 3×3
convolutions see as far as one of 7×7, with fewer weights and three ReLUs instead of one. Each convolution is followed
by a ReLU (and, in the networks whose name ends in "_bn", by batch normalisation before it).

| stage (224×224 colour)    | output      | A     | A-LRN      | B     | C          | D       | E         |
|---------------------------|-------------|-------|------------|-------|------------|---------|-----------|
| name                      |             | vgg11 | vgg11_lrn  | vgg13 | vgg16_c    | vgg16   | vgg19     |
| 1: kernels, max pool      | 64×112×112  | 3     | 3 and norm | 3 3   | 3 3        | 3 3     | 3 3       |
| 2: kernels, max pool      | 128×56×56   | 3     | 3          | 3 3   | 3 3        | 3 3     | 3 3       |
| 3: kernels, max pool      | 256×28×28   | 3 3   | 3 3        | 3 3   | 3 3 1      | 3 3 3   | 3 3 3 3   |
| 4: kernels, max pool      | 512×14×14   | 3 3   | 3 3        | 3 3   | 3 3 1      | 3 3 3   | 3 3 3 3   |
| 5: kernels, max pool      | 512×7×7     | 3 3   | 3 3        | 3 3   | 3 3 1      | 3 3 3   | 3 3 3 3   |
| linear, ReLU, dropout     | 4096        |       |            |       |            |         |           |
| linear, ReLU, dropout     | 4096        |       |            |       |            |         |           |
| linear                    | 1000        |       |            |       |            |         |           |

Parameters: A and A-LRN 132,863,336; B 133,047,848; C 133,638,952; D 138,357,544; E 143,667,240. Max pools are 2×2
with stride 2; "norm" is AlexNet's local response normalisation, after the first ReLU.

Small images (below 64×64): the last max pool is left out, so that 28×28 leave something, and the linear layers are
512 wide.

Weights start as in torchvision: convolutions after He et al. 2015 (fan out), linear layers normal with standard
deviation 0.01, biases zero. The paper does it otherwise (section 3.1): it draws weights from a normal distribution of
"10⁻² variance" (standard deviation 0.1), trains A from such weights, and begins the deeper networks with A's first
four convolutions and its three linear layers. Its authors found later that the starting values of Glorot and Bengio
2010 make that unnecessary.
"""

from torch import Tensor, nn

from utils.models.alexnet import response_norm
from utils.models.sizes import is_small, require_image_size

CHANNELS = (64, 128, 256, 512, 512)

KERNELS = {  # the kernel sizes of each stage's convolutions
    "A": ((3,), (3,), (3, 3), (3, 3), (3, 3)),
    "A-LRN": ((3,), (3,), (3, 3), (3, 3), (3, 3)),
    "B": ((3, 3), (3, 3), (3, 3), (3, 3), (3, 3)),
    "C": ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1)),
    "D": ((3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)),
    "E": ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3)),
}


class VGG(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    From 64×64 pixels on, maps of another size than 7×7 are averaged (or repeated) to 7×7, as in torchvision.

    Args:
        configuration: a column of the paper's Table 1, "A", "A-LRN", "B", "C", "D" or "E".
        batch_norm: normalise after every convolution (Ioffe and Szegedy 2015, later than the paper).
        width: how many times as many maps and numbers as in the table each layer makes.
    """

    def __init__(
        self,
        configuration: str = "D",
        batch_norm: bool = False,
        width: float = 1,
        num_classes: int = 1000,
        in_channels: int = 3,
        image_size: int = 224,
    ):
        super().__init__()
        if configuration not in KERNELS:
            raise ValueError(f"configuration={configuration!r} is not a column of Table 1: use {', '.join(KERNELS)}")
        require_image_size(f"vgg ({configuration})", image_size, at_least=16)
        small = is_small(image_size)
        stages = []
        for kernel_sizes, channels in zip(KERNELS[configuration], CHANNELS, strict=True):
            maps = round(width * channels)
            stages.append(stage(in_channels, maps, kernel_sizes, batch_norm))
            in_channels = maps
        if configuration == "A-LRN":
            stages[0].insert(2, response_norm())  # after the first convolution and its ReLU
        size, wide = 7, round(width * 4096)
        if small:
            del stages[-1][-1]  # the last max pool
            size, wide = image_size // 16, round(width * 512)
        self.features = nn.Sequential(*stages, nn.AdaptiveAvgPool2d(size))
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, maps, size, size) -> (N, maps · size · size)
            nn.Linear(in_channels * size * size, wide),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(wide, wide),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(wide, num_classes),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # torch: a convolution may have none
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


def stage(in_channels: int, channels: int, kernel_sizes: tuple[int, ...], batch_norm: bool) -> nn.Sequential:
    """Convolutions that keep the size, then a max pool: (N, in_channels, H, W) -> (N, channels, H/2, W/2)."""
    layers: list[nn.Module] = []
    for kernel_size in kernel_sizes:
        layers.append(nn.Conv2d(in_channels, channels, kernel_size, padding=kernel_size // 2))
        if batch_norm:
            layers.append(nn.BatchNorm2d(channels))
        layers.append(nn.ReLU())
        in_channels = channels
    return nn.Sequential(*layers, nn.MaxPool2d(2))
