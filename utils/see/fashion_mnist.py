"""Exercises 03: the answers at work."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils import figures
from utils.data.transforms import random_crop
from utils.insight import inputs
from utils.see.clothes import few_clothes, small_cnn, small_mlp, trained
from utils.words import percent


def templates(cross_entropy: Callable[[Tensor, Tensor], Tensor]) -> figures.Picture:
    """What a linear layer without biases learns from the answer's loss: one picture for each class."""
    train, test = few_clothes()
    images, new = (each.images.flatten(1) / 255 for each in (train, test))
    weight = torch.zeros(10, 784, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.3, momentum=0.9)
    for _ in range(60):
        optimizer.zero_grad()
        cross_entropy(images @ weight.T, train.labels).backward()
        optimizer.step()
    right = ((new @ weight.T).argmax(dim=1) == test.labels).float().mean().item()
    return figures.feature_maps(
        weight.detach().view(10, 28, 28),
        list(train.class_names),
        columns=5,
        source=train.source,
        title=f"Ten pictures learnt with your loss name {percent(right, 0)} of new images right",
        caption="*All began as zeros. Laid over an image, orange counts for the class and purple against it: no "
        "trousers without a dark gap between the legs. The pictures look for what sets a class apart, not for what it "
        "looks like.*",
    )


def mistakes(repaired: Callable[[], nn.Module]) -> figures.Picture:
    """The repaired network, trained for some seconds, where it is most surely wrong on images that it has not seen."""
    train, test = few_clothes()
    model = trained(repaired, train, shown=12_000)
    with torch.no_grad():
        sure, answers = model(inputs(test)).softmax(dim=1).max(dim=1)
    wrong, names = answers != test.labels, test.class_names
    worst = [k for k in sure.argsort(descending=True).tolist() if wrong[k]][:12]
    right = percent((~wrong).float().mean().item(), 0)
    return figures.image_grid(
        test.images[worst],
        [f"{names[answers[k]]}, not {names[test.labels[k]]}" for k in worst],
        columns=6,
        source=train.source,
        title=f"Your network, after seconds of training: {right} of new images right",
        caption="*These are the mistakes that it is surest of, each by more than "
        f"{math.floor(100 * sure[worst].min().item())} %. Would you have known better?*",
    )


def moved(unchanged: Callable[[nn.Module, Tensor, int], float]) -> figures.Picture:
    """Three networks, each trained for a second, by the answer's measure."""
    train, test = few_clothes()
    networks = {
        "MLP": (small_mlp, None),
        "CNN": (small_cnn, None),
        "CNN, trained on moved images": (small_cnn, random_crop),
    }
    images, pixels = inputs(test)[:1000], list(range(9))
    shares = {}
    for name, (make, augment) in networks.items():
        model = trained(make, train, 12_000, augment)
        shares[name] = [100 * unchanged(model, images, k) for k in pixels]
    return figures.lines(
        pixels,
        shares,
        x_label="moved to the right by (pixels)",
        y_label="class is kept (%)",
        source=train.source,
        title="Who minds being moved? Your measure says it of three networks",
        caption="*A convolution moves with its image, but the linear layer after it has weights for each place, as an "
        "MLP has. The third network has seen its images moved by up to 4 pixels, and beyond them it is as lost as the "
        "others.*",
    )
