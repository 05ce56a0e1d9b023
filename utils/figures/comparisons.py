"""Models side by side: one bar each, or one point each in a plane."""

import math
import statistics
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator
from matplotlib.transforms import Bbox

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
    drawing,
    new_figure,
)
from utils.words import counted, decimals, filled, number, short_name

# Where the name of a point may stand, seen from the point.
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75))
GAP = 3  # points between a disc and its name
CLEARANCE = 10  # pixels round points and names that other names keep clear of, lest they seem to belong


@course_style
def comparison_bars(
    values: dict[str, list[float]],
    *,
    axis_label: str,
    source: str,
    title: str,
    caption: str,
    references: dict[str, float] | None = None,
    reference_label: str = "source lecture",
    axis_end: float | None = None,
) -> Picture:
    """One bar per name from zero to the mean, a ring for each seed, the mean and its spread in numbers.

    Args:
        values: the measured numbers of each name, one per seed, in the unit of the axis.
        axis_label: what is measured and its unit, such as "test accuracy (%)".
        references: for some of the names, the number that another source reports, drawn as a line across.
        axis_end: where the axis ends. Left out, beyond the longest bar; give it where two figures are compared.

    Raises:
        ValueError: no name, a name without a value, or a reference for a name that has no bar.
    """
    references = references or {}
    if not values or not all(values.values()):
        raise ValueError(f"Every bar needs a name and at least one value, and these are {values!r}.")
    if unknown := set(references) - set(values):
        raise ValueError(f"references has {sorted(unknown)}, but there are bars only for {sorted(values)}.")
    reference_label = short_name(reference_label)
    figure = new_figure(title, 0.9 + 0.5 * len(values), source=source)
    axes = figure.add_subplot()
    sentences = []
    for row, (name, seeds) in enumerate(values.items()):
        axes.barh(row, statistics.fmean(seeds), height=0.6, color=SKY)
        words, end = _mean_and_spread(seeds), max(seeds)
        if len(seeds) > 1:
            heights = [row - 0.2 + 0.4 * i / (len(seeds) - 1) for i in range(len(seeds))]
            axes.plot(seeds, heights, "o", color=BLUE, markersize=4, markerfacecolor="white", zorder=3)
        if name in references:
            axes.vlines(references[name], row - 0.42, row + 0.42, color=BLACK)
            words += f" ({reference_label}: {number(references[name])})"
            end = max(end, references[name])
        axes.annotate(words, (end, row), xytext=(8, 0), textcoords="offset points", va="center")
        sentences.append(f"{name}: {words}")
    axes.set_yticks(range(len(values)), map(short_name, values))
    axes.tick_params(axis="y", length=0, labelsize="medium")
    axes.invert_yaxis()
    axes.set_xlabel(filled(axis_label, 56))
    axes.set_xlim(right=axis_end)
    axes.grid(axis="x")
    most_seeds = max(len(seeds) for seeds in values.values())
    note = f"mean ± standard deviation of {counted(most_seeds, 'seed')}" if most_seeds > 1 else ""
    if references:
        note += f"{', ' if note else ''}black line: {reference_label}"
    axes.set_title(note, color=GREY, fontsize=SMALL_SIZE)
    alt = f"Bar chart of {axis_label}{', ' if note else ''}{note}. {'; '.join(sentences)}. Data: {source}"
    return Picture(figure, alt, caption)


@course_style
def scatter(
    points: dict[str, tuple[float, float]],
    *,
    x_label: str,
    y_label: str,
    source: str,
    title: str,
    caption: str,
    log_x: bool = False,
    areas: dict[str, float] | None = None,
    area_label: str = "",
) -> Picture:
    """One named point per model, such as accuracy against time or against parameters.

    Args:
        points: (x, y) of each name.
        x_label, y_label: what is measured and its unit.
        log_x: equal steps along x are equal ratios.
        areas: a third number for each name, shown as the area of a disc.
        area_label: what that number is, and its unit.

    Raises:
        ValueError: no point, a point at or below zero on a logarithmic axis, or areas for other names.
    """
    if not points:
        raise ValueError("points is empty: give at least one name with its (x, y).")
    if log_x and (wrong := {name: x for name, (x, _) in points.items() if x <= 0}):
        raise ValueError(f"A logarithmic axis has no place for zero or less, and these are: {wrong}.")
    if areas is not None and set(areas) != set(points):
        raise ValueError(f"areas must name the same models as points, {sorted(points)}, not {sorted(areas)}.")
    figure = new_figure(title, 3.8 if len(points) < 12 else 4.8, source=source)
    axes = figure.add_subplot()
    axes.set(xlabel=filled(x_label, 72), ylabel=filled(y_label, 36))
    if log_x:
        _label_ratios(axes, [x for x, _ in points.values()])
    axes.margins(0.12, 0.2)  # room for discs and for names above them
    axes.grid()
    sentences = [f"{name}: {number(x)}, {number(y)}" for name, (x, y) in points.items()]
    note = ""
    if areas is None:
        diameters = dict.fromkeys(points, 8.0)
        for (name, (x, y)), color, marker in zip(points.items(), cycle(COLORS), cycle(MARKERS), strict=False):
            axes.plot(x, y, marker, color=color, markersize=diameters[name])
    else:
        largest = max(areas.values())
        diameters = {name: 28 * math.sqrt(area / largest) for name, area in areas.items()}
        for name, (x, y) in points.items():
            axes.plot(x, y, "o", color=BLUE, alpha=0.4, markersize=diameters[name], markeredgecolor=BLACK)
        note = f"area of a disc: {short_name(area_label)}"
        axes.set_title(note, color=GREY, fontsize=SMALL_SIZE)
        sentences = [f"{sentence}, {number(areas[name])}" for sentence, name in zip(sentences, points, strict=True)]
    with drawing():
        _name_points(axes, points, diameters)
    order = f"x is {x_label}, y is {y_label}{', ' if note else ''}{note}"
    return Picture(figure, f"Scatter chart: {order}. {'; '.join(sentences)}. Data: {source}", caption)


def _mean_and_spread(seeds: list[float]) -> str:
    """ "91.2 ± 0.3", or one number where there is one seed."""
    mean = statistics.fmean(seeds)
    places = decimals(mean)
    if len(seeds) == 1:
        return number(mean, places)
    return f"{number(mean, places)} ± {number(statistics.stdev(seeds), places)}"


def _label_ratios(axes: Axes, x: list[float]) -> None:
    """A logarithmic x axis with plain numbers: 1, 2, 5, 10 where there is room, else 1, 10, 100."""
    steps = (1, 2, 5) if max(x) < 100 * min(x) else (1,)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.minorticks_off()


def _name_points(axes: Axes, points: dict[str, tuple[float, float]], diameters: dict[str, float]) -> None:
    """Write each name beside its point, in the direction where it covers least of the other points and names."""
    figure = axes.figure
    figure.draw_without_rendering()  # the layout is settled only when drawn, and what overlaps depends on it
    frame = axes.get_window_extent().padded(-GAP * figure.dpi / 72)
    around, places = {}, {}  # boxes in pixels: of each point, and of its name in each direction
    for name, point in points.items():
        centre = axes.transData.transform(point)
        radius = diameters[name] / 2 * figure.dpi / 72
        around[name] = Bbox([centre - radius - CLEARANCE, centre + radius + CLEARANCE])
        words = axes.annotate(short_name(name), point, fontsize=SMALL_SIZE)
        size = words.get_window_extent().size
        words.remove()
        away = radius + GAP * figure.dpi / 72
        places[name] = [_words_beside(centre, direction, away, size) for direction in DIRECTIONS]

    chosen = {}
    for _ in range(3):  # names placed early did not know of those placed later, so go through all again
        for name in points:
            others = [box for other, box in around.items() if other != name]
            others += [places[other][k].padded(CLEARANCE) for other, k in chosen.items() if other != name]
            hidden = [
                sum(_common_area(box, other) for other in others)
                + 3 * (box.width * box.height - _common_area(box, frame))
                for box in places[name]
            ]
            chosen[name] = hidden.index(min(hidden))
    for name, k in chosen.items():
        right, up = DIRECTIONS[k]
        away = diameters[name] / 2 + GAP
        axes.annotate(
            short_name(name),
            points[name],
            xytext=(right * away, up * away),
            textcoords="offset points",
            ha="left" if right > 0 else "right" if right < 0 else "center",
            va="bottom" if up > 0 else "top" if up < 0 else "center",
            fontsize=SMALL_SIZE,
        )


def _words_beside(centre: np.ndarray, direction: tuple[float, float], away: float, size: np.ndarray) -> Bbox:
    """The box of words that begin ``away`` from a centre and run on in that direction; all in pixels."""
    start = centre + away * np.array(direction)
    left, bottom = start + (np.sign(direction) - 1) / 2 * size  # where the direction is 0: half on each side
    return Bbox.from_bounds(left, bottom, *size)


def _common_area(a: Bbox, b: Bbox) -> float:
    common = Bbox.intersection(a, b)
    return common.width * common.height if common else 0.0
