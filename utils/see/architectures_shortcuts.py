"""Exercises 08: the answers at work."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from utils import figures
from utils.data import fashion_mnist
from utils.models import bundled, load_bundled
from utils.see.learning import learn, means
from utils.see.photograph import SOURCE, photograph
from utils.see.photographs import normalised, photographs


class _Plain(nn.Sequential):
    """The block of `twenty` without a shortcut."""

    def __init__(self, in_channels: int, channels: int, stride: int):
        first = nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False)
        second = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        super().__init__(first, nn.BatchNorm2d(channels), nn.ReLU(), second, nn.BatchNorm2d(channels), nn.ReLU())


def _network(block: Callable) -> nn.Module:
    """A convolution, twenty blocks and a linear layer: (N, 1, 28, 28) to logits (N, 10)."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        first = [nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
        blocks = [block(8, 16, 2), *(block(16, 16, 1) for _ in range(19))]
        return nn.Sequential(*first, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def twenty(block: Callable) -> figures.Picture:
    """A network of twenty blocks as it begins to learn, beside one of twenty plain ones (He et al., 2016)."""
    train, _ = fashion_mnist()
    steps, every = 25, 5
    blocks = {"plain blocks": _Plain, "your blocks": block}
    return figures.lines(
        list(range(every, steps + 1, every)),
        {name: means(learn(_network(kind), train, steps=steps, rate=0.02), every) for name, kind in blocks.items()},
        x_label="steps, 64 clothes each",
        y_label="training loss",
        source=train.source,
        title="Twenty of your blocks, 42 layers, and twenty without a shortcut",
        caption="*Both have as many 3×3 convolutions, all with batch norm, the same clothes, the same learning rate. A "
        "loss of 2.3 is that of guessing one of ten. Your blocks hand on what they are given from the first step.*",
    )


def kept(block: Callable) -> figures.Picture:
    """What leaves a dense block that has learnt nothing: the photograph, and its maps (Huang et al., 2017)."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dense = block(3, 3, 4)
    with torch.no_grad():
        maps = dense(photograph(64)[None] / 255)[0]
    maps = maps / maps.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    return figures.image_grid(
        maps.view(5, 3, 1, 64, 64).transpose(0, 1).flatten(0, 1),
        [name for colour in ("red", "green", "blue") for name in (colour, "layer 1", "layer 2", "layer 3", "layer 4")],
        columns=5,
        source=SOURCE,
        title="What leaves your dense block",
        caption="*Four layers that have learnt nothing, three maps each, every map on a scale of its own. The colours "
        "of the photograph leave it as they came, however deep the block, beside all that was made of them.*",
        seen="In the first column the photograph in grey; beside it parts of it, or its edges.",
    )


def windows(one_convolution: Callable[[nn.Linear, int, int], nn.Module]) -> figures.Picture:
    """The bundled ResNet-20, made for 32×32 pixels, on four photographs at once (Springenberg et al., 2015)."""
    four = photographs(("horse", 1), ("truck", 1), ("airplane", 4), ("automobile", 4))
    names = [four.class_names[label] for label in four.labels]
    left, right = four.images.unflatten(0, (2, 2)).unbind(1)
    page = torch.cat(torch.cat([left, right], dim=3).unbind(), dim=1)  # (3, 64, 64)
    network = load_bundled().eval()
    with torch.no_grad():
        logits = one_convolution(network.classifier, 8, 8)(network.features(normalised(page[None])))
    chances = logits.softmax(dim=1)[0, [bundled.CLASS_NAMES.index(name) for name in names]]
    return figures.heat_maps(
        page.expand(4, -1, -1, -1),
        F.pad(chances, (4, 3, 4, 3)),  # so that each number stands in the middle of its window
        [f"{name}?" for name in names],
        source=four.source,
        title="Your convolution asks a network everywhere at once",
        caption="*ResNet-20 was trained on single photographs of 32×32 pixels. With your convolution as its end it "
        "gives a probability for each of 81 windows of that size, in one pass. White lines: half of the largest.*",
    )
