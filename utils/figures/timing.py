"""What was timed: how far repeated times scatter, and how costs grow with a setting."""

import statistics

from matplotlib.ticker import LogLocator

from utils.figures.picture import Picture
from utils.figures.style import (
    BLACK,
    BLUE,
    COLORS,
    GREY,
    MARKERS,
    SKY,
    SMALL_SIZE,
    course_style,
    legend,
    new_figure,
)
from utils.words import counted, filled, number, short_name, trend

Costs = list[float | None]  # None where there is no such cost


@course_style
def times(
    seconds: dict[str, list[float]],
    *,
    source: str,
    title: str,
    caption: str,
    log_x: bool = False,
) -> Picture:
    """One row per name, in milliseconds: a ring for each time, a box around the middle half, a line at the median.

    Args:
        seconds: of each name, in the order in which they were measured.
        log_x: equal steps along the axis are equal ratios.

    Raises:
        ValueError: no name, or fewer than two times of one.
    """
    if not seconds or min(map(len, seconds.values())) < 2:
        raise ValueError(f"Give each name at least two times: these have {[len(times) for times in seconds.values()]}.")
    figure = new_figure(title, 0.9 + 0.5 * len(seconds), source=source)
    axes = figure.add_subplot()
    sentences = []
    for row, (name, measured) in enumerate(seconds.items()):
        values = [1e3 * second for second in measured]
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        axes.barh(row, high - low, left=low, height=0.6, color=SKY)
        axes.vlines(median, row - 0.38, row + 0.38, color=BLACK)
        heights = [row - 0.2 + 0.4 * i / (len(values) - 1) for i in range(len(values))]
        axes.plot(values, heights, "o", color=BLUE, markersize=4, markerfacecolor="white", zorder=3)
        words = number(median)
        column = {"xycoords": ("axes fraction", "data"), "xytext": (8, 0), "textcoords": "offset points"}
        axes.annotate(words, (1, row), va="center", **column)
        sentences.append(
            f"{name}: median {words}, middle half {number(low)} to {number(high)}, "
            f"all {number(min(values))} to {number(max(values))}"
        )
    axes.set_yticks(range(len(seconds)), map(short_name, seconds))
    axes.tick_params(axis="y", length=0, labelsize="medium")
    axes.invert_yaxis()
    if log_x:
        axes.set_xscale("log", subs=[])
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    else:
        axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_xlabel("time (milliseconds)")
    axes.grid(axis="x")
    note = "ring: one time; box: the middle half\nline, and number on the right: the median"
    axes.set_title(note, color=GREY, fontsize=SMALL_SIZE)
    alt = f"Times in milliseconds. {'; '.join(sentences)}. Data: {source}"
    return Picture(figure, alt, caption)


@course_style
def costs(
    x: list[float],
    panels: dict[str, dict[str, Costs]],
    *,
    x_label: str,
    same_axis: bool = False,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """Panels side by side, such as work predicted and time measured: one line per name.

    Along both axes equal steps are equal ratios, so that a power is a straight line.

    Args:
        x: the setting that costs depend on, K numbers.
        panels: for each quantity (it labels the y axis, so with its unit) K costs of each name; the same names in
            all of them where they mean the same.
        same_axis: whether all quantities have one unit, and so one y axis.

    Raises:
        ValueError: not one to seven names in all, or costs that are not as many as ``x``.
    """
    names = list(dict.fromkeys(name for series in panels.values() for name in series))
    if not 1 <= len(names) <= len(COLORS):
        raise ValueError(f"{len(names)} names, and between 1 and {len(COLORS)} lines can be told apart in one picture.")
    for quantity, series in panels.items():
        for name, values in series.items():
            if len(values) != len(x):
                raise ValueError(
                    f"{quantity} of {name!r} has {len(values)} values for {len(x)} places along x: give one for each, "
                    f"None where there is none."
                )
    figure = new_figure(title, 3.4, source=source)
    places = [number(place) for place in x]
    lines, sentences, letters = {}, [], 44 // len(panels)
    for axes, (quantity, series) in zip(
        figure.subplots(1, len(panels), squeeze=False, sharey=same_axis)[0], panels.items(), strict=True
    ):
        for name, values in series.items():
            known = [(place, value) for place, value in zip(x, values, strict=True) if value is not None]
            k = names.index(name)
            (lines[name],) = axes.plot(*zip(*known, strict=True), color=COLORS[k], marker=MARKERS[k])
            sentences.append(f"{quantity}, {name} {trend([v for _, v in known], [number(p) for p, _ in known])}.")
        axes.set(xlabel=filled(x_label, letters), title=filled(quantity, letters), xscale="log", yscale="log")
        axes.set_xticks(x, places)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
        axes.minorticks_off()
        axes.grid(axis="y")
        sentences.append(f"Lowest: {_lowest(places, series)}.")
    legend(figure, [(name, lines[name]) for name in names], loc="outside right upper")
    alt = f"{counted(len(panels), 'line chart')} against {x_label}. {' '.join(sentences)} Data: {source}"
    return Picture(figure, alt, caption)


def _lowest(places: list[str], series: dict[str, Costs]) -> str:
    """Which name costs least at each place: "direct at 1, 3; Fourier at 5, 7"."""
    best: dict[str, list[str]] = {}
    for k, place in enumerate(places):
        known = {name: values[k] for name, values in series.items() if values[k] is not None}
        best.setdefault(min(known, key=known.get), []).append(place)
    return "; ".join(f"{name} at {', '.join(at)}" for name, at in best.items())
