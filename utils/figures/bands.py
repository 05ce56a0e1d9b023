"""How far a quantity ranges: a band from its smallest to its largest value, along training."""

from matplotlib.axes import Axes

from utils.figures.picture import Picture
from utils.figures.style import COLORS, HATCHES, course_style, legend, new_figure, of_data, tint
from utils.words import filled, number

Band = list[tuple[float, float]]  # smallest and largest value at each place along x


@course_style
def bands(
    x: list[float],
    panels: dict[str, dict[str, Band]],
    *,
    x_label: str,
    source: str,
    title: str,
    caption: str,
    log_y: bool = False,
) -> Picture:
    """One panel per quantity, in it one band per name, from the smallest value to the largest.

    Args:
        x: where the values were taken, K numbers.
        panels: for each quantity (it labels the y axis) the K pairs (smallest, largest) of each name.
        log_y: equal steps along y are equal ratios.

    Raises:
        ValueError: not one to four names, a band of another length than ``x``, or one whose ends are the wrong way.
    """
    for quantity, series in panels.items():
        if not 1 <= len(series) <= len(HATCHES):
            raise ValueError(f"{len(series)} bands in one panel, and between 1 and {len(HATCHES)} can be told apart.")
        for name, band in series.items():
            if len(band) != len(x):
                raise ValueError(f"{name!r} has {len(band)} pairs for {len(x)} places along x: give one for each.")
            if wrong := [pair for pair in band if not pair[0] <= pair[1]]:
                raise ValueError(
                    f"{quantity} of {name!r} has the pair {wrong[0]}: the smallest comes first, and both are numbers."
                )
    figure = new_figure(title, 3.0, source=source)
    sentences, letters = [], 44 // len(panels)
    for axes, (quantity, series) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        _draw_bands(axes, x, series)
        axes.set(xlabel=filled(x_label, letters), title=filled(quantity, letters))
        if log_y:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: number(value))
        axes.grid(axis="y")
        sentences += [
            f"{quantity}, {name}: {_pair(band[0])} at {number(x[0])}, {_pair(band[-1])} at {number(x[-1])}, "
            f"over all places {_pair((min(low for low, _ in band), max(high for _, high in band)))}."
            for name, band in series.items()
        ]
    legend(figure, zip(series, axes.collections, strict=True), loc="outside right center")
    alt = f"Bands from the smallest to the largest value, along {x_label}. {' '.join(sentences)} {of_data(source)}"
    return Picture(figure, alt, caption)


def _draw_bands(axes: Axes, x: list[float], series: dict[str, Band]) -> None:
    """Each band tinted, hatched and outlined in its own colour, the first one behind."""
    for band, color, hatch in zip(series.values(), COLORS, HATCHES, strict=False):
        low, high = zip(*band, strict=True)
        look = {"facecolor": tint(color, 0.35), "edgecolor": color, "hatch": hatch, "linewidth": 1.2}
        axes.fill_between(x, low, high, alpha=0.75, **look)


def _pair(pair: tuple[float, float]) -> str:
    return f"{number(pair[0])} to {number(pair[1])}"
