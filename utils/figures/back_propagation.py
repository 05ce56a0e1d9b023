"""A chain of numbers from the input to the loss, and the slopes that come back along it."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils.figures.picture import Picture
from utils.figures.style import (
    BLACK,
    BLUE,
    GRADIENT,
    GREY,
    SMALL_SIZE,
    TEXT_SIZE,
    WINDOW,
    course_style,
    new_figure,
    tint,
)
from utils.words import short

APART = 1.9  # from the middle of one box to the next
DOWN = 1.75  # of the weights, below the chain


@course_style
def back_propagation(
    chain: Sequence[tuple[str, float]],
    steps: Sequence[tuple[str, float]],
    weights: dict[str, tuple[int, float, float]],
    *,
    title: str,
    caption: str,
) -> Picture:
    """Forwards the values, in boxes; backwards, from the right, the product of the slopes up to each of them.

    Args:
        chain: name and value of each number, from the input to the loss.
        steps: between each two of them what is done, and its slope: how the right one changes with the left one.
        weights: for some names the step that uses the weight (counted from 0), its value, and the slope of that step
            with respect to the weight.

    Raises:
        ValueError: not one step between each two numbers, or a weight at a step that is not there.
    """
    if len(steps) != len(chain) - 1 or len(chain) < 2:
        raise ValueError(f"{len(chain)} numbers need {len(chain) - 1} steps between them, not {len(steps)}.")
    if wrong := [name for name, (step, *_) in weights.items() if not 0 <= step < len(steps)]:
        raise ValueError(f"{wrong} belong to no step: steps are counted from 0 to {len(steps) - 1}.")
    slopes = [1.0]
    for _, slope in reversed(steps):
        slopes.insert(0, slopes[0] * slope)

    figure = new_figure(title, 2.1 if weights else 1.0)
    axes = figure.add_subplot()
    axes.set(xlim=(-0.6, (len(chain) - 1) * APART + 0.6), ylim=(-DOWN - 0.65 if weights else -0.7, 0.55))
    axes.set_axis_off()
    for place, ((name, value), slope) in enumerate(zip(chain, slopes, strict=True)):
        _number(axes, place * APART, 0, name, value, slope)
    for place, (name, slope) in enumerate(steps):
        middle = (place + 0.5) * APART
        _arrow(axes, (place * APART + 0.55, 0.13), ((place + 1) * APART - 0.55, 0.13), BLACK, "-")
        axes.text(middle, 0.36, name, ha="center", va="center", fontsize=SMALL_SIZE)
        _arrow(axes, ((place + 1) * APART - 0.55, -0.13), (place * APART + 0.55, -0.13), GRADIENT, "--")
        look = {"ha": "center", "va": "center", "fontsize": SMALL_SIZE, "color": GRADIENT}
        axes.text(middle, -0.36, f"×{_signed(slope)}", **look)
    said = []
    for name, (step, value, slope) in weights.items():
        x, back = (step + 0.5) * APART, slopes[step + 1] * slope
        _number(axes, x, -DOWN, name, value, back, BLUE)
        _arrow(axes, (x - 0.3, 0.25 - DOWN), (x - 0.3, 0.1), BLACK, "-")
        _arrow(axes, (x + 0.3, -0.2), (x + 0.3, 0.25 - DOWN), GRADIENT, "--")
        axes.text(x + 0.38, -0.98, f"×{_signed(slope)}", va="center", fontsize=SMALL_SIZE, color=GRADIENT)
        said.append(f"{name} = {short(value)}, used in step {step}, slope of the loss {short(back)}")
    numbers = [f"{name} = {short(value)}" for name, value in chain]
    alt = (
        f"A chain of {len(chain)} numbers, forwards {', '.join(numbers)}. Backwards the slopes of the steps, "
        f"{', '.join(short(slope) for _, slope in reversed(steps))}, are multiplied: from the loss back to the first "
        f"number the slope of the loss is {', '.join(short(slope) for slope in reversed(slopes))}."
    )
    return Picture(figure, " ".join([alt, *(f"{words}." for words in said)]), caption)


def _number(axes: Axes, x: float, y: float, name: str, value: float, slope: float, edge: str = GREY) -> None:
    """A box with a name and a value, and below it the slope of the loss."""
    look = {"boxstyle": "round,pad=0.02", "facecolor": tint(WINDOW, 0.25), "edgecolor": edge, "linewidth": 1.2}
    axes.add_patch(FancyBboxPatch((x - 0.5, y - 0.22), 1.0, 0.44, zorder=2, **look))
    axes.text(x, y, f"{name} = {short(value)}", ha="center", va="center", fontsize=TEXT_SIZE, zorder=3)
    look = {"ha": "center", "va": "center", "fontsize": TEXT_SIZE, "fontweight": "bold", "color": GRADIENT}
    axes.text(x, y - 0.45, short(slope), **look)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], color: str, line: str) -> None:
    look = {"arrowstyle": "-|>", "mutation_scale": 10, "color": color, "linestyle": line, "linewidth": 1.3}
    axes.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **look))


def _signed(slope: float) -> str:
    """A factor: negative ones in brackets."""
    return f"({short(slope)})" if slope < 0 else short(slope)
