"""Names beside points: each where it covers least, with a line to its point where it had to move away."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from utils.figures.style import GREY, SMALL_SIZE
from utils.words import short_name

# Where a name may stand, seen from its point, and how many points of type from the disc's edge.
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.75), (-0.75, 0.75), (0.75, -0.75), (-0.75, -0.75))
NEAR, FAR = 3, (14, 26, 40)
PLACES = [(direction, away) for away in (NEAR, *FAR) for direction in DIRECTIONS]
CLEARANCE = 7  # points round discs and names that other names keep clear of, lest they seem to belong


Points = dict[str, tuple[float, float]]


def name_points(axes: Axes, points: Points, diameters: dict[str, float], line: list[tuple[float, float]]) -> None:
    """Write each name beside its point, where it covers least of the other points and names.

    Args:
        diameters: of each point's mark, in points of type.
        line: corners of a line that names should not cover either; none if there is no line.
    """
    figure = axes.figure
    figure.draw_without_rendering()  # the layout is settled only when drawn, and what overlaps depends on it
    dots = figure.dpi / 72  # per point of type
    frame = axes.get_window_extent().padded(-NEAR * dots)
    corners = axes.transData.transform(line) if line else []
    strokes = [Bbox([one, other]).padded(2 * dots) for one, other in pairwise(corners)]
    around, boxes, ways = {}, {}, {}  # in dots: of each point, of its name in each place, and the way there
    for name, point in points.items():
        centre, radius = axes.transData.transform(point), diameters[name] / 2 * dots
        around[name] = Bbox([centre - radius - CLEARANCE * dots, centre + radius + CLEARANCE * dots])
        words = axes.annotate(short_name(name), point, fontsize=SMALL_SIZE)
        size = words.get_window_extent().size
        words.remove()
        boxes[name] = [_words_beside(centre, where, radius + away * dots, size) for where, away in PLACES]
        ways[name] = [_way(centre, where, radius, away * dots) for where, away in PLACES]

    chosen: dict[str, int] = {}
    for _ in range(4):  # names placed early did not know of those placed later, so go through all again
        for name in points:
            others = [box for other, box in around.items() if other != name]
            others += [boxes[other][k].padded(CLEARANCE / 2 * dots) for other, k in chosen.items() if other != name]
            costs = [
                sum(_common_area(box, other) for other in [*others, *strokes])
                + sum(_common_area(part, other) for other in others for part in way)
                + 3 * (box.width * box.height - _common_area(box, frame))
                + (away - NEAR) * dots**2  # a name beside its point needs no line
                for box, way, (_, away) in zip(boxes[name], ways[name], PLACES, strict=True)
            ]
            chosen[name] = costs.index(min(costs))
    for name, k in chosen.items():
        (right, up), away = PLACES[k]
        distance = diameters[name] / 2 + away
        place = {"xytext": (right * distance, up * distance), "textcoords": "offset points"}
        if away > NEAR:
            leader = {"arrowstyle": "-", "color": GREY, "linewidth": 0.8, "shrinkA": 1, "shrinkB": diameters[name] / 2}
            axes.annotate("", points[name], **place, arrowprops=leader)
        axes.annotate(
            short_name(name),
            points[name],
            **place,
            ha="left" if right > 0 else "right" if right < 0 else "center",
            va="bottom" if up > 0 else "top" if up < 0 else "center",
            fontsize=SMALL_SIZE,
        )


def _words_beside(centre: np.ndarray, direction: tuple[float, float], away: float, size: np.ndarray) -> Bbox:
    """The box of words that begin ``away`` from a centre and run on in that direction; all in dots."""
    start = centre + away * np.array(direction)
    left, bottom = start + (np.sign(direction) - 1) / 2 * size  # where the direction is 0: half on each side
    return Bbox.from_bounds(left, bottom, *size)


def _way(centre: np.ndarray, direction: tuple[float, float], radius: float, away: float) -> list[Bbox]:
    """Small boxes along the line from a disc's edge to its name; all in dots."""
    step = np.array(direction)
    return [Bbox([p - 3, p + 3]) for p in (centre + step * (radius + share * away) for share in (0.25, 0.5, 0.75, 1))]


def _common_area(a: Bbox, b: Bbox) -> float:
    common = Bbox.intersection(a, b)
    return common.width * common.height if common else 0.0
