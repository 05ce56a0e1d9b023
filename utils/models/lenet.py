"""LeNet-5, which read handwritten digits on bank cheques.

LeCun, Bottou, Bengio and Haffner 1998, "Gradient-based learning applied to document recognition".

Two forms: LeNet as it is taught today, and LeNet1998 with the layers of the paper. They have the same shapes.

| stage                | output (grey) | LeNet  | LeNet1998 |
|----------------------|---------------|-------:|----------:|
| input                | 1×32×32       |        |           |
| C1: conv 5×5         | 6×28×28       |    156 |       156 |
| S2: average pool 2×2 | 6×14×14       |      0 |        12 |
| C3: conv 5×5         | 16×10×10      |  2,416 |     1,516 |
| S4: average pool 2×2 | 16×5×5        |      0 |        32 |
| C5: linear           | 120           | 48,120 |    48,120 |
| F6: linear           | 84            | 10,164 |    10,164 |
| output: linear       | 10            |    850 |       850 |
| total                |               | 61,706 |    60,850 |

Images smaller than 32×32 get two pixels of padding on each side, so MNIST's 28×28 become 32×32 as in the paper. C5
is a convolution in the paper, whose kernel covers all of its 5×5 input: that is a linear layer.

The paper's last layer compares F6 with a fixed drawing of each character. It has nothing to learn, which leaves the
paper's total of 60,000, but drawings exist only for characters, so here it is a linear layer.
"""

import torch
from torch import Tensor, nn

from utils.models.sizes import require_image_size

# Which of the 6 maps of S2 each of the 16 maps of C3 reads (Table I of the paper). It keeps the connections few, and
# maps that see different things cannot learn the same.
C3_READS = [
    *([0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5]),
    *([0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5]),
    *([0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5]),
    [0, 1, 2, 3, 4, 5],
]


class LeNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes). Sigmoids and average pooling."""

    def __init__(self, num_classes: int = 10, in_channels: int = 1, image_size: int = 32):
        super().__init__()
        padding, size = _padding_and_size("lenet", image_size)
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, kernel_size=5, padding=padding),
            nn.Sigmoid(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 16, kernel_size=5),
            nn.Sigmoid(),
            nn.AvgPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 16, size, size) -> (N, 16 · size · size)
            nn.Linear(16 * size * size, 120),
            nn.Sigmoid(),
            nn.Linear(120, 84),
            nn.Sigmoid(),
            nn.Linear(84, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


class LeNet1998(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes). Pooling has weights, C3 is sparse.

    Weights start uniform in ±2.4 / (inputs of a unit), as in appendix A of the paper.
    """

    def __init__(self, num_classes: int = 10, in_channels: int = 1, image_size: int = 32):
        super().__init__()
        padding, size = _padding_and_size("lenet_1998", image_size)
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 6, kernel_size=5, padding=padding),
            ScaledTanh(),
            Subsampling(6),
            ScaledTanh(),
            SparseConvolution(C3_READS),
            ScaledTanh(),
            Subsampling(16),
            ScaledTanh(),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 16, size, size) -> (N, 16 · size · size)
            nn.Linear(16 * size * size, 120),
            ScaledTanh(),
            nn.Linear(120, 84),
            ScaledTanh(),
            nn.Linear(84, num_classes),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                bound = 2.4 / layer.weight[0].numel()
                nn.init.uniform_(layer.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


class ScaledTanh(nn.Module):
    """1.7159 · tanh(2x/3), which maps ±1 to ±1: the paper's activation. Any shape."""

    def forward(self, x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)


class Subsampling(nn.Module):
    """The mean of each 2×2 square, times a learnt coefficient, plus a learnt bias, both one per map.

    (N, channels, H, W) -> (N, channels, H/2, W/2)
    """

    def __init__(self, channels: int):
        super().__init__()
        self.coefficient = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.coefficient * nn.functional.avg_pool2d(x, 2) + self.bias


class SparseConvolution(nn.Module):
    """A 5×5 convolution whose output map i reads only the input maps ``reads[i]``.

    (N, C, H, W) -> (N, len(reads), H − 4, W − 4)
    """

    def __init__(self, reads: list[list[int]]):
        super().__init__()
        self.reads = reads
        self.maps = nn.ModuleList(nn.Conv2d(len(inputs), 1, kernel_size=5) for inputs in reads)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([conv(x[:, inputs]) for conv, inputs in zip(self.maps, self.reads, strict=True)], dim=1)


def _padding_and_size(name: str, image_size: int) -> tuple[int, int]:
    """The padding of C1, and the size of the maps that S4 returns."""
    require_image_size(name, image_size, at_least=12)
    padding = 2 if image_size < 32 else 0
    size = (image_size + 2 * padding - 4) // 2  # after C1 and S2
    return padding, (size - 4) // 2
