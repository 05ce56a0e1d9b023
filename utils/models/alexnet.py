"""AlexNet, which won ImageNet 2012 and with it the argument for deep learning.

Krizhevsky, Sutskever and Hinton 2012, "ImageNet classification with deep convolutional neural networks". It was
trained on two GPUs of 3 GB. `AlexNetTwoGPUs` is that network: where the paper cuts the layers in two halves, one for
each GPU, it has convolutions of two groups. `AlexNet` is the later form on one GPU, torchvision's "alexnet". It comes
from Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks", but not quite: footnote 1 there
gives the fourth convolution 384 maps, and the program that its author released 256, which torchvision kept.

| stage (224×224 colour)     | AlexNet    | parameters | AlexNetTwoGPUs | parameters |
|----------------------------|------------|-----------:|----------------|-----------:|
| input                      | 3×224×224  |            | 3×224×224      |            |
| conv 11×11 stride 4, ReLU  | 64×55×55   |     23,296 | 96×55×55       |     34,944 |
| (response norm,) max pool  | 64×27×27   |            | 96×27×27       |            |
| conv 5×5, ReLU             | 192×27×27  |    307,392 | 256×27×27      |  307,456 ⁑ |
| (response norm,) max pool  | 192×13×13  |            | 256×13×13      |            |
| conv 3×3, ReLU             | 384×13×13  |    663,936 | 384×13×13      |    885,120 |
| conv 3×3, ReLU             | 256×13×13  |    884,992 | 384×13×13      |  663,936 ⁑ |
| conv 3×3, ReLU             | 256×13×13  |    590,080 | 256×13×13      |  442,624 ⁑ |
| max pool                   | 256×6×6    |            | 256×6×6        |            |
| linear, ReLU               | 4096 ⁂     | 37,752,832 | 4096 ⁂         | 37,752,832 |
| linear, ReLU               | 4096 ⁂     | 16,781,312 | 4096 ⁂         | 16,781,312 |
| linear                     | 1000       |  4,097,000 | 1000           |  4,097,000 |
| total                      |            | 61,100,840 |                | 60,965,224 |

⁑ two groups. ⁂ dropout 0.5: in AlexNetTwoGPUs after the ReLU, as in the paper; in AlexNet before the linear layer, as
in torchvision. Max pooling is 3×3 with stride 2, so windows overlap. Response normalisation is in AlexNetTwoGPUs only.

The paper gives 224×224 pixels and no padding, which leaves (224 − 11) / 4 + 1 = 54.25 places, and draws 55. Here the
first convolution has padding 2, as torchvision's; others take images of 227×227.

Small images (below 64×64): the first convolution is 5×5 with stride 1, and the linear layers are 512 wide.
"""

from torch import Tensor, nn

from utils.arithmetic import output_size
from utils.models.sizes import is_small, require_image_size


class AlexNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes), as torchvision's "alexnet".

    From 64×64 pixels on, maps of another size than 6×6 are averaged (or repeated) to 6×6.
    """

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224):
        super().__init__()
        require_image_size("alexnet", image_size, at_least=15)
        small = is_small(image_size)
        size = _size_after_pooling(image_size) if small else 6
        width = 512 if small else 4096
        self.features = nn.Sequential(
            _first_convolution(in_channels, 64, small),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(64, 192, kernel_size=5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(192, 384, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.AdaptiveAvgPool2d(size),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 256, size, size) -> (N, 256 · size · size)
            nn.Dropout(0.5),
            nn.Linear(256 * size * size, width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


class AlexNetTwoGPUs(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes), as in the paper of 2012.

    At other sizes than 224×224, the first linear layer takes the maps at the size they have.

    Weights start normal with standard deviation 0.01; the biases of the second, fourth and fifth convolution and of
    the hidden linear layers start at 1, so that their ReLUs see positive inputs from the start (section 5).
    """

    def __init__(self, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224):
        super().__init__()
        require_image_size("alexnet_two_gpus", image_size, at_least=15)
        small = is_small(image_size)
        size = _size_after_pooling(image_size if small else output_size(image_size, 11, stride=4, padding=2))
        width = 512 if small else 4096
        self.features = nn.Sequential(
            _first_convolution(in_channels, 96, small),
            nn.ReLU(),
            response_norm(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(96, 256, kernel_size=5, padding=2, groups=2),
            nn.ReLU(),
            response_norm(),
            nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(256, 384, kernel_size=3, padding=1),  # the one place where the two GPUs exchange maps
            nn.ReLU(),
            nn.Conv2d(384, 384, kernel_size=3, padding=1, groups=2),
            nn.ReLU(),
            nn.Conv2d(384, 256, kernel_size=3, padding=1, groups=2),
            nn.ReLU(),
            nn.MaxPool2d(kernel_size=3, stride=2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # (N, 256, size, size) -> (N, 256 · size · size)
            nn.Linear(256 * size * size, width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(width, num_classes),
        )
        layers = [layer for layer in self.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
        for layer, bias in zip(layers, [0, 1, 0, 1, 1, 1, 1, 0], strict=True):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.constant_(layer.bias, bias)  # type: ignore[arg-type]  # torch: a convolution may have none

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))


def response_norm() -> nn.LocalResponseNorm:
    """Local response normalisation of section 3.3: x / (2 + 10⁻⁴ · Σ x²)^0.75, the sum over 5 neighbouring maps.

    torch takes the mean over the 5 maps instead of the sum, so its alpha is 5 times the paper's.
    """
    return nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2)


def _first_convolution(in_channels: int, channels: int, small: bool) -> nn.Conv2d:
    if small:
        return nn.Conv2d(in_channels, channels, kernel_size=5, padding=2)
    return nn.Conv2d(in_channels, channels, kernel_size=11, stride=4, padding=2)


def _size_after_pooling(size: int) -> int:
    for _ in range(3):
        size = output_size(size, kernel_size=3, stride=2)
    return size
