"""A two-layer CNN small enough to know every shape by heart. "Same" padding: only pooling shrinks the maps.

| stage               | output (28×28, grey) | parameters |
|---------------------|----------------------|-----------:|
| input               | 1×28×28              |            |
| conv 3×3, ReLU      | 4×28×28              |         40 |
| max pool 2×2        | 4×14×14              |            |
| conv 3×3, ReLU      | 8×14×14              |        296 |
| max pool 2×2        | 8×7×7                |            |
| flatten, linear     | 10                   |      3,930 |
| total               |                      |      4,266 |
"""

from torch import Tensor, nn

from utils.models.sizes import require_image_size


class SmallCNN(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes)."""

    def __init__(self, num_classes: int = 10, in_channels: int = 1, image_size: int = 28):
        super().__init__()
        require_image_size("small_cnn", image_size, at_least=4)
        size = image_size // 2 // 2  # two poolings, each drops an odd row and column
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 4, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 8, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(8 * size * size, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        return self.classifier(x.flatten(1))  # (N, 8, size, size) -> (N, 8 · size · size)
