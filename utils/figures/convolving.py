"""The sliding window: one step of a convolution with its sum, and many steps as a strip of film.

What deep learning calls convolution is drawn: cross-correlation, as ``torch.nn.functional.conv2d`` computes it.
"""

import math

from torch import Tensor
from torch.nn import functional as F

from utils.arithmetic import Size, dropped, pair
from utils.convolution import cross_correlate
from utils.figures.cells import (
    PADDING,
    UNREACHED,
    Cell,
    Sheet,
    cells_of,
    check_matrix,
    in_words,
    longest_number,
    sheet_in_a_row,
)
from utils.figures.picture import Picture
from utils.figures.style import BLUE, ORANGE, SKY, SMALL_SIZE, VERMILLION, course_style
from utils.words import MINUS, counted, short


@course_style
def convolution_step(
    image: Tensor,
    kernel: Tensor,
    row: int,
    column: int,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    *,
    title: str,
    caption: str,
) -> Picture:
    """One output value: the window, the weights that lie on it, and the sum written out.

    The output is filled row by row: the cells after this one are still to be computed, and are drawn as "?".

    Args:
        image: (H, W). Padded cells are drawn hatched.
        kernel: (kH, kW).
        row, column: which cell of the output.
        stride, padding, dilation: one int, or a pair (height, width).

    Raises:
        ValueError: a matrix that is not (H, W), a setting that cannot be, a cell outside the output, or more
            numbers than fit in the width of a notebook.
    """
    padded, output = _convolve(image, kernel, stride, padding, dilation)
    _check_position((row, column), output)
    window = _window((row, column), kernel, stride, dilation)
    weights = dict(zip(window, kernel.flatten().tolist(), strict=True))
    products = " + ".join(f"{short(padded[cell].item())}·{_factor(w)}" for cell, w in weights.items())
    numbers = [*weights.values(), *padded.flatten().tolist()]
    equals = "=" if all(abs(value - round(value, 2)) < 1e-6 for value in numbers) else "≈"  # cells show two decimals
    total = f"{products} {equals} {short(output[row, column].item())}"

    output = output.double()
    output.view(-1)[row * output.shape[1] + column + 1 :] = math.nan

    padding_cells = _padding_cells(padded, image, padding)
    input_name = "padded input" if padding_cells else "input"
    grids = {input_name: padded, "kernel": kernel, "output": output}
    longest = max(longest_number(padded), longest_number(kernel) + 1)  # with the × before a weight
    sheet, (at_input, at_kernel, at_output) = sheet_in_a_row(
        title, grids, ["∗", "="], note=f"output[{row}, {column}] = {total}", characters=longest
    )
    sheet.draw(padded, at_input, dict.fromkeys(window, SKY), padding_cells, weights)
    sheet.outline(at_input, window, BLUE)
    sheet.draw(kernel, at_kernel, dict.fromkeys(cells_of(kernel), SKY))
    sheet.draw(output, at_output, {(row, column): ORANGE})
    sheet.outline(at_output, [(row, column)], VERMILLION)

    matrices = ". ".join(in_words(name, matrix) for name, matrix in grids.items())
    alt = (
        f"One step of a convolution. {matrices}. The window on {_extent(window)} of the {input_name} gives "
        f"row {row}, column {column} of the output: {total}."
    )
    return Picture(sheet.figure, alt, caption)


@course_style
def convolution_steps(
    image: Tensor,
    kernel: Tensor,
    positions: list[Cell],
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    *,
    title: str,
    caption: str,
) -> Picture:
    """The window at several places, one grid each: how it slides, and which cells it never reaches.

    Args:
        image, kernel, stride, padding, dilation: as in `convolution_step`.
        positions: which cells (row, column) of the output to show.

    Raises:
        ValueError: as in `convolution_step`, or no position.
    """
    padded, output = _convolve(image, kernel, stride, padding, dilation)
    if not positions:
        raise ValueError("positions is empty: name at least one cell (row, column) of the output.")
    reached = {cell for place in cells_of(output) for cell in _window(place, kernel, stride, dilation)}
    unreached = [cell for cell in cells_of(padded) if cell not in reached]
    padding_cells = _padding_cells(padded, image, padding)
    hatches = padding_cells | dict.fromkeys(unreached, UNREACHED)

    height, width = padded.shape
    rows = math.ceil(len(positions) / 4)
    in_a_row = math.ceil(len(positions) / rows)
    step_right, step_down = max(width + 1, 6), height + 1.6
    sheet = Sheet(title, in_a_row * step_right - 1, rows * step_down + 0.7, longest_number(padded))
    steps = []
    for index, position in enumerate(positions):
        _check_position(position, output)
        place = (index % in_a_row * step_right, index // in_a_row * step_down + 0.1)
        window = _window(position, kernel, stride, dilation)
        sheet.draw(padded, place, dict.fromkeys(window, SKY), hatches)
        sheet.outline(place, window, BLUE)
        words = f"output[{position[0]}, {position[1]}] = {short(output[position].item())}"
        sheet.write(place[0], place[1] + height + 0.6, words, fontsize=SMALL_SIZE)
        steps.append(f"{words} from {_extent(window)}")
    legend = {PADDING: ("padding", padding_cells), UNREACHED: ("no window reaches it", unreached)}
    left = 0.0
    for hatch, (meaning, cells) in legend.items():
        if cells:
            sheet.square(left, rows * step_down - 0.4, "white", hatch)
            sheet.write(left + 1.3, rows * step_down + 0.1, meaning, fontsize=SMALL_SIZE)
            left += 5

    alt = (
        f"The window of a convolution at {counted(len(positions), 'place')}. {in_words('input', padded)}. "
        f"{in_words('kernel', kernel)}. {'; '.join(steps)}. "
    )
    below, right = dropped(tuple(image.shape), tuple(kernel.shape), stride, padding, dilation)
    if unreached:
        alt += f"No window reaches {counted(len(unreached), 'cell')} of the input. "
    alt += f"Dropped at the end: {counted(below, 'row')}, {counted(right, 'column')}."
    return Picture(sheet.figure, alt, caption)


def _convolve(image: Tensor, kernel: Tensor, stride: Size, padding: Size, dilation: Size) -> tuple[Tensor, Tensor]:
    """The padded image and the output, both (H, W)."""
    check_matrix("image", image)
    check_matrix("kernel", kernel)
    vertical, horizontal = pair("padding", padding, least=0)
    padded = F.pad(image, (horizontal, horizontal, vertical, vertical))
    return padded, cross_correlate(image, kernel, stride, padding, dilation)


def _window(position: Cell, kernel: Tensor, stride: Size, dilation: Size) -> list[Cell]:
    """The cells of the padded image that one output value is computed from, in the order of the weights."""
    (down, across), (row_gap, column_gap) = pair("stride", stride, 1), pair("dilation", dilation, 1)
    return [(position[0] * down + i * row_gap, position[1] * across + j * column_gap) for i, j in cells_of(kernel)]


def _padding_cells(padded: Tensor, image: Tensor, padding: Size) -> dict[Cell, str]:
    """The hatch of every cell that the padding added."""
    top, left = pair("padding", padding, least=0)
    height, width = image.shape
    return {
        (row, column): PADDING
        for row, column in cells_of(padded)
        if not (top <= row < top + height and left <= column < left + width)
    }


def _check_position(position: Cell, output: Tensor) -> None:
    height, width = output.shape
    if not (0 <= position[0] < height and 0 <= position[1] < width):
        raise ValueError(
            f"There is no output cell {tuple(position)}: the output has {height} rows and {width} columns, "
            "counted from 0."
        )


def _extent(window: list[Cell]) -> str:
    (top, left), (bottom, right) = window[0], window[-1]
    return f"rows {top} to {bottom}, columns {left} to {right}"


def _factor(weight: float) -> str:
    """A weight inside a sum: negative ones in brackets."""
    text = short(weight)
    return f"({text})" if text.startswith(MINUS) else text
