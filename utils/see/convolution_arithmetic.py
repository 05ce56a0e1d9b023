"""Exercises 01: the answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor

from utils import figures
from utils.see.photograph import SOURCE, grey, photograph

Correlate = Callable[[Tensor, Tensor, int, int], Tensor]


def edges(correlate: Correlate) -> figures.Picture:
    """A photograph under kernels that people have made, the first two by Prewitt (1970)."""
    left_right = torch.tensor([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])
    kernels = {
        "left against right": left_right,
        "top against bottom": left_right.T,
        "middle against rim": torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]]),
    }
    return figures.feature_maps(
        torch.stack([correlate(grey(), kernel, 1, 1) for kernel in kernels.values()]),
        list(kernels),
        image=photograph(),
        source=SOURCE,
        columns=4,
        title="Your cross-correlation draws the edges of a photograph",
        caption="*Orange: the first of the two is brighter. Purple: it is darker. White: nothing changes. The frame "
        "around each map is no edge in the photograph: beyond it stand the zeros of the padding.*",
    )


def stars(correlate: Correlate) -> figures.Picture:
    """One star of the flag as the kernel, with and without its mean: what is found is what looks like the kernel."""
    star = grey()[12:21, 9:18]
    kernels = {"a star as the kernel": star, "the star minus its mean": star - star.mean()}
    return figures.heat_maps(
        photograph().expand(2, -1, -1, -1),
        torch.stack([correlate(grey(), kernel, 1, 4) for kernel in kernels.values()]).clamp(min=0),
        list(kernels),
        source=SOURCE,
        title="One star as the kernel finds the others",
        caption="*White lines: where your cross-correlation is at least half as large as at its largest. A star as it "
        "is answers to whatever is bright, the sky as well. Minus its mean, its dark corners count against it: now it "
        "finds its like in the flag, and in the collar what a star has, too: bright beside dark.*",
    )


def winners(max_pool_gradient: Callable[[Tensor, Tensor], Tensor]) -> figures.Picture:
    """The pixels that a gradient still reaches after one, two and three poolings, each sent back by the answer."""
    maps, reached = [grey()], []
    for _ in range(3):
        maps.append(torch.max_pool2d(maps[-1][None], 2)[0])
        gradient = torch.ones_like(maps[-1])
        for below in reversed(maps[:-1]):
            gradient = max_pool_gradient(below, gradient)
        reached.append(gradient != 0)
    picture = photograph() / 255
    return figures.image_grid(
        torch.stack([picture, *(torch.where(mask, picture, 0.08) for mask in reached)]),
        ["all pixels", *(f"{mask.sum():,} of {mask.numel():,} pixels" for mask in reached)],
        columns=4,
        source=SOURCE,
        title="Your gradient reaches the winners alone: after one, two, three poolings",
        caption="*Each pooling sends the gradient on to the brightest of four. Whoever is dark here has no say in how "
        "the layers before are changed, and yet the face is still there after two.*",
        seen="All is dark but the pixels that a gradient reaches; they have their own colours.",
    )
