"""GoogLeNet: nine Inception blocks (inception.py), and no large linear layers.

Szegedy et al. 2015, "Going deeper with convolutions", Table 1. It won ImageNet 2014 with about a ninth of AlexNet's
parameters (7.0 of 61.0 million; the paper says a twelfth).

| stage (224×224 colour)               | output    |
|--------------------------------------|-----------|
| input                                | 3×224×224 |
| conv 7×7 stride 2, max pool          | 64×56×56  |
| conv 1×1, conv 3×3, max pool         | 192×28×28 |
| Inception 3a, 3b, max pool           | 480×14×14 |
| Inception 4a; auxiliary head         | 512×14×14 |
| Inception 4b, 4c, 4d; auxiliary head | 528×14×14 |
| Inception 4e, max pool               | 832×7×7   |
| Inception 5a, 5b                     | 1024×7×7  |
| global average pool, dropout         | 1024      |
| linear                               | 1000      |

Two forms. With ``as_published`` it is the network of 2014, with 6,998,552 parameters. What the paper leaves open:
convolutions start after He et al. 2015, and the response normalisation has AlexNet's constants. The usual form is
torchvision's "googlenet", with 6,624,904 parameters, which differs in six places:

| place                          | as published                 | torchvision's                              |
|--------------------------------|------------------------------|--------------------------------------------|
| after each convolution         | ReLU                         | batch normalisation, ReLU                  |
| a block's largest kernel       | 5×5                          | 3×3 (a slip, kept for the trained weights) |
| around the stem's last layers  | local response normalisation | nothing                                    |
| max pool after block 4e        | 3×3 stride 2                 | 2×2 stride 2                               |
| average pool of auxiliary head | 5×5 stride 3                 | to 4×4 (adaptive)                          |
| dropout before the last layer  | 0.4                          | 0.2                                        |

Small images (below 64×64): the first convolution is 3×3 with stride 1, and the second max pool is left out. At
other sizes than 224×224 both forms have torchvision's pool in the auxiliary heads.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from utils.models.alexnet import response_norm
from utils.models.inception import Inception, convolution
from utils.models.sizes import is_small, require_image_size

Unit = Callable[..., nn.Sequential]  # `convolution`, with batch normalisation or without

Widths = tuple[int, tuple[int, int], tuple[int, int], int]

BLOCKS: dict[str, Widths] = {  # maps of: 1×1; reduction and 3×3; reduction and 5×5; 1×1 after the pooling
    "inception_3a": (64, (96, 128), (16, 32), 32),
    "inception_3b": (128, (128, 192), (32, 96), 64),
    "inception_4a": (192, (96, 208), (16, 48), 64),
    "inception_4b": (160, (112, 224), (24, 64), 64),
    "inception_4c": (128, (128, 256), (24, 64), 64),
    "inception_4d": (112, (144, 288), (32, 64), 64),
    "inception_4e": (256, (160, 320), (32, 128), 128),
    "inception_5a": (256, (160, 320), (32, 128), 128),
    "inception_5b": (384, (192, 384), (48, 128), 128),
}


class GoogLeNet(nn.Module):
    """(N, in_channels, image_size, image_size) -> logits (N, num_classes).

    Args:
        as_published: the network of 2014 instead of torchvision's.
        width: how many times as many maps as in the table each layer makes.
        auxiliary_heads: add the two heads, which bring gradients to the middle of the network. In train mode the
            network then returns three logits: its own, and those after blocks 4a and 4d, whose losses the paper
            adds with weight 0.3. In eval mode it returns its own only.
    """

    def __init__(
        self,
        as_published: bool = False,
        width: float = 1,
        auxiliary_heads: bool = False,
        num_classes: int = 1000,
        in_channels: int = 3,
        image_size: int = 224,
    ):
        super().__init__()
        require_image_size("googlenet", image_size, at_least=8 if as_published else 4)
        unit = partial(convolution, batch_norm=not as_published)
        largest_kernel = 5 if as_published else 3
        stages: OrderedDict[str, nn.Module] = OrderedDict()
        narrow, maps = (round(width * count) for count in (64, 192))
        stages["stem"] = stem(in_channels, narrow, maps, is_small(image_size), unit, as_published)
        after = {}  # how many maps each block makes
        for name, widths in BLOCKS.items():
            block = Inception(maps, *scaled(widths, width), batch_norm=not as_published, largest_kernel=largest_kernel)
            stages[name] = block
            maps = after[name] = block.out_channels
            if name == "inception_3b":
                stages["pool_3"] = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
            if name == "inception_4e":
                stages["pool_4"] = nn.MaxPool2d(kernel_size=3 if as_published else 2, stride=2, ceil_mode=True)
        self.rescale: nn.Module = nn.Identity()  # torchvision's trained weights expect other inputs
        self.features = nn.Sequential(stages)
        self.auxiliary = nn.ModuleDict()
        if auxiliary_heads:
            papers_pool = as_published and image_size == 224
            for name in ("inception_4a", "inception_4d"):
                self.auxiliary[name] = auxiliary_head(after[name], num_classes, unit, papers_pool)
        self.dropout = nn.Dropout(0.4 if as_published else 0.2)
        self.classifier = nn.Linear(maps, num_classes)
        if as_published:
            for layer in self.modules():
                if isinstance(layer, nn.Conv2d):
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # torch: a convolution may have none

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        x = self.rescale(x)
        auxiliary_logits = []
        for name, stage in self.features.named_children():
            x = stage(x)
            if self.training and name in self.auxiliary:
                auxiliary_logits.append(self.auxiliary[name](x))
        x = x.mean(dim=(2, 3))  # (N, 1024, H, W) -> (N, 1024), if width is 1
        logits = self.classifier(self.dropout(x))
        return (logits, *auxiliary_logits) if auxiliary_logits else logits


def scaled(widths: Widths, by: float) -> Widths:
    """A row of BLOCKS for a narrower or wider network."""
    one, three, five, pool = widths
    pairs = [(round(by * reduced), round(by * maps)) for reduced, maps in (three, five)]
    return round(by * one), pairs[0], pairs[1], round(by * pool)


def stem(in_channels: int, narrow: int, maps: int, small: bool, unit: Unit, response_norms: bool) -> nn.Sequential:
    """What comes before the first block: (N, in_channels, H, W) -> (N, maps, H/8, W/8), or H/2 if ``small``."""
    layers: list[nn.Module] = []
    if small:
        layers.append(unit(in_channels, narrow, kernel_size=3))
    else:
        layers.append(unit(in_channels, narrow, kernel_size=7, stride=2))
    layers.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
    if response_norms:
        layers.append(response_norm())
    layers += [unit(narrow, narrow, kernel_size=1), unit(narrow, maps, kernel_size=3)]
    if response_norms:
        layers.append(response_norm())
    if not small:
        layers.append(nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True))
    return nn.Sequential(*layers)


def auxiliary_head(in_channels: int, num_classes: int, unit: Unit, papers_pool: bool) -> nn.Sequential:
    """(N, in_channels, H, W) -> logits (N, num_classes)."""
    return nn.Sequential(
        nn.AvgPool2d(5, stride=3) if papers_pool else nn.AdaptiveAvgPool2d(4),
        unit(in_channels, 128, kernel_size=1),
        nn.Flatten(),  # (N, 128, 4, 4) -> (N, 2048)
        nn.Linear(2048, 1024),
        nn.ReLU(),
        nn.Dropout(0.7),
        nn.Linear(1024, num_classes),
    )
