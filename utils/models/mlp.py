"""A multilayer perceptron: it sees pixels, but not that they are neighbours.

| stage   | output (28×28, grey) | parameters |
|---------|----------------------|-----------:|
| input   | 1×28×28              |            |
| flatten | 784                  |            |
| linear  | 1000                 |    785,000 |
| ReLU    | 1000                 |            |
| linear  | 10                   |     10,010 |
| total   |                      |    795,010 |
"""

from torch import Tensor, nn


class MLP(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes), through one hidden layer."""

    def __init__(self, num_classes: int = 10, in_channels: int = 1, image_size: int = 28):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(in_channels * image_size**2, 1000),
            nn.ReLU(),
            nn.Linear(1000, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
