"""Dilated layers upon layers: how far one unit sees, and which of the cells in its sight it never reads."""

from matplotlib.axes import Axes

from utils.arithmetic import receptive_field
from utils.figures.picture import Picture
from utils.figures.style import BLACK, GREY, PALE, SKY, SMALL_SIZE, course_style, new_figure
from utils.words import counted, listing

MOST_CELLS = 25  # that fit side by side


@course_style
def dilated_stacks(stacks: list[list[int]], kernel_size: int = 3, *, title: str, caption: str) -> Picture:
    """Stacks of dilated convolutions, one above another: the cells that one unit of the last layer is made of.

    One dimension is drawn, stride 1. A blue cell is read on some way to the unit; a cross is not, though it
    lies in the receptive field. Such gaps are called gridding (Wang et al. 2018, "Understanding convolution
    for semantic segmentation").

    Args:
        stacks: the dilation of each layer, first layer first, for each stack.
        kernel_size: the same for all layers; odd, so that a unit stands over the middle of its window.

    Raises:
        ValueError: no stack, a stack without layers, an even kernel size, or a field too wide to draw.
    """
    if not stacks or not all(stacks):
        raise ValueError(f"stacks={stacks!r} needs at least one stack, and each at least one dilation.")
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size={kernel_size} has no middle cell: use an odd one.")
    fields = [receptive_field([(kernel_size, 1, dilation) for dilation in stack]) for stack in stacks]
    if max(fields) > MOST_CELLS:
        raise ValueError(
            f"A unit would see {max(fields)} cells, and at most {MOST_CELLS} fit: use fewer layers, or smaller "
            "dilations."
        )
    depths = [len(stack) for stack in stacks]
    figure = new_figure(title, sum(0.42 * depth + 0.62 for depth in depths))
    ratios = [depth + 1 for depth in depths]
    panels = figure.subplots(len(stacks), 1, squeeze=False, height_ratios=ratios)[:, 0]
    reach = max(fields) // 2
    sentences = []
    for axes, stack, field in zip(panels, stacks, fields, strict=True):
        read = _draw_stack(axes, stack, kernel_size, reach)
        name = f"dilations {listing(str(dilation) for dilation in stack)}"
        axes.set_title(f"{name}: sees {field} cells, reads {len(read)} of them")
        missed = [cell for cell in range(-(field // 2), field // 2 + 1) if cell not in read]
        rest = f", leaving {counted(len(missed), 'cell')} between them unread" if missed else ", all of them"
        sentences.append(
            f"{name}, {counted(len(stack) * kernel_size, 'weight')}: a unit of the last layer sees {field} input "
            f"cells and reads {len(read)}{rest}"
        )
    alt = f"Stacks of convolutions with kernels of {kernel_size} in one dimension. {'; '.join(sentences)}."
    return Picture(figure, alt, caption)


def _draw_stack(axes: Axes, dilations: list[int], kernel_size: int, reach: int) -> set[int]:
    """Rows of cells from the input, below, to one unit, above. Returns the input cells that the unit reads."""
    used = {0}  # places in a row, counted from the unit of the last layer
    for depth in range(len(dilations), -1, -1):
        name = f"layer {depth}, dilation {dilations[depth - 1]}" if depth else "input"
        axes.text(-reach - 0.9, depth, name, ha="right", va="center", fontsize=SMALL_SIZE)
        for place in range(-reach, reach + 1):
            look = {"color": SKY, "markeredgecolor": BLACK} if place in used else {"color": "white"}
            axes.plot(place, depth, "s", **{"markersize": 9, "markeredgecolor": PALE, "zorder": 2} | look)
            if depth == 0 and abs(place) <= max(used) and place not in used:
                axes.plot(place, depth, "x", color=BLACK, markersize=6, markeredgewidth=1.2, zorder=3)
        if depth:
            steps = [dilations[depth - 1] * (weight - kernel_size // 2) for weight in range(kernel_size)]
            for place in used:
                for step in steps:
                    axes.plot((place, place + step), (depth, depth - 1), color=GREY, linewidth=0.8, zorder=1)
            used = {place + step for place in used for step in steps}
    axes.set(xlim=(-reach - 0.7, reach + 0.7), ylim=(-0.4, len(dilations) + 0.4))
    axes.set_axis_off()
    return used
