"""Pooling: what the largest and the mean of each window are, and where a gradient goes on its way back."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..arithmetic import Size, output_size, pair
from .cells import Cell, check_matrix, in_words, sheet_in_a_row
from .picture import Picture
from .style import COLORS, VERMILLION, course_style
from .words import counted


@course_style
def pooling(
    image: Tensor, kernel_size: Size, stride: Size | None = None, *, title: str, caption: str
) -> Picture:
    """Max and average pooling of one image, windows in colour, and the gradient that the max sends back.

    The last grid is what every input cell receives if each output of max pooling sends back 1: all of it goes
    to the winner of the window, to the first one where several are equal, as in torch.

    Args:
        image: (H, W).
        kernel_size, stride: one int, or a pair (height, width). The stride is the kernel size unless given.

    Raises:
        ValueError: image is not (H, W), a setting that cannot be, or more numbers than fit in the width of a
            notebook.
    """
    check_matrix("image", image)
    stride = kernel_size if stride is None else stride
    rows, columns = output_size(tuple(image.shape), kernel_size, stride)
    down, across = pair("stride", stride, least=1)
    height, width = pair("kernel_size", kernel_size, least=1)

    pixels = image.detach().double().requires_grad_()
    largest, winners = F.max_pool2d(pixels[None], (height, width), (down, across), return_indices=True)
    largest.sum().backward()
    mean = F.avg_pool2d(pixels.detach()[None], (height, width), (down, across))[0]
    grids = {
        "input": pixels.detach(),
        "max": largest.detach()[0],
        "average": mean,
        "gradient of the max": pixels.grad,
    }
    sheet, (at_input, at_max, at_average, at_gradient) = sheet_in_a_row(title, grids, ["→", "", ""])
    colors = {
        (row, column): COLORS[(row * columns + column) % len(COLORS)]
        for row in range(rows)
        for column in range(columns)
    }
    ...
