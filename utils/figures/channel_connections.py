"""Which input channels an output channel is made from: standard, grouped, depthwise, depthwise separable."""

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from utils.arithmetic import parameter_count
from utils.figures.picture import Picture
from utils.figures.style import BLACK, BLUE, SKY, SMALL_SIZE, VERMILLION, course_style, new_figure
from utils.words import counted

CHANNELS = 4  # in and out: few enough for their lines to be told apart
WIDE, POINTWISE = {"color": BLUE, "linestyle": "-"}, {"color": VERMILLION, "linestyle": "--"}


@course_style
def channel_connections(*, title: str, caption: str) -> Picture:
    """Four layers with as many channels in as out, a line for each kernel, and the number of their weights.

    From left to right: a standard 3×3 convolution, one of two groups, a depthwise one (as many groups as
    channels), and a depthwise one followed by a 1×1 convolution (Howard et al. 2017, "MobileNets"). No biases.
    """
    layers = {  # steps of each layer: kernel size and groups
        "standard": [(3, 1)],
        "two groups": [(3, 2)],
        "depthwise": [(3, CHANNELS)],
        "depthwise, then 1×1": [(3, CHANNELS), (1, 1)],
    }
    figure = new_figure(title, 2.7)
    sentences = []
    for axes, (name, steps) in zip(figure.subplots(1, len(layers)), layers.items(), strict=True):
        for floor, (size, groups) in enumerate(steps):
            _connect(axes, groups, floor / len(steps), (floor + 1) / len(steps), size == 1)
        weights = [parameter_count(CHANNELS, CHANNELS, size, groups, bias=False) for size, groups in steps]
        total = " + ".join(str(count) for count in weights)
        total += f" = {sum(weights)}" if len(steps) > 1 else ""
        axes.set_title(f"{name}\n{total} weights", loc="center", fontsize=SMALL_SIZE)
        axes.set(xlim=(-0.6, CHANNELS - 0.4), ylim=(-0.12, 1.12))
        axes.set_axis_off()
        lines = " then ".join(f"{counted(CHANNELS**2 // groups, 'kernel')} of {size}×{size}" for size, groups in steps)
        sentences.append(f"{name}: {lines}, {total} weights")
    kinds = {"one kernel of 3×3": WIDE, "one kernel of 1×1": POINTWISE}
    handles = [Line2D([], [], label=label, **look) for label, look in kinds.items()]
    figure.legend(
        handles=handles,
        loc="outside lower right",
        ncols=2,
        title="below: input channels, above: output channels",
    )
    alt = (
        f"Four layers from {CHANNELS} channels, below, to {CHANNELS} channels, above, a line for each kernel. "
        f"{'; '.join(sentences)}. In the standard layer every output is made from every input; with two groups, "
        "from the inputs of its own half; depthwise, from one input; after the 1×1 convolution from all again."
    )
    return Picture(figure, alt, caption)


def _connect(axes: Axes, groups: int, bottom: float, top: float, pointwise: bool) -> None:
    """Two rows of channels, and a line from each input channel to every output channel of its group."""
    size = CHANNELS // groups
    for source in range(CHANNELS):
        first = source // size * size
        for target in range(first, first + size):
            look = POINTWISE if pointwise else WIDE
            axes.plot((source, target), (bottom, top), linewidth=1.2, zorder=1, **look)
    for height in (bottom, top):
        look = {"color": SKY, "markersize": 11, "markeredgecolor": BLACK, "zorder": 2}
        axes.plot(range(CHANNELS), [height] * CHANNELS, "o", **look)
