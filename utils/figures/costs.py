"""How costs grow with a setting: one line a network, one panel a kind of cost."""

from matplotlib.ticker import LogLocator

from utils.figures.picture import Picture
from utils.figures.style import COLORS, MARKERS, course_style, legend, new_figure, of_data
from utils.words import counted, filled, number, trend

Costs = list[float | None]  # None where there is no such cost


@course_style
def costs(
    x: list[float],
    panels: dict[str, dict[str, Costs]],
    *,
    x_label: str,
    same_axis: bool = False,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """Panels side by side, such as work predicted and time measured: one line per name.

    Along both axes equal steps are equal ratios, so that a power is a straight line.

    Args:
        x: the setting that costs depend on, K numbers.
        panels: for each quantity (it labels the y axis, so with its unit) K costs of each name; the same names in
            all of them where they mean the same.
        same_axis: whether all quantities have one unit, and so one y axis.

    Raises:
        ValueError: not one to seven names in all, or costs that are not as many as ``x``.
    """
    names = list(dict.fromkeys(name for series in panels.values() for name in series))
    if not 1 <= len(names) <= len(COLORS):
        raise ValueError(f"{len(names)} names, and between 1 and {len(COLORS)} lines can be told apart in one picture.")
    for quantity, series in panels.items():
        for name, values in series.items():
            if len(values) != len(x):
                raise ValueError(
                    f"{quantity} of {name!r} has {len(values)} values for {len(x)} places along x: give one for each, "
                    f"None where there is none."
                )
    figure = new_figure(title, 3.4, source=source)
    places = [number(place) for place in x]
    lines, sentences, letters = {}, [], 44 // len(panels)
    for axes, (quantity, series) in zip(
        figure.subplots(1, len(panels), squeeze=False, sharey=same_axis)[0], panels.items(), strict=True
    ):
        for name, values in series.items():
            known = [(place, value) for place, value in zip(x, values, strict=True) if value is not None]
            k = names.index(name)
            (lines[name],) = axes.plot(*zip(*known, strict=True), color=COLORS[k], marker=MARKERS[k])
            sentences.append(f"{quantity}, {name} {trend([v for _, v in known], [number(p) for p, _ in known])}.")
        axes.set(xlabel=filled(x_label, letters), title=filled(quantity, letters), xscale="log", yscale="log")
        axes.set_xticks(x, places)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
        axes.minorticks_off()
        axes.grid(axis="y")
        sentences.append(f"Lowest: {_lowest(places, series)}.")
    legend(figure, [(name, lines[name]) for name in names], loc="outside right upper")
    alt = f"{counted(len(panels), 'line chart')} against {x_label}. {' '.join(sentences)} {of_data(source)}"
    return Picture(figure, alt, caption)


def _lowest(places: list[str], series: dict[str, Costs]) -> str:
    """Which name costs least at each place: "direct at 1, 3; Fourier at 5, 7"."""
    best: dict[str, list[str]] = {}
    for k, place in enumerate(places):
        known = {name: values[k] for name, values in series.items() if values[k] is not None}
        best.setdefault(min(known, key=known.get), []).append(place)
    return "; ".join(f"{name} at {', '.join(at)}" for name, at in best.items())
