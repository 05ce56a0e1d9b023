"""Exercises 10: the answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils import figures
from utils.data import cats_and_dogs, cifar10
from utils.insight import nearest, probabilities
from utils.models import bundled, load_bundled
from utils.see.photographs import normalised, photographs
from utils.words import percent


def neighbours(keep_features: Callable[[nn.Module, Tensor, int], Tensor]) -> figures.Picture:
    """The photographs whose features are most like those of another, beside those whose pixels are."""
    train, _ = cifar10()
    asked, others = photographs(("horse", 1), ("automobile", 1), ("dog", 0)), train.subset(range(1000))
    network = load_bundled()
    trunk = nn.Sequential(network.features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    images, titles = [], []
    queries, kept = (keep_features(trunk, normalised(one.images), 250) for one in (asked, others))
    by_features = nearest(queries, kept, 6)
    by_pixels = nearest(asked.images.flatten(1) / 255, others.images.flatten(1) / 255, 6)
    for one, *found in zip(range(3), by_features, by_pixels, strict=True):
        for places in found:
            near = others.subset(places)
            images += [asked.images[one : one + 1], near.images]
            titles += ["asked", *(near.class_names[label] for label in near.labels)]
    return figures.image_grid(
        torch.cat(images),
        titles,
        rows=["features", "pixels"] * 3,
        columns=7,
        source=train.source,
        title="The nearest of 1,000 photographs, by your features and by pixels",
        caption="*The network has seen eight classes, and no dog. By pixels, near is what is bright in the same "
        "places; by features, what the network finds alike. Whom does it put beside the dog?*",
    )


def cats(repaired: Callable) -> figures.Picture:
    """The surest answers of the bundled ResNet-20 after the answer's training, to cats and dogs it has not seen."""
    train, test = cats_and_dogs()
    few, others = train.subset(range(64)), test.subset(range(300))
    mean, std = (torch.tensor(numbers) for numbers in (bundled.MEAN, bundled.STD))
    network = repaired(load_bundled(), few.images, few.labels, mean, std, 25)
    chances = probabilities(network, normalised(others.images))
    right = (chances.argmax(dim=1) == others.labels).float().mean().item()
    surest = torch.cat([chances[:, label].topk(7).indices for label in (0, 1)])
    return figures.image_grid(
        others.images[surest],
        [f"{others.class_names[others.labels[place]]}, {percent(chances[place].max().item(), 0)}" for place in surest],
        rows=["surest cats", "surest dogs"],
        columns=7,
        source=train.source,
        title="After 25 steps of your training, on 64 photographs",
        caption="*Above each what it is, and how sure the network is of its answer, which is that of the row. Of 300 "
        f"others it names {percent(right, 0)} rightly. Before, it knew neither cats nor dogs.*",
    )
