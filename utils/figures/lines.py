"""One quantity by another, as lines; of several runs the mean, and a thin bar for their spread."""

from matplotlib.artist import Artist
from matplotlib.transforms import ScaledTranslation

from utils.figures.curves import Runs, check_names, deviations, in_words, mean_of, spread_note
from utils.figures.picture import Picture
from utils.figures.style import COLORS, GREY, MARKERS, course_style, legend, new_figure, of_data
from utils.words import filled, number, trend

APART = 2.5  # points between the bars of two names at one place


@course_style
def lines(
    x: list[float],
    series: dict[str, list[float] | Runs],
    *,
    x_label: str,
    y_label: str,
    source: str,
    title: str,
    caption: str,
    log_x: bool = False,
    log_y: bool = False,
    references: dict[str, float] | None = None,
) -> Picture:
    """One line per name over ``x``.

    Args:
        x: where the values were measured, K numbers.
        series: K numbers per name, or a list of such lists, one per seed. Of several seeds the mean is drawn, and
            a thin bar of one standard deviation up and down; bars at one place stand beside each other.
        x_label, y_label: what is measured and its unit, such as "accuracy (%)".
        log_x, log_y: equal steps along this axis are equal ratios.
        references: values to compare with, each drawn as a dashed line across under its name.

    Raises:
        ValueError: no name, more than seven, or no value, or values that are not as many as ``x``.
    """
    groups = {name: values if values and isinstance(values[0], list) else [values] for name, values in series.items()}
    check_names(groups)
    figure = new_figure(title, 3.0, source=source)
    axes = figure.add_subplot()
    axes.set(xscale="log" if log_x else "linear", yscale="log" if log_y else "linear")
    sentences = []
    for n, ((name, runs), color, marker) in enumerate(zip(groups.items(), COLORS, MARKERS, strict=False)):
        mean = mean_of(name, x, runs)
        parts: list[Artist] = [*axes.plot(x, mean, color=color, marker=marker)]
        if len(runs) > 1:
            parts.append(axes.vlines(x, *deviations(mean, runs), color=color, linewidth=1.2))
            points = APART * (n - (len(groups) - 1) / 2)
            for part in parts:  # moved only now, on the page: the axes have seen where it belongs
                part.set_transform(axes.transData + ScaledTranslation(points / 72, 0, figure.dpi_scale_trans))
        sentences.append(f"{name} {trend(mean, [number(place) for place in x])}.")
    references = references or {}
    for name, value in references.items():
        axes.axhline(value, color=GREY, linestyle="--", linewidth=1)
        sentences.append(f"Dashed line: {name}, {number(value)}.")
    axes.set(xlabel=filled(x_label, 44), ylabel=filled(y_label, 30))
    if log_y:
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_xticks(x, [number(place) for place in x])
    axes.minorticks_off()
    axes.grid(axis="y")
    spread = spread_note(groups)
    drawn = zip([*groups, *references], axes.get_lines(), strict=True)
    legend(figure, drawn, loc="outside right center", title=spread, alignment="left")
    alt = f"Line chart of {y_label} against {x_label}{in_words(spread)}. {' '.join(sentences)} {of_data(source)}"
    return Picture(figure, alt, caption)
