"""What one output at the top of a stack of layers sees at its bottom."""

from matplotlib.axes import Axes

from utils.arithmetic import integer, output_size, receptive_field
from utils.figures.picture import Picture
from utils.figures.style import BLACK, GREY, SKY, SMALL_SIZE, course_style, new_figure
from utils.words import counted, listing


@course_style
def receptive_field_stack(layers: int = 3, kernel_size: int = 3, *, title: str, caption: str) -> Picture:
    """A stack of small convolutions beside one large one that sees as far, with the weights of both.

    One dimension of the two is drawn; stride 1, C channels in and out of every layer, no biases. Such stacks
    are the idea of VGG (Simonyan and Zisserman 2015).

    Raises:
        ValueError: a number is below 1, or the field is too wide to draw.
    """
    integer("layers", layers, least=1)
    field = receptive_field([(kernel_size, 1)] * layers)
    if field > 15:
        raise ValueError(f"{layers} layers of kernel_size={kernel_size} see {field} cells, and at most 15 fit.")
    figure = new_figure(title, 0.55 * layers + 1.6)
    stack, single = figure.subplots(1, 2)
    _draw_stack(stack, [kernel_size] * layers, field)
    _draw_stack(single, [field], field)
    small, large = layers * kernel_size**2, field**2
    names = (
        f"{counted(layers, 'layer')} of {kernel_size}×{kernel_size}: {small} C² weights",
        f"1 layer of {field}×{field}: {large} C² weights",
    )
    stack.set_title(names[0])
    single.set_title(names[1])
    growth = listing(f"{size}×{size}" for size in _fields([kernel_size] * layers))
    alt = (
        f"Two ways to see {field} by {field} cells of the input. {names[0]}; from the first layer to the last a "
        f"unit sees {growth}. {names[1]}."
    )
    return Picture(figure, alt, caption)


def _fields(kernel_sizes: list[int]) -> list[int]:
    """The receptive field after each layer of a stack with stride 1."""
    depths = range(1, len(kernel_sizes) + 1)
    return [receptive_field([(size, 1) for size in kernel_sizes[:depth]]) for depth in depths]


def _draw_stack(axes: Axes, kernel_sizes: list[int], field: int) -> None:
    """Rows of cells from the input, below, to one unit, above, and lines from each cell to those it sees."""
    widths = [field]
    for size in kernel_sizes:
        widths.append(output_size(widths[-1], size))
    names = [f"input, {field} wide"]
    names += [f"layer {depth} sees {sees}" for depth, sees in enumerate(_fields(kernel_sizes), start=1)]
    for depth, (width, name) in enumerate(zip(widths, names, strict=True)):
        y = depth / len(kernel_sizes)
        first = (field - width) / 2
        axes.text(-0.4, y, name, ha="right", va="center", fontsize=SMALL_SIZE)
        for cell in range(width):
            axes.plot(first + cell + 0.5, y, "s", color=SKY, markersize=10, markeredgecolor=BLACK, zorder=2)
            if depth:
                seen = (field - widths[depth - 1]) / 2 + cell
                for weight in range(kernel_sizes[depth - 1]):
                    xs = (seen + weight + 0.5, first + cell + 0.5)
                    axes.plot(xs, (y - 1 / len(kernel_sizes), y), color=GREY, linewidth=0.7, zorder=1)
    axes.set(xlim=(-0.2, field + 0.2), ylim=(-0.12, 1.12))
    axes.set_axis_off()
