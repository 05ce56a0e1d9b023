"""Networks or settings side by side: a bar for the mean, a ring for each seed."""

import statistics

from utils.figures.curves import mean_and_spread
from utils.figures.picture import Picture
from utils.figures.style import BLACK, BLUE, GREY, SKY, SMALL_SIZE, course_style, new_figure, of_data
from utils.words import counted, filled, number, short_name


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
        words, end = mean_and_spread(seeds), max(seeds)
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
    alt = f"Bar chart of {axis_label}{', ' if note else ''}{note}. {'; '.join(sentences)}. {of_data(source)}"
    return Picture(figure, alt, caption)
