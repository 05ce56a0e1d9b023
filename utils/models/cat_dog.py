"""A fully connected network for cat or dog, with every pixel an unrelated number.

| stage   | output (32×32, colour) | parameters |
|---------|------------------------|-----------:|
| input   | 3×32×32                |            |
| flatten | 3072                   |            |
| linear  | 512                    |  1,573,376 |
| tanh    | 512                    |            |
| linear  | 2                      |      1,026 |
| total   |                        |  1,574,402 |

After Stevens, Antiga and Viehmann 2020, "Deep Learning with PyTorch", chapter 7. At 1024×1024 pixels and 1024 hidden
units the first layer alone would have over 3 billion weights.
"""

from torch import Tensor, nn


class CatDog(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes), through one hidden layer."""

    def __init__(self, num_classes: int = 2, in_channels: int = 3, image_size: int = 32, hidden: int = 512):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(in_channels * image_size**2, hidden),
            nn.Tanh(),
            nn.Linear(hidden, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
