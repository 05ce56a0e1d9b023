"""Pooling: what the largest and the mean of each window are, and where a gradient goes on its way back."""

from matplotlib.patches import Circle
from torch import Tensor
from torch.nn import functional as F

from utils.arithmetic import Size, output_size, pair
from utils.figures.cells import cells_of, check_matrix, in_words, sheet_in_a_row
from utils.figures.picture import Picture
from utils.figures.style import BLACK, COLORS, GRADIENT, course_style
from utils.words import counted


@course_style
def pooling(image: Tensor, kernel_size: Size, stride: Size | None = None, *, title: str, caption: str) -> Picture:
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
    largest = F.max_pool2d(pixels[None], (height, width), (down, across))
    largest.sum().backward()
    mean = F.avg_pool2d(pixels.detach()[None], (height, width), (down, across))[0]
    grids = {
        "input": pixels.detach(),
        "max": largest.detach()[0],
        "average": mean,
        "gradient": pixels.grad,
    }
    note = "Circled: the winner of a window. Gradient: what each input cell gets back if each max sends 1."
    sheet, (at_input, at_max, at_average, at_gradient) = sheet_in_a_row(title, grids, ["→", "", ""], note)
    places = [(row, column) for row in range(rows) for column in range(columns)]
    colors = {place: COLORS[index % len(COLORS)] for index, place in enumerate(places)}
    overlap = height > down or width > across
    fills = {}
    for index, (row, column) in enumerate(places):
        top, left = row * down, column * across
        window = [(r, c) for r in range(top, top + height) for c in range(left, left + width)]
        if not overlap:
            fills |= dict.fromkeys(window, colors[row, column])
        # Where windows overlap, each line a little further in, so that all of them show.
        sheet.outline(at_input, window, colors[row, column], inset=0.05 + 0.07 * (index % 4) * overlap)
    sheet.draw(grids["input"], at_input, fills)
    sheet.draw(grids["max"], at_max, colors)
    sheet.draw(grids["average"], at_average, colors)
    received = {cell: GRADIENT for cell in cells_of(image) if pixels.grad[cell] > 0}
    sheet.draw(grids["gradient"], at_gradient, received)
    for row, column in received:
        center = (at_input[0] + column + 0.5, at_input[1] + row + 0.5)
        sheet.axes.add_patch(Circle(center, 0.36, fill=False, edgecolor=BLACK, linewidth=1.4, zorder=5))

    winners = ", ".join(f"row {row} column {column}" for row, column in received)
    alt = (
        f"Pooling with windows of {height} by {width} and stride {down} by {across}. "
        f"{'. '.join(in_words(name, matrix) for name, matrix in grids.items())}. "
        f"{counted(len(received), 'winner')}: {winners}; only these receive a gradient from max pooling."
    )
    return Picture(sheet.figure, alt, caption)
