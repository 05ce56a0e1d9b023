"""A photograph that is on every machine: Grace Hopper, who wrote one of the first compilers."""

import numpy
import torch
from matplotlib import cbook
from PIL import Image
from torch import Tensor

SOURCE = "a photograph by the US Navy"


def photograph(side: int = 96) -> Tensor:
    """Her portrait, which comes with Matplotlib: (3, side, side), uint8."""
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        square = Image.open(file).crop((0, 0, 512, 512)).resize((side, side))
    return torch.from_numpy(numpy.array(square)).permute(2, 0, 1)


def grey(side: int = 96) -> Tensor:
    """The portrait without colours: (side, side), 0 dark and 1 bright."""
    return photograph(side).float().mean(dim=0) / 255
