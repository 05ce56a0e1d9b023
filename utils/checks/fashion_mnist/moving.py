"""Task 5: how many answers stay when images move."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.fashion_mnist.networks import random_linear
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _moved_right(images: Tensor, pixels: int) -> Tensor:
    return F.pad(images, (pixels, 0))[..., : images.shape[3]]


def _share_kept(move: Callable[[Tensor, int], Tensor] = _moved_right) -> Callable:
    """An answer to task 5, right or with another move of the images."""

    def answer(model: nn.Module, images: Tensor, pixels: int) -> float:
        with torch.no_grad():
            kept = model(images).argmax(1) == model(move(images, pixels)).argmax(1)
        return kept.float().mean().item()

    return answer


def _pictures(random: Random) -> Iterator[tuple]:
    height, width = random.two_integers(5, 8)
    for channels, pixels, training in ((1, 1, False), (3, 2, True), (1, 0, True)):
        model = nn.Sequential(nn.Flatten(), random_linear(random, inputs=channels * height * width, classes=5))
        # Two moves seldom keep as many.
        yield model.train(training), random.normal(400, channels, height, width) + 1, pixels


unchanged = Task(
    "unchanged",
    right=_share_kept(),
    cases=_pictures,
    case=lambda _, images, pixels: f"{len(images)} images of {shape_of(images[0])}, moved by {pixels},",
    kind=float,
    mistakes=(
        (
            "pixels that leave at the right come back at the left. They should be lost, and zeros come in.",
            _share_kept(lambda images, pixels: images.roll(pixels, 3)),
        ),
        ("the images move left.", _share_kept(lambda images, p: F.pad(images, (0, p))[..., p:])),
        (
            "zeros come in at the left, but yours keeps the old pixels there.",
            _share_kept(lambda images, p: torch.cat([images[..., :p], images[..., : images.shape[3] - p]], 3)),
        ),
        (
            "the images move down. Columns are the last axis.",
            _share_kept(lambda images, p: F.pad(images, (0, 0, p, 0))[..., : images.shape[2], :]),
        ),
        (
            "that is the share that changes. Asked for is the share that stays.",
            lambda *given: 1 - _share_kept()(*given),
        ),
        ("a share is asked for, from 0 to 1, not percent.", lambda *given: 100 * _share_kept()(*given)),
        (
            "that is the number of images that stay. Divide by how many there are.",
            lambda *given: 400 * _share_kept()(*given),
        ),
    ),
)
