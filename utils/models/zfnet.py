"""ZFNet: AlexNet, changed by two people who had looked at what its layers see.

Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks". AlexNet's first layer, 11×11 with
stride 4, missed middle frequencies and aliased, so this one is 7×7 with stride 2. The last three convolutions have
512, 1024 and 512 maps, the larger variant of the paper's experiments; its Figure 3, whose shapes are the same, draws
AlexNet's 384, 384 and 256.

| stage                          | output (224×224 colour) |  parameters |
|--------------------------------|-------------------------|------------:|
| input                          | 3×224×224               |             |
| conv 7×7 stride 2, ReLU        | 96×110×110              |      14,208 |
| max pool, response norm        | 96×55×55                |             |
| conv 5×5 stride 2, ReLU        | 256×26×26               |     614,656 |
| max pool, response norm        | 256×13×13               |             |
| conv 3×3, ReLU                 | 512×13×13               |   1,180,160 |
| conv 3×3, ReLU                 | 1024×13×13              |   4,719,616 |
| conv 3×3, ReLU                 | 512×13×13               |   4,719,104 |
| max pool                       | 512×6×6                 |             |
| linear, ReLU, dropout          | 4096                    |  75,501,568 |
| linear, ReLU, dropout          | 4096                    |  16,781,312 |
| linear                         | 1000                    |   4,097,000 |
| total                          |                         | 107,627,624 |

Max pooling is 3×3 with stride 2.

Small images (below 64×64): the first convolution is 3×3, neither it nor the second has a stride, and the linear layers
are 512 wide.
"""

from typing import Any

from torch import Tensor, nn

from utils.arithmetic import output_size
from utils.models.alexnet import response_norm
from utils.models.sizes import is_small, require_image_size


class ZFNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Weights start normal with standard deviation 0.01, as AlexNet's, and biases at zero. (The paper says that all
    weights start at 0.01: units that start equal would stay equal, so it must mean this.)
    """

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224):
        super().__init__()
        require_image_size("zfnet", image_size, at_least=9)
        if is_small(image_size):
            first: dict[str, Any] = {"kernel_size": 3, "stride": 1, "padding": 1}
            second: dict[str, Any] = {"kernel_size": 5, "stride": 1, "padding": 2}
            width = 512
        else:
            first = {"kernel_size": 7, "stride": 2, "padding": 1}
            second = {"kernel_size": 5, "stride": 2, "padding": 0}
            width = 4096
        pool: dict[str, Any] = {"kernel_size": 3, "stride": 2}
        self.features = nn.Sequential(
            nn.Conv2d(in_channels, 96, **first),
            nn.ReLU(),
            nn.MaxPool2d(**pool, padding=1),
            response_norm(),
            nn.Conv2d(96, 256, **second),
            nn.ReLU(),
            nn.MaxPool2d(**pool, padding=1),
            response_norm(),
            nn.Conv2d(256, 512, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(512, 1024, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(1024, 512, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(**pool),
        )
        size = output_size(output_size(image_size, **first), **pool, padding=1)
        size = output_size(output_size(size, **second), **pool, padding=1)
        size = output_size(size, **pool)
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 512, size, size) -> (N, 512 · size · size)
            nn.Linear(512 * size * size, width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(width, num_classes),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.normal_(layer.weight, std=0.01)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # torch: a convolution may have none

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))
