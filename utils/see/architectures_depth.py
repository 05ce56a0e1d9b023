"""Exercises 07: the answers at work."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from utils import figures
from utils.insight import feature_maps
from utils.see.clothes import few_clothes, trained
from utils.see.photograph import SOURCE, grey

VGG16 = [64, 64, "pool", 128, 128, "pool", *[256] * 3, "pool", *[512] * 3, "pool", *[512] * 3, "pool"]


def vgg16(shapes: Callable, costs: Callable) -> figures.Picture:
    """Where VGG-16 has its parameters and where its work, counted by the answers (Simonyan and Zisserman, 2015)."""
    layers = [("pool", 2) if entry == "pool" else ("conv", entry, 3, 1, 1) for entry in VGG16]
    layers += [("linear", 4096), ("linear", 4096), ("linear", 1000)]
    after = shapes(layers, (3, 224, 224))
    counted = [costs(*one) for one in zip(layers, [(3, 224, 224), *after], after, strict=False)]
    with_weights = [pair for pair in counted if pair[0]]
    parameters, work = ([100 * one / sum(kind) for one in kind] for kind in zip(*with_weights, strict=True))
    return figures.lines(
        list(range(1, len(with_weights) + 1)),
        {"of all parameters": parameters, "of all multiply-adds": work},
        x_label="layers of VGG-16 with weights",
        y_label="share (%)",
        source="Simonyan and Zisserman (2015), table 1, column D",
        title="VGG-16, by your counts: where it works, and where it remembers",
        caption="*13 convolutions do nearly all of the work, and the first of three linear layers has most of the "
        "parameters. Where would you save time, and where memory?*",
    )


def sizes(vgg: Callable, nin_end: Callable) -> figures.Picture:
    """What a network of both answers, trained for seconds, says of clothes in sizes that it has never seen."""
    train, test = few_clothes()
    network = trained(lambda: nn.Sequential(vgg([8, "pool", 16, "pool", 32, "pool"], 1), nin_end(32, 32, 10)), train)
    wanted = ("Trouser", "Bag", "Ankle boot", "Dress", "Pullover", "Sneaker")
    six = test.subset([test.labels.tolist().index(test.class_names.index(name)) for name in wanted]).images / 255
    seen = {"28×28": six, "twice as large": F.interpolate(six, scale_factor=2), "a large page": F.pad(six, [14] * 4)}
    mean, std = test.mean[0], test.std[0]
    answers = [network((images - mean) / std).argmax(dim=1).tolist() for images in seen.values()]
    return figures.image_grid(
        torch.cat([F.interpolate(images, size=56) for images in seen.values()]),
        [test.class_names[answer] for row in answers for answer in row],
        rows=list(seen),
        columns=6,
        source=train.source,
        title="Your VGG with your end takes clothes of every size",
        caption="*Above each what the network says after a few seconds of training, on the first size alone. It takes "
        "the others, too, since a mean does not ask how large the map is; but being taken is not being known.*",
    )


def fading(built: Callable, repaired: Callable) -> figures.Picture:
    """What is left of a photograph in two networks that have learnt nothing, on the scale of the first convolution."""
    photo = grey(64)
    x = ((photo - photo.mean()) / photo.std())[None, None]
    images, titles = [], []
    for build in (built, repaired):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = build()
        maps = [feature_maps(network, x, name)[0] for name in _convolutions(network)]
        for number in (1, 2, 3, 6, 10):
            one = maps[number - 1]
            strongest = one[one.std(dim=(1, 2)).argmax()]
            rim = (64 - one.shape[-1]) // 2
            images.append(F.pad(0.5 + strongest / (6 * maps[0].std()), [rim] * 4, value=0.5))
            titles.append(f"after {number}: {one.std():.1g}")
    return figures.image_grid(
        torch.stack(images)[:, None].clamp(0, 1),
        titles,
        rows=["built", "yours"],
        columns=5,
        source=SOURCE,
        title="A photograph after 1, 2, 3, 6 and 10 convolutions that have learnt nothing",
        caption="*Of each convolution its strongest map, and the spread of all its maps. Middle grey is zero, and each "
        "row has the scale of its first image. What has faded can teach nobody anything: its gradient has faded, too.*",
        seen="In the upper row only the first shows the photograph, in the lower row all show some of it.",
    )


def _convolutions(network: nn.Module) -> list[str]:
    return [name for name, layer in network.named_modules() if isinstance(layer, nn.Conv2d)]
