"""How units are connected: every one to every one, or each to a window, layer upon layer."""

from matplotlib.axes import Axes

from utils.arithmetic import integer, output_size, receptive_field
from utils.figures.picture import Picture
from utils.figures.style import BLACK, COLORS, GREY, SKY, SMALL_SIZE, course_style, new_figure
from utils.words import counted, listing

DASHES = ("-", "--", ":", "-.")


@course_style
def connections(inputs: int = 6, kernel_size: int = 3, *, title: str, caption: str) -> Picture:
    """A fully connected layer beside a convolution: few connections, and each weight used many times.

    Args:
        inputs: units of the input, in one dimension. Both layers have as many outputs as the convolution.
        kernel_size: inputs that each output of the convolution sees.

    Raises:
        ValueError: no output is left, or more units or weights than can be told apart.
    """
    outputs = output_size(inputs, kernel_size)
    if inputs > 12 or kernel_size > len(COLORS):
        raise ValueError(
            f"inputs={inputs} and kernel_size={kernel_size} are too many to tell apart: use at most 12 and "
            f"{len(COLORS)}."
        )
    figure = new_figure(title, 2.5)
    full, sparse = figure.subplots(1, 2)
    shift = (inputs - outputs) / 2  # so that each output stands over the middle of its window
    for output in range(outputs):
        for x in range(inputs):
            full.plot((x, output + shift), (0, 1), color=GREY, linewidth=0.8, zorder=1)
        for weight in range(kernel_size):
            look = {"color": COLORS[weight], "linestyle": DASHES[weight % len(DASHES)], "zorder": 1}
            label = f"weight {weight}" if output == 0 else None
            sparse.plot((output + weight, output + shift), (0, 1), label=label, **look)
    names = (
        f"Fully connected: {inputs} · {outputs} = {counted(inputs * outputs, 'weight')}",
        f"Convolution: {counted(kernel_size, 'weight')}, each used {counted(outputs, 'time')}",
    )
    for axes, name in zip((full, sparse), names, strict=True):
        for x in range(inputs):
            _unit(axes, x, 0, f"x{x}")
        for output in range(outputs):
            _unit(axes, output + shift, 1, f"y{output}")
        axes.set_title(name)
        axes.set(xlim=(-0.5, inputs - 0.5), ylim=(-0.3, 1.3))
        axes.set_axis_off()
    figure.legend(loc="outside lower right", ncols=kernel_size)
    alt = (
        f"Two layers from {counted(inputs, 'input')} to {counted(outputs, 'output')}. {names[0]}, a line from "
        f"every input to every output. {names[1]}: output y0 is joined only to {_joined(0, kernel_size)}, the "
        f"last output only to {_joined(outputs - 1, kernel_size)}, and lines of one colour share one weight."
    )
    return Picture(figure, alt, caption)


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


def _unit(axes: Axes, x: float, y: float, name: str) -> None:
    axes.plot(x, y, "o", markersize=19, markerfacecolor="white", markeredgecolor=BLACK, zorder=2)
    axes.text(x, y, name, ha="center", va="center", fontsize=SMALL_SIZE, zorder=3)


def _joined(output: int, kernel_size: int) -> str:
    return listing(f"x{output + weight}" for weight in range(kernel_size))


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
