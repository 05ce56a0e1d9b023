"""One step of a convolution: the window, the kernel, the products, their sum."""

import math

from torch import Tensor

from utils.arithmetic import Size
from utils.figures.cells import cells_of, in_words, longest_number, sheet_in_a_row
from utils.figures.convolving import check_position, convolve, extent, padding_of, window_of
from utils.figures.picture import Picture
from utils.figures.style import OUTPUT, OUTPUT_EDGE, WINDOW, WINDOW_EDGE, course_style
from utils.words import MINUS, short


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
    padded, output = convolve(image, kernel, stride, padding, dilation)
    check_position((row, column), output)
    window = window_of((row, column), kernel, stride, dilation)
    weights = dict(zip(window, kernel.flatten().tolist(), strict=True))
    products = " + ".join(f"{short(padded[cell].item())}·{_factor(w)}" for cell, w in weights.items())
    numbers = [*weights.values(), *padded.flatten().tolist()]
    equals = "=" if all(abs(value - round(value, 2)) < 1e-6 for value in numbers) else "≈"  # cells show two decimals
    total = f"{products} {equals} {short(output[row, column].item())}"

    output = output.double()
    output.view(-1)[row * output.shape[1] + column + 1 :] = math.nan

    padding_cells = padding_of(padded, image, padding)
    input_name = "padded input" if padding_cells else "input"
    grids = {input_name: padded, "kernel": kernel, "output": output}
    longest = max(longest_number(padded), longest_number(kernel) + 1)  # with the × before a weight
    sheet, (at_input, at_kernel, at_output) = sheet_in_a_row(
        title, grids, ["⋆", "="], note=f"output[{row}, {column}] = {total}", characters=longest
    )
    sheet.draw(padded, at_input, dict.fromkeys(window, WINDOW), padding_cells, weights)
    sheet.outline(at_input, window, WINDOW_EDGE)
    sheet.draw(kernel, at_kernel, dict.fromkeys(cells_of(kernel), WINDOW))
    sheet.draw(output, at_output, {(row, column): OUTPUT})
    sheet.outline(at_output, [(row, column)], OUTPUT_EDGE)

    matrices = ". ".join(in_words(name, matrix) for name, matrix in grids.items())
    alt = (
        f"One step of a convolution. {matrices}. The window on {extent(window)} of the {input_name} gives "
        f"row {row}, column {column} of the output: {total}."
    )
    return Picture(sheet.figure, alt, caption)


def _factor(weight: float) -> str:
    """A weight inside a sum: negative ones in brackets."""
    text = short(weight)
    return f"({text})" if text.startswith(MINUS) else text
