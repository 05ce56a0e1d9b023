"""Exercises 04: the answers at work."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Generator, Tensor

from utils import figures
from utils.data import transforms
from utils.see.clothes import few_clothes, small_cnn
from utils.see.learning import learn, means
from utils.see.photograph import SOURCE, photograph

Split = Callable[[Tensor, float, Generator], tuple[Tensor, Tensor]]


def axes_moved(to_tensor: Callable[[Tensor], Tensor]) -> figures.Picture:
    """The bytes of a photograph by way of the answer, the three channels alone, and the same bytes cut anew."""
    pixels = photograph().permute(1, 2, 0).contiguous()
    image = to_tensor(pixels)
    alone = torch.eye(3)[:, :, None, None] * image
    return figures.image_grid(
        torch.stack([image, *alone, pixels.view(image.shape) / 255]),
        ["yours", "its channel 0", "its channel 1", "its channel 2", "reshape"],
        columns=5,
        source=SOURCE,
        title="Your function makes three channels of the bytes of a photograph",
        caption="*`reshape` gives the right shape too, and no error. Its channel 0 is the top third of the "
        "photograph, with red, green and blue in turn, its channel 1 the middle, its channel 2 the bottom.*",
        seen="The last is a coloured noise in which a face cannot be made out.",
    )


def seen_by_crops(random_crop: Callable[[Tensor, int], Tensor]) -> figures.Picture:
    """In which share of 500 crops each pixel of a photograph is: what is cropped is the pixels' own numbers."""
    sizes, shares = (80, 64, 48), []
    numbers = torch.arange(96 * 96).view(1, 96, 96)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for size in sizes:
            cropped = torch.stack([random_crop(numbers, size) for _ in range(500)])
            shares.append(cropped.flatten().bincount(minlength=96 * 96).view(96, 96) / 500)
    return figures.heat_maps(
        photograph().expand(len(sizes), -1, -1, -1),
        torch.stack(shares),
        [f"crops of {size}×{size}" for size in sizes],
        source=SOURCE,
        title="What a network sees of a photograph of 96×96 by your crops",
        caption="*The share of 500 crops in which a pixel is; inside the line it is at least half of the largest. "
        "Every place is as likely as every other, and yet not every pixel: of all possible crops a single one has a "
        "given corner.*",
    )


def easier(statistics: Callable[[list[Tensor]], tuple[Tensor, Tensor]]) -> figures.Picture:
    """The same network with the same steps on pixels from 0 to 1, and normalised with the answer's numbers."""
    train, _ = few_clothes(3000)
    mean, std = (numbers.float().view(-1, 1, 1) for numbers in statistics(list(train.images.split(700))))
    curves: dict[str, list[list[float]]] = {"from 0 to 1": [], "normalised by yours": []}
    yours = replace(train, mean=tuple(mean.flatten().tolist()), std=tuple(std.flatten().tolist()))
    for name, data in zip(curves, (replace(train, mean=(0.0,), std=(1.0,)), yours), strict=True):
        for seed in range(3):
            with torch.random.fork_rng():
                torch.manual_seed(seed)
                model = small_cnn()
            curves[name].append(means(learn(model, data, steps=60, rate=0.005), 10))
    return figures.lines(
        list(range(10, 70, 10)),
        curves,
        x_label="steps",
        y_label="loss",
        source=train.source,
        title=f"Normalised with your mean {mean.mean().item():.3f} and your standard deviation {std.mean().item():.3f}",
        caption="*Plain steps with momentum, a mean over ten of them at each mark. Images and networks are the same, "
        "but where inputs lie around 0, learning begins sooner.*",
    )


def leaks(split: Split) -> figures.Picture:
    """200 clothes in eight moved copies each, named as the nearest training image: what does validation foretell?"""
    train, test = few_clothes()
    accuracy: dict[str, list[float]] = {"split by image": [], "your split": [], "new clothes": []}
    for seed in range(8):
        chance = Generator().manual_seed(seed)
        garments = torch.randperm(len(train), generator=chance)[:200].repeat_interleave(8)
        images, labels = transforms.random_crop(train.images[garments], chance, padding=2), train.labels[garments]
        order, (training, validation) = torch.randperm(1600, generator=chance), split(garments, 0.2, chance)
        new = torch.randperm(len(test), generator=chance)[:300]
        for name, known, asked in (
            ("split by image", (images[order[320:]], labels[order[320:]]), (images[order[:320]], labels[order[:320]])),
            ("your split", (images[training], labels[training]), (images[validation], labels[validation])),
            ("new clothes", (images, labels), (test.images[new], test.labels[new])),
        ):
            accuracy[name].append(_nearest_is_right(*known, *asked))
    return figures.comparison_dots(
        accuracy,
        axis_label="accuracy (%)",
        source=train.source,
        title="Validation by a split that leaks, by yours, and the truth",
        caption="*There are eight copies of each garment, each moved a little, and each is named as the nearest "
        "training image. Split by image, the nearest is another copy of itself. Your split asks what new clothes will "
        "ask.*",
    )


def _nearest_is_right(images: Tensor, labels: Tensor, asked: Tensor, truth: Tensor) -> float:
    """The percentage of ``asked`` whose label is that of the nearest of ``images``."""
    nearest = torch.cdist(asked.flatten(1).float(), images.flatten(1).float()).argmin(dim=1)
    return 100 * (labels[nearest] == truth).float().mean().item()
