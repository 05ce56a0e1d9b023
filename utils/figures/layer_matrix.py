"""A layer as the matrix that it is."""

import math

from matplotlib.patches import Rectangle
from torch import Tensor

from utils.figures.cells import CHARACTER, USUAL_CELL, cells_of, check_matrix, in_words, longest_number
from utils.figures.picture import Picture
from utils.figures.style import FILLS, HATCHES, SMALL_SIZE, WIDTH, course_style, new_figure, tint
from utils.words import counted, listing, percent, short


@course_style
def layer_matrix(matrix: Tensor, *, title: str, caption: str) -> Picture:
    """The matrix of a convolution layer: each weight in its own colour, zeros blank.

    A small matrix has its weights written in the cells; a larger one has a legend.

    Args:
        matrix: (outputs, inputs), such as `utils.convolution.layer_matrix` returns.

    Raises:
        ValueError: another shape, more than 128 columns, or more different weights than can be told apart.
    """
    check_matrix("matrix", matrix)
    outputs, inputs = matrix.shape
    if inputs > 128:
        raise ValueError(f"matrix has {inputs} columns, too thin to see: draw a layer with at most 128 inputs.")
    values = {cell: matrix[cell].item() for cell in cells_of(matrix) if matrix[cell] != 0}
    weights = list(dict.fromkeys(values.values()))
    if len(weights) > len(FILLS) * len(HATCHES):
        raise ValueError(
            f"matrix holds {len(weights)} different weights, and at most {len(FILLS) * len(HATCHES)} can be "
            "told apart: is this the matrix of one convolution?"
        )
    smallest = longest_number(matrix) * CHARACTER * SMALL_SIZE + 0.03  # inches, to write a weight in a cell
    written = (WIDTH - 0.8) / inputs >= smallest
    beside = 0.8 if written else 1.7  # inches for labels and legend
    cell = min(max(USUAL_CELL, smallest), (WIDTH - beside) / inputs)
    figure = new_figure(title, outputs * cell + 0.7, width=max(4.0, inputs * cell + beside))
    axes = figure.add_subplot(aspect="equal", anchor="NW")
    axes.set(xlim=(0, inputs), ylim=(outputs, 0), xlabel="input cell", ylabel="output cell")
    patches = {}
    for (row, column), weight in values.items():
        lap, index = divmod(weights.index(weight), len(FILLS))
        look = {"facecolor": tint(FILLS[index], 0.6), "hatch": HATCHES[lap], "edgecolor": "white"}
        patches[weight] = axes.add_patch(Rectangle((column, row), 1, 1, linewidth=0, **look))
        if written:
            center = (column + 0.5, row + 0.5)
            axes.text(*center, short(weight), ha="center", va="center", fontsize=SMALL_SIZE)
    for set_ticks, count in ((axes.set_xticks, inputs), (axes.set_yticks, outputs)):
        every = math.ceil(0.3 / cell)  # a number for each cell, or as many as there is room for
        set_ticks([k + 0.5 for k in range(0, count, every)], range(0, count, every))
        set_ticks(range(count + 1), minor=True)
    axes.tick_params(which="both", length=0)
    axes.grid(which="minor", linewidth=0.4)
    axes.spines[:].set_visible(True)
    if not written:
        handles = [patches[weight] for weight in weights]
        figure.legend(handles, [short(weight) for weight in weights], loc="outside right upper", title="weight")
    names = listing(short(weight) for weight in weights) if weights else "none"
    alt = (
        f"Matrix of a convolution layer: {counted(outputs, 'row')}, one for each output cell, and "
        f"{counted(inputs, 'column')}, one for each input cell. {len(values):,} of "
        f"{counted(matrix.numel(), 'entry', 'entries')} are not zero ({percent(len(values) / matrix.numel())}). "
        f"Different weights: {names}."
    )
    if matrix.numel() <= 256:
        alt += f" {in_words('Row by row', matrix)}."
    return Picture(figure, alt, caption)
