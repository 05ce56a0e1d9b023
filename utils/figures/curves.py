"""Curves: how training goes by epoch, and how one quantity depends on another."""

import statistics
from collections.abc import Sequence
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from utils.figures.picture import Picture
from utils.figures.style import COLORS, GREY, MARKERS, course_style, legend, new_figure
from utils.words import filled, number, percent, trend

Runs = list[list[float]]  # one list of values per seed
PARTS = {"train": "training", "validation": "validation"}  # prefixes in a History, and words


class History(Protocol):
    """What `training_curves` reads of a training run (see `utils.training`): one number per epoch."""

    train_loss: list[float]
    train_accuracy: list[float]
    validation_loss: list[float]
    validation_accuracy: list[float]
    source: str


@course_style
def training_curves(histories: dict[str, History | list[History]], *, title: str, caption: str) -> Picture:
    """Loss and accuracy by epoch: training dashed, validation solid, one colour per name.

    Args:
        histories: one training run per name, or a list of runs that differ in their seed. Of several runs the
            mean is drawn, with a band of one standard deviation. Accuracies are shares of one. Validation may
            be empty. The footer names the ``source`` of the runs.

    Raises:
        ValueError: no name, more than seven, or runs of one name that are not equally long.
    """
    groups = {name: runs if isinstance(runs, list) else [runs] for name, runs in histories.items()}
    _check_names(groups)
    longest = max(len(run.train_loss) for runs in groups.values() for run in runs)
    source = "; ".join(dict.fromkeys(run.source for runs in groups.values() for run in runs))
    figure = new_figure(title, 3.0, source=source)
    sentences = []
    panels = zip(figure.subplots(1, 2), ("loss", "accuracy"), (number, percent), strict=True)
    for axes, quantity, show in panels:
        for (name, runs), color, marker in zip(groups.items(), COLORS, MARKERS, strict=False):
            # Dashes and hollow markers: a second cue beside the colour.
            for part, dashes, inside in (("train", "--", "white"), ("validation", "-", color)):
                curves = [getattr(run, f"{part}_{quantity}") for run in runs]
                if any(curves):
                    epochs = range(1, len(curves[0]) + 1)
                    look = {"marker": marker, "markerfacecolor": inside, "linestyle": dashes}
                    look["markevery"] = max(1, longest // 10)  # more would run into each other
                    mean = _draw_runs(axes, name, epochs, curves, color, **look)
                    course = trend(mean, [f"epoch {epoch}" for epoch in epochs], show)
                    sentences.append(f"{name}, {PARTS[part]} {quantity} {course}.")
        axes.set(xlabel="epoch", ylabel=quantity if quantity == "loss" else "accuracy (%)")
        axes.set_xlim(0.6, longest + 0.4)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(axis="y")
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}")
    styles = [
        (name, Line2D([], [], color=color, marker=marker))
        for name, color, marker in zip(groups, COLORS, MARKERS, strict=False)
    ]
    styles += [
        ("training", Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linestyle="--")),
        ("validation", Line2D([], [], color=GREY, marker="o")),
    ]
    spread = _spread_note(groups)
    legend(figure, styles, loc="outside right center", title=spread, alignment="left")
    alt = f"Line charts of loss and accuracy by epoch{_in_words(spread)}. {' '.join(sentences)} Data: {source}"
    return Picture(figure, alt, caption)


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
) -> Picture:
    """One line per name over ``x``.

    Args:
        x: where the values were measured, K numbers.
        series: K numbers per name, or a list of such lists, one per seed. Of several seeds the mean is drawn,
            with a band of one standard deviation.
        x_label, y_label: what is measured and its unit, such as "accuracy (%)".
        log_x, log_y: equal steps along this axis are equal ratios.

    Raises:
        ValueError: no name, more than seven, or no value, or values that are not as many as ``x``.
    """
    groups = {name: values if values and isinstance(values[0], list) else [values] for name, values in series.items()}
    _check_names(groups)
    figure = new_figure(title, 3.0, source=source)
    axes = figure.add_subplot()
    sentences = []
    for (name, runs), color, marker in zip(groups.items(), COLORS, MARKERS, strict=False):
        mean = _draw_runs(axes, name, x, runs, color, marker=marker)
        sentences.append(f"{name} {trend(mean, [number(place) for place in x])}.")
    axes.set(xlabel=filled(x_label, 44), ylabel=filled(y_label, 30))
    if log_x:
        axes.set_xscale("log")
    if log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_xticks(x, [number(place) for place in x])
    axes.minorticks_off()
    axes.grid(axis="y")
    spread = _spread_note(groups)
    drawn = zip(groups, axes.get_lines(), strict=True)
    legend(figure, drawn, loc="outside right center", title=spread, alignment="left")
    alt = f"Line chart of {y_label} against {x_label}{_in_words(spread)}. {' '.join(sentences)} Data: {source}"
    return Picture(figure, alt, caption)


def _check_names(groups: dict[str, list]) -> None:
    if not 1 <= len(groups) <= len(COLORS):
        raise ValueError(
            f"{len(groups)} lines were asked for. Draw between 1 and {len(COLORS)}: more cannot be told apart."
        )


def _draw_runs(axes: Axes, name: str, x: Sequence[float], runs: Runs, color: str, **look) -> list[float]:
    """Draw the mean of runs, with a band of one standard deviation if there are several. Returns the mean."""
    if wrong := [len(run) for run in runs if len(run) != len(x)]:
        raise ValueError(f"{name!r} has {wrong[0]} values for {len(x)} places along x: give one for each.")
    if not len(x):
        raise ValueError(f"{name!r} has no values: give at least one place along x, and a value for it.")
    mean = [statistics.fmean(values) for values in zip(*runs, strict=True)]
    axes.plot(x, mean, color=color, **look)
    if len(runs) > 1:
        deviation = [statistics.stdev(values) for values in zip(*runs, strict=True)]
        low = [m - d for m, d in zip(mean, deviation, strict=True)]
        high = [m + d for m, d in zip(mean, deviation, strict=True)]
        axes.fill_between(x, low, high, color=color, alpha=0.2, linewidth=0)
    return mean


def _spread_note(groups: dict[str, list]) -> str:
    """What the band means, or nothing where there is none."""
    seeds = {len(runs) for runs in groups.values()}
    if seeds == {1}:
        return ""
    mean_of = f"mean of {seeds.pop()} seeds" if len(seeds) == 1 else "mean over seeds"
    return f"{mean_of}\n± standard deviation"


def _in_words(note: str) -> str:
    return f", {' '.join(note.split())}" if note else ""
