"""Two numbers of each network against each other: what it costs, say, and what it can do."""

import math
from collections.abc import Iterable
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from utils.figures.picture import Picture
from utils.figures.point_names import name_points
from utils.figures.style import BLACK, BLUE, COLORS, GREY, MARKERS, course_style, drawing, legend, new_figure, of_data
from utils.words import filled, listing, number, short_name

LARGEST = 28  # points: the diameter of the largest disc


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
    families: dict[str, list[str]] | None = None,
    edge: bool = False,
) -> Picture:
    """One named point per model, such as accuracy against time or against parameters.

    Args:
        points: (x, y) of each name.
        x_label, y_label: what is measured and its unit.
        log_x: equal steps along x are equal ratios.
        areas: a third number for each name, shown as the area of a disc.
        area_label: what that number is, and its unit.
        families: which names belong together, and get one colour.
        edge: draw steps over the points that no other point beats, none being as far to the left and higher.

    Raises:
        ValueError: no point, a point at or below zero on a logarithmic axis, areas for other names, or families that do
            not hold each name once.
    """
    if not points:
        raise ValueError("points is empty: give at least one name with its (x, y).")
    if log_x and (wrong := {name: x for name, (x, _) in points.items() if x <= 0}):
        raise ValueError(f"A logarithmic axis has no place for zero or less, and these are: {wrong}.")
    if areas is not None and set(areas) != set(points):
        raise ValueError(f"areas must name the same models as points, {sorted(points)}, not {sorted(areas)}.")
    held = sorted(name for names in (families or {}).values() for name in names)
    if families and held != sorted(points):
        raise ValueError(f"families must hold each of the points once, {sorted(points)}, and they hold {held}.")
    figure = new_figure(title, 3.8 if len(points) < 12 else 5.2, source=source)
    axes = figure.add_subplot()
    axes.set(xlabel=filled(x_label, 72), ylabel=filled(y_label, 36))
    if log_x:
        _label_ratios(axes, [x for x, _ in points.values()])
    axes.margins(0.12, 0.2)  # room for discs and for names above them
    axes.grid()
    looks = _looks(points, areas, families)
    for name, (x, y) in points.items():
        axes.plot(x, y, **looks[name])
    best = _beaten_by_none(points) if edge else []
    steps = _steps([points[name] for name in best])
    if best:
        axes.plot(*zip(*steps, strict=True), color=GREY, linestyle="--", linewidth=1.2, zorder=1)
    if families or areas:
        title = filled(f"area: {area_label}", 18) if areas else None
        legend(figure, _key(looks, areas, families, best), loc="outside right upper", title=title, labelspacing=1.2)
    with drawing():
        name_points(axes, points, {name: look["markersize"] for name, look in looks.items()}, steps)
    return Picture(figure, _in_words(points, x_label, y_label, areas, area_label, families, best, source), caption)


def _looks(points: Iterable[str], areas: dict[str, float] | None, families: dict[str, list[str]] | None) -> dict:
    """How each point is drawn: a mark of its own, or of its family; discs where the area says something."""
    groups = families or {name: [name] for name in points}
    marks = zip(groups.items(), cycle(COLORS if families or not areas else [BLUE]), cycle(MARKERS), strict=False)
    look = {name: {"color": c, "marker": m, "markersize": 8.0} for (_, names), c, m in marks for name in names}
    for name, area in (areas or {}).items():
        diameter = LARGEST * math.sqrt(area / max(areas.values()))
        look[name] |= {"marker": "o", "markersize": diameter, "alpha": 0.55, "markeredgecolor": BLACK}
    return {name: {"linestyle": ""} | look[name] for name in points}


def _key(looks: dict, areas: dict | None, families: dict | None, best: list[str]) -> list[tuple[str, Line2D]]:
    """What the legend shows: discs of three sizes, the families' colours, the edge."""
    key = []
    if areas:
        largest = max(areas.values())
        for area in dict.fromkeys(_round(largest * share) for share in (0.05, 0.3, 1)):
            look = {"markersize": LARGEST * math.sqrt(area / largest), "color": "white", "markeredgecolor": BLACK}
            key.append((number(area), Line2D([], [], linestyle="", marker="o", **look)))
    for family, names in (families or {}).items():
        key.append((family, Line2D([], [], **looks[names[0]] | {"markersize": 8})))
    if best:
        key.append(("upper left edge", Line2D([], [], color=GREY, linestyle="--")))
    return key


def _round(value: float) -> float:
    """To one significant digit."""
    return float(f"{value:.1g}")


def _beaten_by_none(points: dict[str, tuple[float, float]]) -> list[str]:
    """From left to right: each name whose point is higher than all that lie as far to the left."""
    best: list[str] = []
    for name in sorted(points, key=lambda name: (points[name][0], -points[name][1])):
        if not best or points[name][1] > points[best[-1]][1]:
            best.append(name)
    return best


def _steps(best: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The corners of the line over these points: to the right as far as the next, then up to it."""
    corners = [(x, y) for (x, _), (_, y) in zip(best[1:], best, strict=False)]
    return [point for pair in zip(best, [*corners, best[-1]], strict=True) for point in pair] if best else []


def _in_words(points, x_label, y_label, areas, area_label, families, best, source) -> str:
    note = f", area of a disc: {short_name(area_label)}" if areas else ""
    sentences = [
        f"{name}: {number(x)}, {number(y)}" + (f", {number(areas[name])}" if areas else "")
        for name, (x, y) in points.items()
    ]
    alt = f"Scatter chart: x is {x_label}, y is {y_label}{note}. {'; '.join(sentences)}."
    for family, names in (families or {}).items():
        alt += f" {family}: {listing(names)}."
    if best:
        alt += f" The upper left edge runs over {listing(best)}."
    return f"{alt} {of_data(source)}"


def _label_ratios(axes: Axes, x: list[float]) -> None:
    """A logarithmic x axis with plain numbers: 1, 2, 5, 10 where there is room, else 1, 10, 100."""
    steps = (1, 2, 5) if max(x) < 100 * min(x) else (1,)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.minorticks_off()
