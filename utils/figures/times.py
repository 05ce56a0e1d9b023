"""Repeated times, each a point, and their median."""

import statistics

from matplotlib.ticker import LogLocator

from utils.figures.picture import Picture
from utils.figures.style import BLACK, BLUE, GREY, SKY, SMALL_SIZE, course_style, new_figure, of_data
from utils.words import number, short_name

FAR = 4  # a row whose times are all so many times as long as the longest of the others would squeeze them


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

    If a few rows are far slower than the others, the axis ends before them, and an arrow points to where they are.

    Args:
        seconds: of each name, in the order in which they were measured.
        log_x: equal steps along the axis are equal ratios, and no row is beyond it.

    Raises:
        ValueError: no name, or fewer than two times of one.
    """
    if not seconds or min(map(len, seconds.values())) < 2:
        raise ValueError(f"Give each name at least two times: these have {[len(times) for times in seconds.values()]}.")
    figure = new_figure(title, 0.9 + 0.5 * len(seconds), source=source)
    axes = figure.add_subplot()
    sentences, beyond = [], set() if log_x else _far_slower(seconds)
    for row, (name, measured) in enumerate(seconds.items()):
        values = [1e3 * second for second in measured]
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        if name in beyond:
            place = {"xycoords": ("axes fraction", "data"), "va": "center", "ha": "right"}
            axes.annotate("beyond the axis", (1, row), (0.8, row), arrowprops={"arrowstyle": "->"}, **place)
        else:
            axes.barh(row, high - low, left=low, height=0.6, color=SKY)
            axes.vlines(median, row - 0.38, row + 0.38, color=BLACK)
            heights = [row - 0.2 + 0.4 * i / (len(values) - 1) for i in range(len(values))]
            axes.plot(values, heights, "o", color=BLUE, markersize=4, markerfacecolor="white", zorder=3)
        words = number(median)
        column = {"xycoords": ("axes fraction", "data"), "xytext": (8, 0), "textcoords": "offset points"}
        axes.annotate(words, (1, row), va="center", **column)
        sentences.append(
            f"{name}: median {words}, middle half {number(low)} to {number(high)}, "
            f"all {number(min(values))} to {number(max(values))}" + (", beyond the axis" if name in beyond else "")
        )
    axes.set_yticks(range(len(seconds)), map(short_name, seconds))
    axes.tick_params(axis="y", length=0, labelsize="medium")
    axes.set_ylim(len(seconds) - 0.5, -0.5)  # downwards, with room for a row that has nothing but an arrow
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
    alt = f"Times in milliseconds. {'; '.join(sentences)}. {of_data(source)}"
    return Picture(figure, alt, caption)


def _far_slower(seconds: dict[str, list[float]]) -> set[str]:
    """The names, fewer than half of all, beyond the first wide gap between fast and slow."""
    order = sorted(seconds, key=lambda name: max(seconds[name]))
    for row in range(len(order) // 2 + 1, len(order)):
        if min(min(seconds[name]) for name in order[row:]) > FAR * max(seconds[order[row - 1]]):
            return set(order[row:])
    return set()
