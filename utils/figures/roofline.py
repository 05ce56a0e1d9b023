"""What a machine can reach, over the operations for each byte, and what was measured below that roof."""

from matplotlib.ticker import LogLocator

from utils.figures.picture import Picture
from utils.figures.point_names import name_points
from utils.figures.style import (
    BLACK,
    COLORS,
    GREY,
    MARKERS,
    SMALL_SIZE,
    course_style,
    drawing,
    legend,
    new_figure,
    of_data,
)
from utils.words import number

MARK = 7  # points: the diameter of a mark


@course_style
def roofline(
    groups: dict[str, dict[str, tuple[float, float]]],
    *,
    peak: float,
    bandwidth: float,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """A roof that rises with the memory and ends flat at the arithmetic, and named points, one mark for each group.

    Args:
        groups: in each the points by name: operations for each byte, and operations a second. No name stands twice.
        peak: operations a second.
        bandwidth: bytes a second.

    Raises:
        ValueError: no point, a point or a limit at or below zero, a name that stands twice, or more than seven groups.
    """
    points = {name: point for group in groups.values() for name, point in group.items()}
    if not points or len(points) < sum(map(len, groups.values())):
        raise ValueError("groups must hold at least one point, and each name once.")
    if len(groups) > len(COLORS):
        raise ValueError(f"{len(groups)} groups, and {len(COLORS)} can be told apart in one picture.")
    if min(peak, bandwidth, *(value for point in points.values() for value in point)) <= 0:
        raise ValueError(
            "Both axes are logarithmic and have no place for zero or less: limits and points are above it."
        )
    figure = new_figure(title, 3.8, source=source)
    axes = figure.add_subplot()
    axes.set(xscale="log", yscale="log", xlabel="operations for each byte", ylabel="operations a second (10⁹)")
    ridge = peak / bandwidth
    ends = (
        min(ridge / 4, *(x for x, _ in points.values())) / 1.6,
        1.6 * max(4 * ridge, *(x for x, _ in points.values())),
    )
    roof = [(x, min(peak, bandwidth * x) / 1e9) for x in (ends[0], ridge, ends[1])]
    axes.plot(*zip(*roof, strict=True), color=BLACK)
    axes.axvline(ridge, color=GREY, linestyle=":", linewidth=1)
    words = f"bound by memory ◂ {number(ridge)} ▸ by arithmetic"
    axes.set_title(words, color=GREY, fontsize=SMALL_SIZE)
    drawn = []
    for (group, its), color, marker in zip(groups.items(), COLORS, MARKERS, strict=False):
        xs, ys = zip(*its.values(), strict=True)
        heights = [y / 1e9 for y in ys]
        drawn.append((group, axes.plot(xs, heights, linestyle="", marker=marker, markersize=MARK, color=color)[0]))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: number(value))
    axes.set_xlim(ends)
    axes.minorticks_off()
    axes.grid()
    legend(figure, drawn, loc="outside right upper")
    with drawing():
        places = {name: (x, y / 1e9) for name, (x, y) in points.items()}
        name_points(axes, places, dict.fromkeys(places, MARK), roof)
    alt = (
        f"Roofline, both axes logarithmic: it rises with {number(bandwidth / 1e9)} · 10⁹ bytes a second and is flat at "
        f"{number(peak / 1e9)} · 10⁹ operations a second from {number(ridge)} operations for each byte on."
    )
    for group, its in groups.items():
        said = (f"{name} {number(y / 1e9)} at {number(x)}" for name, (x, y) in its.items())
        alt += f" {group}, in 10⁹ operations a second at operations for each byte: {'; '.join(said)}."
    return Picture(figure, f"{alt} {of_data(source)}", caption)
