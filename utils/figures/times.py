"""Repeated times, each a point, and their median."""

import math
import statistics
from itertools import pairwise

from utils.figures.picture import Picture
from utils.figures.style import BLACK, BLUE, GREY, SKY, SMALL_SIZE, course_style, new_figure, of_data
from utils.words import number, short_name

FAR = 4  # so many times as long as what most take is beyond the axis: it would squeeze the rest


@course_style
def times(
    seconds: dict[str, list[float]],
    *,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """One row per name, in milliseconds: a ring for each time, a box around the middle half, a line at the median.

    Where a few times, or whole rows, are far longer than the rest, the axis ends before them, and arrows point there.

    Args:
        seconds: of each name, in the order in which they were measured.

    Raises:
        ValueError: no name, or fewer than two times of one.
    """
    if not seconds or min(map(len, seconds.values())) < 2:
        raise ValueError(f"Give each name at least two times: these have {[len(times) for times in seconds.values()]}.")
    figure = new_figure(title, 0.9 + 0.5 * len(seconds), source=source)
    axes = figure.add_subplot()
    sentences, end = [], 1e3 * _end(list(seconds.values()))
    for row, (name, measured) in enumerate(seconds.items()):
        values = [1e3 * second for second in measured]
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        if median > end:
            place = {"xycoords": ("axes fraction", "data"), "va": "center", "ha": "right"}
            axes.annotate("beyond the axis", (1, row), (0.8, row), arrowprops={"arrowstyle": "->"}, **place)
        else:
            axes.barh(row, min(high, end) - low, left=low, height=0.6, color=SKY)
            axes.vlines(median, row - 0.38, row + 0.38, color=BLACK)
            heights = [row - 0.2 + 0.4 * i / (len(values) - 1) for i in range(len(values))]
            ring = {"linestyle": "", "color": BLUE, "markersize": 4, "markerfacecolor": "white", "zorder": 3}
            axes.plot(values, heights, marker="o", **ring)
            far = [height for value, height in zip(values, heights, strict=True) if value > end]
            if far:
                axes.plot([end] * len(far), far, marker=">", clip_on=False, **ring | {"markerfacecolor": BLUE})
        words = number(median)
        column = {"xycoords": ("axes fraction", "data"), "xytext": (8, 0), "textcoords": "offset points"}
        axes.annotate(words, (1, row), va="center", **column)
        sentences.append(
            f"{name}: median {words}, middle half {number(low)} to {number(high)}, "
            f"all {number(min(values))} to {number(max(values))}"
            + (", some beyond the axis" if max(values) > end else "")
        )
    axes.set_yticks(range(len(seconds)), map(short_name, seconds))
    axes.tick_params(axis="y", length=0, labelsize="medium")
    axes.set_ylim(len(seconds) - 0.5, -0.5)  # downwards, with room for a row that has nothing but an arrow
    axes.set_xlim(left=0, right=end if math.isfinite(end) else None)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_xlabel("time (milliseconds)")
    axes.grid(axis="x")
    note = "ring: one time; box: the middle half\nline, and number on the right: the median"
    if math.isfinite(end):
        note = note.replace("one time;", "one time (▸: beyond the axis);")
    axes.set_title(note, color=GREY, fontsize=SMALL_SIZE)
    alt = f"Times in milliseconds. {'; '.join(sentences)}. {of_data(source)}"
    return Picture(figure, alt, caption)


def _end(rows: list[list[float]]) -> float:
    """Where the axis ends: before what is far longer than the rows up to a wide gap; at infinity if nothing is."""
    most = sorted(statistics.quantiles(times, n=4, method="inclusive")[2] for times in rows)
    usual = next((one for one, other in pairwise(most[len(most) // 2 :]) if other > FAR * one), most[-1])
    return 2 * usual if max(map(max, rows)) > FAR * usual else math.inf
