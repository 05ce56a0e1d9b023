"""Network in network: a small network at every pixel, and no linear layers at the end.

Lin, Chen and Yan 2014, "Network in network". An mlpconv layer is a convolution followed by two 1×1 convolutions: a
perceptron with two layers that is applied to the channels of each pixel. The last mlpconv layer has one map per class,
and global average pooling turns each map into a logit, with nothing to learn. The widths are those of the authors'
released Caffe networks, as the paper gives none.

For ImageNet:

| stage (224×224 colour)     | output     | parameters                      |
|----------------------------|------------|---------------------------------|
| input                      | 3×224×224  |                                 |
| mlpconv 11×11 stride 4     | 96×54×54   | 34,944 + 9,312 + 9,312          |
| max pool                   | 96×27×27   |                                 |
| mlpconv 5×5                | 256×27×27  | 614,656 + 65,792 + 65,792       |
| max pool                   | 256×13×13  |                                 |
| mlpconv 3×3                | 384×13×13  | 885,120 + 147,840 + 147,840     |
| max pool, dropout          | 384×6×6    |                                 |
| mlpconv 3×3                | 1000×6×6   | 3,539,968 + 1,049,600 + 1,025,000 |
| global average pool        | 1000       |                                 |
| total                      |            | 7,595,176                       |

For small images (below 64×64), the authors' network for CIFAR-10:

| stage (32×32 colour)       | output     | parameters                      |
|----------------------------|------------|---------------------------------|
| input                      | 3×32×32    |                                 |
| mlpconv 5×5                | 96×32×32   | 14,592 + 30,880 + 15,456        |
| max pool, dropout          | 96×16×16   |                                 |
| mlpconv 5×5                | 192×16×16  | 460,992 + 37,056 + 37,056       |
| average pool, dropout      | 192×8×8    |                                 |
| mlpconv 3×3                | 10×8×8     | 331,968 + 37,056 + 1,930        |
| global average pool        | 10         |                                 |
| total                      |            | 966,986                         |

Pooling is 3×3 with stride 2 and, as in Caffe, also has a last window that reaches over the edge.

One thing differs from the authors' networks: they have a ReLU after the last convolution too. A logit that is then 0
for every image has no gradient and stays 0; with Adam at its usual learning rate that ends many runs at the start.

Weights start after He et al. 2015, biases at zero: from torch's own start, nine layers without normalisation would
let the signal fade. (The released networks use normal weights with standard deviations tuned by hand.)
"""

from typing import Any

from torch import Tensor, nn

from utils.models.sizes import is_small, require_image_size


class NiN(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes)."""

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224):
        super().__init__()
        require_image_size("nin", image_size, at_least=4)
        if is_small(image_size):
            self.features = nn.Sequential(
                mlpconv(in_channels, 192, 160, 96, kernel_size=5, padding=2),
                nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
                nn.Dropout(0.5),
                mlpconv(96, 192, 192, 192, kernel_size=5, padding=2),
                nn.AvgPool2d(kernel_size=3, stride=2, ceil_mode=True),
                nn.Dropout(0.5),
                last := mlpconv(192, 192, 192, num_classes, kernel_size=3, padding=1),
            )
        else:
            self.features = nn.Sequential(
                mlpconv(in_channels, 96, 96, 96, kernel_size=11, stride=4),
                nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
                mlpconv(96, 256, 256, 256, kernel_size=5, padding=2),
                nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
                mlpconv(256, 384, 384, 384, kernel_size=3, padding=1),
                nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
                nn.Dropout(0.5),
                last := mlpconv(384, 1024, 1024, num_classes, kernel_size=3, padding=1),
            )
        del last[-1]  # the ReLU after the last convolution
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # torch: a convolution may have none

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x).mean(dim=(2, 3))  # (N, num_classes, H, W) -> (N, num_classes)


def mlpconv(in_channels: int, first: int, second: int, third: int, **settings: Any) -> nn.Sequential:
    """A convolution with ``settings``, then a perceptron at every pixel: (N, in_channels, …) -> (N, third, …)."""
    return nn.Sequential(
        nn.Conv2d(in_channels, first, **settings),
        nn.ReLU(),
        nn.Conv2d(first, second, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(second, third, kernel_size=1),
        nn.ReLU(),
    )
