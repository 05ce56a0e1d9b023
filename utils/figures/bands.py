"""How far a quantity ranges along training: bands from the smallest to the largest value, each in its own panel."""

import statistics

from utils.figures.curves import Runs, mean_of
from utils.figures.picture import Picture
from utils.figures.style import COLORS, HATCHES, course_style, new_figure, of_data, tint
from utils.words import filled, number


@course_style
def bands(
    x: list[float],
    quantities: dict[str, dict[str, Runs]],
    *,
    x_label: str,
    source: str,
    title: str,
    caption: str,
    log_y: bool = False,
) -> Picture:
    """A row of panels for each quantity, in it a panel for each name: the range of its runs, and their median.

    The panels of a row share their axes, so that bands which would cover each other can be compared.

    Args:
        x: where the values were taken, K numbers.
        quantities: for each quantity (it labels the y axis) the runs of each name, K numbers for each seed. The names
            are the same in every row.
        log_y: equal steps along y are equal ratios.

    Raises:
        ValueError: not one to four names, other names in another row, or a run of another length than ``x``.
    """
    names = list(next(iter(quantities.values()), {}))
    if not 1 <= len(names) <= len(HATCHES):
        raise ValueError(f"{len(names)} bands beside each other, and between 1 and {len(HATCHES)} have room.")
    if wrong := [quantity for quantity, series in quantities.items() if list(series) != names]:
        raise ValueError(f"{wrong[0]!r} is given of {list(quantities[wrong[0]])}, and the first of {names}.")
    figure = new_figure(title, 0.4 + 2.1 * len(quantities), source=source)
    rows = figure.subplots(len(quantities), len(names), squeeze=False, sharex=True, sharey="row")
    sentences, letters = [], 44 // len(names)
    for row, (quantity, series) in zip(rows, quantities.items(), strict=True):
        for axes, (name, runs), color, hatch in zip(row, series.items(), COLORS, HATCHES, strict=False):
            mean_of(name, x, runs)  # as many values as places
            low, high = ([end(values) for values in zip(*runs, strict=True)] for end in (min, max))
            middle = statistics.median(value for run in runs for value in run)
            axes.fill_between(x, low, high, facecolor=tint(color, 0.35), edgecolor=color, hatch=hatch, linewidth=1.2)
            axes.axhline(middle, color=color, linestyle="--", linewidth=1)
            axes.set_title(f"{filled(name, letters)}\nmedian {number(middle)}")
            axes.grid(axis="y")
            sentences.append(
                f"{quantity}, {name}: {_pair(low[0], high[0])} at {number(x[0])}, {_pair(low[-1], high[-1])} at "
                f"{number(x[-1])}, over all places {_pair(min(low), max(high))}, median {number(middle)}."
            )
        row[0].set_ylabel(filled(quantity, 24))
        if log_y:
            row[0].set_yscale("log")
            row[0].yaxis.set_major_formatter(lambda value, _: number(value))
    for axes in rows[-1]:
        axes.set_xlabel(filled(x_label, letters))
    alt = (
        f"Bands from the smallest to the largest value, along {x_label}, with dashed medians. {' '.join(sentences)} "
        f"{of_data(source)}"
    )
    return Picture(figure, alt, caption)


def _pair(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"
