"""Two numbers of each network against each other: what it costs, say, and what it can do."""

import math
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
    SMALL_SIZE,
    course_style,
    drawing,
    new_figure,
    of_data,
)
from utils.words import filled, number, short_name

# Where the name of a point may stand, seen from the point.
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75))


GAP = 3  # points between a disc and its name


CLEARANCE = 10  # pixels round points and names that other names keep clear of, lest they seem to belong


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
    return Picture(figure, f"Scatter chart: {order}. {'; '.join(sentences)}. {of_data(source)}", caption)


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
