"""Which outputs of a layer depend on which inputs: fully connected, locally, and with shared weights."""

from matplotlib.axes import Axes

from utils.arithmetic import output_size
from utils.figures.picture import Picture
from utils.figures.style import BLACK, COLORS, GREY, SMALL_SIZE, course_style, new_figure
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


def _unit(axes: Axes, x: float, y: float, name: str) -> None:
    axes.plot(x, y, "o", markersize=19, markerfacecolor="white", markeredgecolor=BLACK, zorder=2)
    axes.text(x, y, name, ha="center", va="center", fontsize=SMALL_SIZE, zorder=3)


def _joined(output: int, kernel_size: int) -> str:
    return listing(f"x{output + weight}" for weight in range(kernel_size))
