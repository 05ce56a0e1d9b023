"""Several channels: a kernel is a block as deep as the input, and as many kernels, so many maps."""

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from utils.arithmetic import integer, output_size
from utils.figures.picture import Picture
from utils.figures.style import (
    BLACK,
    GREY,
    OUTPUT,
    OUTPUT_EDGE,
    TEXT_SIZE,
    WINDOW,
    WINDOW_EDGE,
    course_style,
    new_figure,
    tint,
)
from utils.words import counted

CELL = 0.16  # inches
BEHIND = 1.1  # cells that the next channel of a block lies to the right and above
GAP = 4.0  # cells between input, kernels and maps: an arrow's length
NAME = 9.0  # cells that a name such as "kernel 0: 3×3×3" is wide


@course_style
def channel_blocks(
    in_channels: int = 3, kernels: int = 2, kernel_size: int = 3, size: int = 6, *, title: str, caption: str
) -> Picture:
    """The input as a block of channels, the kernels as blocks of the same depth, and for each kernel its map.

    The window on the input goes through all channels; what each kernel makes of it is one cell of its map.
    Stride 1, no padding.

    Args:
        size: rows and columns of the input.

    Raises:
        ValueError: a number is below 1, no output is left, or more than 4 channels or 3 kernels: they do not fit.
    """
    output = output_size(size, kernel_size)
    if integer("in_channels", in_channels, least=1) > 4 or integer("kernels", kernels, least=1) > 3 or size > 8:
        raise ValueError("At most 4 channels, 3 kernels and 8 rows fit: choose fewer.")
    deep = (in_channels - 1) * BEHIND
    rows = max(kernel_size + deep, output) + 1.8  # of one kernel with its map, the words above them included
    height = max(kernels * rows, size + deep + 1.4)
    at_kernels = max(size + deep + GAP, NAME)
    at_maps = at_kernels + max(kernel_size + deep + GAP, NAME)
    figure = new_figure(title, height * CELL + 0.2, width=max(4.5, (at_maps + output + 1) * CELL + 0.3))
    axes = figure.add_subplot(aspect="equal", anchor="NW")
    axes.set(xlim=(-0.3, at_maps + output + 1), ylim=(height + 0.3, -0.3))
    axes.set_axis_off()

    top = (height - size + deep + 1.2) / 2
    _block(axes, 0, top, size, in_channels, window=kernel_size)
    axes.text(0, top - deep - 0.8, f"input: {in_channels}×{size}×{size}", va="center", fontsize=TEXT_SIZE)
    for number in range(kernels):
        middle = number * rows + (height - kernels * rows) / 2 + rows / 2
        at = middle + (deep + 1.2 - kernel_size) / 2
        _block(axes, at_kernels, at, kernel_size, in_channels, window=kernel_size)
        name = f"kernel {number}: {in_channels}×{kernel_size}×{kernel_size}"
        axes.text(at_kernels, at - deep - 0.8, name, va="center", fontsize=TEXT_SIZE)
        at_map = middle + (1.2 - output) / 2
        _sheet(axes, at_maps, at_map, output, {(0, 0): tint(OUTPUT, 0.6)})
        _outline(axes, at_maps, at_map, 1, OUTPUT_EDGE)
        axes.text(at_maps, at_map - 0.8, f"map {number}", va="center", fontsize=TEXT_SIZE)
        center = at + kernel_size / 2 - deep / 2
        _arrow(axes, (size + deep + 0.3, top + size / 2 - deep / 2), (at_kernels - 0.3, center))
        _arrow(axes, (at_kernels + kernel_size + deep + 0.3, center), (at_maps - 0.3, at_map + output / 2))
    weights = in_channels * kernel_size**2
    alt = (
        f"From left to right: an input of {counted(in_channels, 'channel')} of {size}×{size}, drawn as sheets one "
        f"behind the other, with a window of {kernel_size}×{kernel_size} marked on every sheet; "
        f"{counted(kernels, 'kernel')}, each a block of {in_channels}×{kernel_size}×{kernel_size} = {weights} weights; "
        f"and for each kernel one map of {output}×{output}, whose first cell is the sum of all {weights} products."
    )
    return Picture(figure, alt, caption)


def _block(axes: Axes, left: float, top: float, size: int, channels: int, window: int) -> None:
    """Sheets one behind the other, the last one first, and on each the window."""
    for channel in reversed(range(channels)):
        x, y = left + channel * BEHIND, top - channel * BEHIND
        fills = {(r, c): tint(WINDOW, 0.45) for r in range(window) for c in range(window)}
        _sheet(axes, x, y, size, fills, depth=3 * (channels - channel))
        _outline(axes, x, y, window, WINDOW_EDGE, depth=3 * (channels - channel))


def _sheet(axes: Axes, left: float, top: float, size: int, fills: dict, depth: int = 0) -> None:
    for row in range(size):
        for column in range(size):
            look = {"facecolor": fills.get((row, column), "white"), "edgecolor": GREY, "linewidth": 0.8}
            axes.add_patch(Rectangle((left + column, top + row), 1, 1, zorder=depth, **look))


def _outline(axes: Axes, left: float, top: float, size: int, color: str, depth: int = 0) -> None:
    look = {"fill": False, "edgecolor": color, "linewidth": 2.0, "joinstyle": "miter"}
    axes.add_patch(Rectangle((left, top), size, size, zorder=depth + 1, **look))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, color=BLACK, linewidth=1.2))
