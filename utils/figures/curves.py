"""What curves share: several runs in one colour, and how their spread is told."""

import statistics
from collections.abc import Sequence

from matplotlib.axes import Axes

from utils.figures.style import COLORS
from utils.words import decimals, number

Runs = list[list[float]]  # one list of values per seed


def check_names(groups: dict[str, list]) -> None:
    if not 1 <= len(groups) <= len(COLORS):
        raise ValueError(
            f"{len(groups)} lines were asked for. Draw between 1 and {len(COLORS)}: more cannot be told apart."
        )


def mean_of(name: str, x: Sequence[float], runs: Runs) -> list[float]:
    """The mean of the runs at each place of ``x``."""
    if wrong := [len(run) for run in runs if len(run) != len(x)]:
        raise ValueError(f"{name!r} has {wrong[0]} values for {len(x)} places along x: give one for each.")
    if not len(x):
        raise ValueError(f"{name!r} has no values: give at least one place along x, and a value for it.")
    return [statistics.fmean(values) for values in zip(*runs, strict=True)]


def deviations(mean: list[float], runs: Runs) -> tuple[list[float], list[float]]:
    """One standard deviation of the runs below and above their mean, at each place."""
    spread = [statistics.stdev(values) for values in zip(*runs, strict=True)]
    return [m - s for m, s in zip(mean, spread, strict=True)], [m + s for m, s in zip(mean, spread, strict=True)]


def draw_runs(axes: Axes, name: str, x: Sequence[float], runs: Runs, color: str, **look) -> list[float]:
    """Draw the mean of runs, with a band of one standard deviation if there are several. Returns the mean."""
    mean = mean_of(name, x, runs)
    axes.plot(x, mean, color=color, **look)
    if len(runs) > 1:
        axes.fill_between(x, *deviations(mean, runs), color=color, alpha=0.2, linewidth=0)
    return mean


def spread_note(groups: dict[str, list]) -> str:
    """What the band means, or nothing where there is none."""
    seeds = {len(runs) for runs in groups.values()}
    if seeds == {1}:
        return ""
    mean_of = f"mean of {seeds.pop()} seeds" if len(seeds) == 1 else "mean over seeds"
    return f"{mean_of}\n± standard deviation"


def in_words(note: str) -> str:
    return f", {' '.join(note.split())}" if note else ""


def mean_and_spread(seeds: list[float]) -> str:
    """ "91.2 ± 0.3", or one number where there is one seed."""
    mean = statistics.fmean(seeds)
    places = decimals(mean)
    if len(seeds) == 1:
        return number(mean, places)
    return f"{number(mean, places)} ± {number(statistics.stdev(seeds), places)}"
