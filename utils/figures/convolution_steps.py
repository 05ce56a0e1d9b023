"""The steps of a convolution one after the other."""

import math

from torch import Tensor

from utils.arithmetic import Size, dropped
from utils.figures.cells import PADDING, UNREACHED, Cell, Sheet, cells_of, in_words, longest_number
from utils.figures.convolving import check_position, convolve, extent, padding_of, window_of
from utils.figures.picture import Picture
from utils.figures.style import SMALL_SIZE, WINDOW, WINDOW_EDGE, course_style
from utils.words import counted, short


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
    padded, output = convolve(image, kernel, stride, padding, dilation)
    if not positions:
        raise ValueError("positions is empty: name at least one cell (row, column) of the output.")
    reached = {cell for place in cells_of(output) for cell in window_of(place, kernel, stride, dilation)}
    unreached = [cell for cell in cells_of(padded) if cell not in reached]
    padding_cells = padding_of(padded, image, padding)
    hatches = padding_cells | dict.fromkeys(unreached, UNREACHED)

    height, width = padded.shape
    rows = math.ceil(len(positions) / 4)
    in_a_row = math.ceil(len(positions) / rows)
    step_right, step_down = max(width + 1, 6), height + 1.6
    sheet = Sheet(title, in_a_row * step_right - 1, rows * step_down + 0.7, longest_number(padded))
    steps = []
    for index, position in enumerate(positions):
        check_position(position, output)
        place = (index % in_a_row * step_right, index // in_a_row * step_down + 0.1)
        window = window_of(position, kernel, stride, dilation)
        sheet.draw(padded, place, dict.fromkeys(window, WINDOW), hatches)
        sheet.outline(place, window, WINDOW_EDGE)
        words = f"output[{position[0]}, {position[1]}] = {short(output[position].item())}"
        sheet.write(place[0], place[1] + height + 0.6, words, fontsize=SMALL_SIZE)
        steps.append(f"{words} from {extent(window)}")
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
