"""A network that learns CIFAR-10 within ten epochs: each part of it is there to make the start quick.

After Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU", section 3, which gathers ideas of its own and of
earlier records; the patch-whitening layer is from Page 2019, "How to train your ResNet".

| layer (32×32 colour)                      | output    | parameters |
|-------------------------------------------|-----------|-----------:|
| input                                     | 3×32×32   |            |
| whitening 2×2, GELU                       | 24×31×31  |      288 ⁑ |
| bias of the whitening                     |           |         24 |
| conv 3×3, max pool 2×2, batch norm, GELU  | 64×15×15  |     13,824 |
| conv 3×3, batch norm, GELU                | 64×15×15  |     36,864 |
| conv 3×3, max pool 2×2, batch norm, GELU  | 256×7×7   |    147,456 |
| conv 3×3, batch norm, GELU                | 256×7×7   |    589,824 |
| conv 3×3, max pool 2×2, batch norm, GELU  | 256×3×3   |    589,824 |
| conv 3×3, batch norm, GELU                | 256×3×3   |    589,824 |
| max pool over the map                     | 256       |            |
| linear without bias, divided by 9         | 10        |      2,560 |
| biases of the batch norms                 |           |      1,152 |
| learnt in all                             |           |  1,971,352 |

⁑ computed from the images before training, then left alone. The scales of the batch norms stay at 1.

It is not in ``models.create``: without `whiten` on its training images its first layer is noise.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PATCH = 2  # pixels along each side of what the first layer sees
# Added to each variance, so that the faintest directions of a patch are not blown up to noise.
SOFTENING = 5e-4


class FastCifar(nn.Module):
    """(N, 3, 32, 32), normalised -> logits (N, num_classes)."""

    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.whitening = nn.Conv2d(3, 2 * 3 * PATCH**2, kernel_size=PATCH)
        self.whitening.weight.requires_grad_(False)
        self.blocks = nn.Sequential(Block(24, 64), Block(64, 256), Block(256, 256))
        self.classifier = nn.Linear(256, num_classes, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew. (A compiled network can so be trained again without being compiled again.)"""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
                layer.reset_parameters()
        nn.init.zeros_(self.whitening.bias)  # type: ignore[arg-type]  # torch: a convolution may have none
        for layer in self.blocks.modules():
            if isinstance(layer, nn.Conv2d):
                # The first maps hand their input on; the others start at random.
                nn.init.dirac_(layer.weight[: layer.in_channels])

    def whiten(self, images: Tensor) -> None:
        """Set the first layer from normalised images (N, 3, H, W). See `whitening_filters`."""
        with torch.no_grad():
            self.whitening.weight.copy_(whitening_filters(images))

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.whitening(x))
        x = self.blocks(x).amax(dim=(2, 3))  # (N, 256, 3, 3) -> (N, 256)
        return self.classifier(x) / 9  # logits that start small leave the first steps room


class Block(nn.Module):
    """Two convolutions; the first halves the map: (N, in_channels, H, W) -> (N, channels, H/2, W/2)."""

    def __init__(self, in_channels: int, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=3, padding=1, bias=False),
            nn.MaxPool2d(2),  # before the normalisation: it is then computed on a quarter of the numbers
            _batch_norm(channels),
            nn.GELU(),
            nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False),
            _batch_norm(channels),
            nn.GELU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    """Its scale is left at 1; its running statistics follow quickly, as a run has a few hundred steps only."""
    norm = nn.BatchNorm2d(channels, momentum=0.4)
    norm.weight.requires_grad_(False)
    return norm


def whitening_filters(images: Tensor) -> Tensor:
    """Filters after which the patches of these images have no correlations, and variance 1: their principal axes.

    Each axis comes twice, with both signs, since GELU lets only one side of it through.

    Shapes: images (N, C, H, W) → (2 · C · 2 · 2, C, 2, 2).
    """
    patches = images.unfold(2, PATCH, 1).unfold(3, PATCH, 1)  # (N, C, H − 1, W − 1, 2, 2)
    patches = patches.transpose(1, 3).flatten(0, 2).flatten(1).float()  # one patch in each row
    covariance = (patches.T @ patches / len(patches)).cpu()  # 12×12: not every device can do what comes now
    variances, axes = (found.to(images.device) for found in torch.linalg.eigh(covariance))  # an axis in each column
    filters = (axes / (variances + SOFTENING).sqrt()).T.reshape(-1, images.shape[1], PATCH, PATCH)
    return torch.cat([filters, -filters])
