"""Exercises 02: the answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import figures
from utils.data import fashion_mnist
from utils.see.clothes import few_clothes, small_maps, trained
from utils.see.photograph import SOURCE, photograph


def checkerboard(scatter: Callable[[Tensor, Tensor, int, int], Tensor]) -> figures.Picture:
    """A boot made twice as large by ``scatter``, with kernels that overlap evenly and with one that does not.

    (Odena et al., 2016)
    """
    data, _ = fashion_mnist()
    boot = data.images[data.labels.tolist().index(9), 0] / 255
    sizes = {2: "2×2: no overlap", 3: "3×3: every other row overlaps", 4: "4×4: all overlap"}
    large = [scatter(boot, torch.full((k, k), 4 / k**2), 2, (k - 2) // 2)[:56, :56] for k in sizes]
    return figures.image_grid(
        torch.stack(large).clamp(0, 1)[:, None],
        list(sizes.values()),
        columns=3,
        source=data.source,
        title="Your transposed convolution makes a boot twice as large",
        caption="*Stride 2 each time. Where windows of 3×3 overlap, the sum has more terms: a checkerboard that is "
        "not in the photograph.*",
        seen="The one in the middle is covered by a grid of bright dots.",
    )


def thin_kernels(separated: Callable[[Tensor], tuple[Tensor, Tensor]]) -> figures.Picture:
    """A photograph blurred by a bell of 19×19 numbers, and by the column and the row that the answer makes of it."""
    bell = torch.exp(-((torch.arange(19.0) - 9) ** 2) / 40)
    kernel = torch.outer(bell, bell) / bell.sum() ** 2
    column, row = separated(kernel)
    column, row = column[:, None], row[None]
    picture = photograph().float()[:, None] / 255
    blurred, at_once = _under(row, _under(column, picture)), _under(kernel, picture)
    return figures.image_grid(
        torch.stack([picture, _under(column / column.sum(), picture), blurred, at_once])[:, :, 0].clamp(0, 1),
        ["image", "your column: 19 cells", "then your row: 19 more", "the kernel: 361 cells"],
        columns=4,
        source=SOURCE,
        title=f"Your two thin kernels for a thick one: they differ by {(blurred - at_once).abs().max():.7f}",
        caption="*Your column smears up and down only, as if the camera had been shaken. The row makes a blur of it, "
        "with 38 products for each pixel where the thick kernel needs 361.*",
        seen="The last two are blurred in the same way.",
    )


def _under(kernel: Tensor, picture: Tensor) -> Tensor:
    """(C, 1, H, W) under (h, w), the same size again; beyond the rim the picture goes on as it ended."""
    down, across = (size // 2 for size in kernel.shape)
    return F.conv2d(F.pad(picture, (across, across, down, down), mode="replicate"), kernel[None, None])


def clothes_found(as_convolution: Callable[[nn.Linear, int, int, int], nn.Conv2d]) -> figures.Picture:
    """A network that has learnt to name single clothes, slid over a picture of nine (Long et al., 2015)."""
    train, test = few_clothes()
    maps, *_, linear = trained(
        lambda: nn.Sequential(small_maps(), _ChannelsLast(), nn.Flatten(), nn.Linear(7 * 7 * 16, 10)), train
    )
    layer = as_convolution(linear, 16, 7, 7)
    shelf = _side_by_side(test.images, test.labels, [[1, 7, 4], [8, 3, 1], [7, 0, 9]])
    with torch.no_grad():
        scores = layer(maps((shelf[None] / 255 - test.mean[0]) / test.std[0]))[0].softmax(dim=0)
    wanted = [1, 7, 3, 9]
    return figures.heat_maps(
        shelf.expand(len(wanted), -1, -1, -1),
        F.pad(scores[wanted], (3, 3, 3, 3)),  # each score in the middle of its window
        [test.class_names[label] for label in wanted],
        source=train.source,
        title="Your layer looks for one class at a time, at 225 places at once",
        caption="*The network was trained on single clothes, for seconds. Your convolution slides its last layer over "
        "nine of them, and the probability of a class stands in the middle of each window. Some windows hold parts of "
        "two, and it sees what is not there.*",
    )


class _ChannelsLast(nn.Module):
    def forward(self, maps: Tensor) -> Tensor:
        return maps.permute(0, 2, 3, 1)


def _side_by_side(images: Tensor, labels: Tensor, rows: list[list[int]]) -> Tensor:
    """The next image of each label: (1, rows * 28, columns * 28)."""
    next_of = {label: iter(images[labels == label]) for row in rows for label in row}
    return torch.cat([torch.cat([next(next_of[label]) for label in row], dim=2) for row in rows], dim=1)
