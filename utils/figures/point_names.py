"""Names beside points: each where it covers least, with a line to its point where it had to move away."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes

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
    frame = _larger(axes.get_window_extent().extents, -NEAR * dots)
    corners = axes.transData.transform(line) if line else []
    strokes = [[*np.minimum(one, other), *np.maximum(one, other)] for one, other in pairwise(corners)]
    strokes = _larger(np.array(strokes).reshape(-1, 4), 2 * dots)
    around, boxes, ways = {}, {}, {}  # in dots: of each point, of its name in each place, and the way there
    for name, point in points.items():
        centre, radius = axes.transData.transform(point), diameters[name] / 2 * dots
        around[name] = _larger(np.array([*centre, *centre]), radius + CLEARANCE * dots)
        words = axes.annotate(short_name(name), point, fontsize=SMALL_SIZE)
        size = words.get_window_extent().size
        words.remove()
        boxes[name] = np.array([_words_beside(centre, where, radius + away * dots, size) for where, away in PLACES])
        ways[name] = np.array([_way(centre, where, radius, away * dots) for where, away in PLACES])

    moved = [(away - NEAR) * dots**2 for _, away in PLACES]  # a name beside its point needs no line
    chosen: dict[str, int] = {}
    for _ in range(4):  # names placed early did not know of those placed later, so go through all again
        for name in points:
            others = [box for other, box in around.items() if other != name]
            others += [_larger(boxes[other][k], CLEARANCE / 2 * dots) for other, k in chosen.items() if other != name]
            others = np.array(others).reshape(-1, 4)
            covered = _common_area(boxes[name][:, None], np.concatenate([others, strokes])).sum(1)
            crossed = _common_area(ways[name][:, :, None], others).sum((1, 2))
            outside = _common_area(boxes[name], boxes[name]) - _common_area(boxes[name], frame)
            chosen[name] = int(np.argmin(covered + crossed + 3 * outside + moved))
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


def _words_beside(centre: np.ndarray, direction: tuple[float, float], away: float, size: np.ndarray) -> np.ndarray:
    """The box of words that begin ``away`` from a centre and run on in that direction; all in dots."""
    start = centre + away * np.array(direction)
    corner = start + (np.sign(direction) - 1) / 2 * size  # where the direction is 0: half on each side
    return np.concatenate([corner, corner + size])


def _way(centre: np.ndarray, direction: tuple[float, float], radius: float, away: float) -> list[np.ndarray]:
    """Small boxes along the line from a disc's edge to its name; all in dots."""
    step = np.array(direction)
    middles = (centre + step * (radius + share * away) for share in (0.25, 0.5, 0.75, 1))
    return [_larger(np.concatenate([middle, middle]), 3) for middle in middles]


# A box is [left, bottom, right, top], and an array of boxes has them in its last dimension: a crowd of names asks for
# the common areas of some hundred thousand.
def _larger(boxes: np.ndarray, by: float) -> np.ndarray:
    return boxes + np.array([-by, -by, by, by])


def _common_area(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What each box of ``a`` shares with that of ``b``, broadcast."""
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return sides.clip(0).prod(-1)
