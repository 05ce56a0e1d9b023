"""Normalisation Block: which numbers share one mean and one variance, in four ways, in train and in eval mode."""

import torch
from torch import Tensor, nn

from utils.widgets.base import CourseWidget
from utils.widgets.matrices import size
from utils.widgets.traits import Checked, Choice, Whole, Words, number, plain
from utils.words import counted, short

MOST = (4, 6, 3, 3)  # images, channels, rows, columns: what is still seen as a block
LARGEST = 10_000
# Channels 0 and 1 of the first two images are the smallest batch of the lecture on normalisation.
BLOCK = [
    [[[2, 4], [4, 4]], [[120, 140], [140, 140]], [[0, 1], [1, 0]], [[8, 6], [6, 8]]],
    [[[5, 5], [7, 9]], [[150, 150], [170, 190]], [[3, 1], [2, 2]], [[7, 9], [9, 7]]],
    [[[1, 1], [0, 2]], [[110, 110], [100, 120]], [[1, 0], [0, 2]], [[2, 1], [1, 4]]],
]


class Block(Checked):
    """(N, C, H, W) as nested lists. Takes lists, arrays and tensors."""

    def check(self, value) -> list:
        rows = plain(value)
        shape = _shape(rows)
        if len(shape) != 4:
            raise TypeError(
                f"{self.name} must have shape (N, C, H, W), numbers in lists of lists that are equally long"
            )
        if any(has > most for has, most in zip(shape, MOST, strict=True)):
            raise ValueError(f"{self.name} has shape {shape}, and this widget shows at most {MOST}: pass a part of it")
        return [[[[number(self.name, x, LARGEST) for x in row] for row in one] for one in image] for image in rows]


class NormalisationBlock(CourseWidget):
    """A batch of feature maps, and what batch, layer, instance or group norm makes of it.

    No weight and no bias is learnt here: each set of numbers comes out with mean 0 and variance 1, but for epsilon.

    Args:
        block: (N, C, H, W), at most 4 images, 6 channels, maps of 3×3.
        kind: "batch", "layer", "instance" or "group".
        groups: of channels, for group norm.
        mode: "train" or "eval".
        images: how many of the images are in the batch now, the first ones.
        seen: how often batch norm has seen the whole block in train mode: what its running statistics come from.
        cell: which number is looked at, counted along (N, C, H, W) from 0.
        title: the line above.
    """

    script = "normalisation"
    height = 640
    block = Block(BLOCK)
    kind = Choice("batch", "layer", "instance", "group")
    groups = Whole(2, least=1, most=MOST[1])
    mode = Choice("train", "eval")
    images = Whole(2, least=1, most=MOST[0])
    seen = Whole(10, least=0, most=100)
    cell = Whole(19, least=0, most=215)
    title = Words("Which numbers share one mean and one variance")

    def facts(self) -> dict[str, str]:
        whole = torch.tensor(self.block, dtype=torch.float64)
        batch = whole[: self.images]
        n, channels, height, width = batch.shape
        rows = {"Batch": f"{counted(n, 'image')}, {counted(channels, 'channel')}, maps of {size(height, width)}"}
        rows |= {"Normalisation": f"{self.kind}, {self.mode} mode"}
        try:
            result = normalised(whole, self.kind, self.groups, self.mode, self.images, self.seen)
        except ValueError as error:
            return rows | {"No result": str(error)}
        sets = {"batch": channels, "layer": n, "instance": n * channels, "group": n * self.groups}[self.kind]
        rows["Sets"] = f"{counted(sets, 'set')} of {counted(batch.numel() // sets, 'number')}"
        cell = min(self.cell, batch.numel() - 1)
        image, channel, row, column = (int(i) for i in torch.unravel_index(torch.tensor(cell), batch.shape))
        before, after = (short(each.flatten()[cell].item()) for each in (batch, result))
        rows[f"Image {image}, channel {channel}, row {row}, column {column}"] = f"{before} becomes {after}"
        return rows


def normalised(whole: Tensor, kind: str, groups: int, mode: str, images: int, seen: int) -> Tensor:
    """What torch's layer makes of the first ``images`` of ``whole``, (N, C, H, W), after seeing all of it in training.

    Raises:
        ValueError: ``groups`` does not divide the channels, or a mean would be taken of a single number.
    """
    channels = whole.shape[1]
    layer = {
        "batch": lambda: nn.BatchNorm2d(channels, affine=False),
        "layer": lambda: nn.LayerNorm(whole.shape[1:], elementwise_affine=False),
        "instance": lambda: nn.InstanceNorm2d(channels),
        "group": lambda: nn.GroupNorm(groups, channels, affine=False),
    }[kind]()
    layer = layer.double()
    for _ in range(seen if (kind, mode) == ("batch", "eval") else 0):
        layer(whole)
    return layer.train(mode == "train")(whole[:images])


def _shape(rows) -> tuple[int, ...]:
    """The shape of lists in lists that are equally long at each depth; () of anything else."""
    if not isinstance(rows, (list, tuple)):
        return ()
    shapes = {_shape(row) for row in rows}
    return (len(rows), *shapes.pop()) if len(shapes) == 1 else ()
