"""The three paddings that have names, valid, same and full: where the window may stand, and how large the output is."""

import torch

from utils.arithmetic import output_size, same_padding
from utils.figures.cells import PADDING, Sheet
from utils.figures.picture import Picture
from utils.figures.style import OUTPUT, OUTPUT_EDGE, WINDOW, WINDOW_EDGE, course_style, tint
from utils.words import listing

GAP = 0.9  # cells between two panels, and between an input and its output


@course_style
def paddings(size: int = 4, kernel_size: int = 3, *, title: str, caption: str) -> Picture:
    """The same image without padding, with so much that the size stays, and with all that makes sense.

    Above stands the padded input with the first window on it, below the output, its first cell marked.

    Args:
        size: rows and columns of the image.
        kernel_size: odd, so that there is a padding that keeps the size.

    Raises:
        ValueError: an even kernel size, one larger than the image, or so many cells that they do not fit.
    """
    names = {"valid": 0, "same": same_padding(kernel_size), "full": kernel_size - 1}
    padded = [size + 2 * padding for padding in names.values()]
    outputs = [output_size(size, kernel_size, padding=padding) for padding in names.values()]
    if sum(padded) > 30:
        raise ValueError(f"size={size} and kernel_size={kernel_size} need {sum(padded)} columns, and at most 30 fit.")
    tallest, lowest = max(padded), max(outputs)
    sheet = Sheet(title, sum(padded) + 2 * GAP, tallest + lowest + 3 * GAP, characters=1)
    sheet.figure.set_size_inches(0.72 * sheet.figure.get_size_inches())  # no number stands in these cells
    left, sentences = 0.0, []
    for (name, padding), wide, high in zip(names.items(), padded, outputs, strict=True):
        top = GAP + (tallest - wide)
        sheet.write(left, top - GAP / 2, f"{name}: p = {padding}")
        window = [(row, column) for row in range(kernel_size) for column in range(kernel_size)]
        for row in range(wide):
            for column in range(wide):
                inside = all(padding <= place < padding + size for place in (row, column))
                face = tint(WINDOW, 0.45) if (row, column) in window else "white"
                sheet.square(left + column, top + row, face, None if inside else PADDING)
        sheet.outline((left, top), window, WINDOW_EDGE)
        below = tallest + 2.2 * GAP
        sheet.write(left, below - GAP / 2, f"output {high}×{high}")
        for row, column in torch.cartesian_prod(torch.arange(high), torch.arange(high)).tolist():
            sheet.square(left + column, below + row, tint(OUTPUT, 0.45) if row == column == 0 else "white")
        sheet.outline((left, below), [(0, 0)], OUTPUT_EDGE)
        sentences.append(f"{name}, {padding} on each side: {wide}×{wide} cells, output {high}×{high}")
        left += wide + GAP
    alt = (
        f"An image of {size}×{size} cells with three paddings, hatched, for a kernel of {kernel_size}×{kernel_size}: "
        f"{listing(sentences)}. The first window lies in the top left corner of each."
    )
    return Picture(sheet.figure, alt, caption)
