"""Networks or settings side by side where differences are small: a dot for each seed, and an axis that need not begin
at zero.
"""

import statistics
from collections.abc import Mapping

from matplotlib.lines import Line2D

from utils.figures.curves import check_names, mean_and_spread
from utils.figures.picture import Picture
from utils.figures.style import COLORS, GREY, MARKERS, PALE, SMALL_SIZE, course_style, legend, new_figure, of_data
from utils.words import counted, filled, short_name

STEP = 0.3  # between the conditions of a row, whose distance from the next row is 1


@course_style
def comparison_dots(
    values: Mapping[str, list[float] | dict[str, list[float]]],
    *,
    axis_label: str,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """A row for each name, in it a dot for each seed, a stroke at the mean, the mean and its spread in numbers.

    A bar's length says how large a number is, and needs a zero. A dot's place says how far it is from other dots.

    Args:
        values: the measured numbers of each name, one per seed, in the unit of the axis; or, where a name was measured
            under several conditions, those of each condition by its name, such as "as they are" and "shuffled".
        axis_label: what is measured and its unit, such as "test accuracy (%)".

    Raises:
        ValueError: no name, a name or a condition without a value, or more than seven conditions.
    """
    rows = {name: row if isinstance(row, dict) else {"": row} for name, row in values.items()}
    if not rows or not all(row and all(row.values()) for row in rows.values()):
        raise ValueError(f"Every row needs a name and at least one value, and these are {values!r}.")
    conditions = {condition: MARKERS[0] for row in rows.values() for condition in row}
    check_names(conditions)
    looks = {name: look for name, *look in zip(conditions, COLORS, MARKERS, strict=False)}
    figure = new_figure(title, 0.9 + sum(0.2 + 0.27 * len(row) for row in rows.values()), source=source)
    axes = figure.add_subplot()
    sentences = []
    for place, (name, row) in enumerate(rows.items()):
        words = []
        for n, (condition, seeds) in enumerate(row.items()):
            color, marker = looks[condition]
            height = place + STEP * (n - (len(row) - 1) / 2)
            mean = statistics.fmean(seeds)
            if len(seeds) > 1:
                axes.plot([mean, mean], [height - 0.11, height + 0.11], color=color, linewidth=2)
            axes.plot(seeds, [height] * len(seeds), marker, color=color, markersize=6, alpha=0.6, markeredgewidth=0)
            said = mean_and_spread(seeds)
            axes.annotate(said, (max(seeds), height), xytext=(8, 0), textcoords="offset points", va="center")
            words.append(f"{condition} {said}".strip())
        if place:
            axes.axhline(place - 0.5, color=PALE, linewidth=0.6)
        sentences.append(f"{name}: {', '.join(words)}")
    axes.set_yticks(range(len(rows)), map(short_name, rows))
    axes.tick_params(axis="y", length=0, labelsize="medium")
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(filled(axis_label, 56))
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + 0.25 * (high - low))  # room for the numbers
    axes.grid(axis="x")
    most = max(len(seeds) for row in rows.values() for seeds in row.values())
    note = f"{counted(most, 'seed')}, and mean ± standard deviation" if most > 1 else ""
    axes.set_title(note, color=GREY, fontsize=SMALL_SIZE)
    if any(conditions):
        marks = [
            (name, Line2D([], [], color=color, marker=marker, linestyle="")) for name, (color, marker) in looks.items()
        ]
        legend(figure, marks, loc="outside right center")
    alt = f"Dot plot of {axis_label}{', ' if note else ''}{note}. {'; '.join(sentences)}. {of_data(source)}"
    return Picture(figure, alt, caption)
