"""What pictures of a convolution share: its values, its windows, its padding.

What deep learning calls convolution is drawn: cross-correlation, as ``torch.nn.functional.conv2d`` computes it.
"""

from torch import Tensor
from torch.nn import functional as F

from utils.arithmetic import Size, pair
from utils.convolution import cross_correlate
from utils.figures.cells import PADDING, Cell, cells_of, check_matrix


def convolve(image: Tensor, kernel: Tensor, stride: Size, padding: Size, dilation: Size) -> tuple[Tensor, Tensor]:
    """The padded image and the output, both (H, W)."""
    check_matrix("image", image)
    check_matrix("kernel", kernel)
    vertical, horizontal = pair("padding", padding, least=0)
    padded = F.pad(image, (horizontal, horizontal, vertical, vertical))
    return padded, cross_correlate(image, kernel, stride, padding, dilation)


def window_of(position: Cell, kernel: Tensor, stride: Size, dilation: Size) -> list[Cell]:
    """The cells of the padded image that one output value is computed from, in the order of the weights."""
    (down, across), (row_gap, column_gap) = pair("stride", stride, 1), pair("dilation", dilation, 1)
    return [(position[0] * down + i * row_gap, position[1] * across + j * column_gap) for i, j in cells_of(kernel)]


def padding_of(padded: Tensor, image: Tensor, padding: Size) -> dict[Cell, str]:
    """The hatch of every cell that the padding added."""
    top, left = pair("padding", padding, least=0)
    height, width = image.shape
    return {
        (row, column): PADDING
        for row, column in cells_of(padded)
        if not (top <= row < top + height and left <= column < left + width)
    }


def check_position(position: Cell, output: Tensor) -> None:
    height, width = output.shape
    if not (0 <= position[0] < height and 0 <= position[1] < width):
        raise ValueError(
            f"There is no output cell {tuple(position)}: the output has {height} rows and {width} columns, "
            "counted from 0."
        )


def extent(window: list[Cell]) -> str:
    (top, left), (bottom, right) = window[0], window[-1]
    return f"rows {top} to {bottom}, columns {left} to {right}"
