"""A small regression: points, and the curves that were fitted to them."""

import math

from torch import Tensor

from utils.figures.picture import Picture
from utils.figures.style import BLACK, BLUE, GREY, course_style, new_figure, of_data
from utils.words import counted, filled, number


@course_style
def fitted_curves(
    points: tuple[Tensor, Tensor],
    x: Tensor,
    curves: dict[str, Tensor],
    truth: Tensor,
    *,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """One panel per fit: the points it was fitted to, its curve, and dashed the curve that the points scatter round.

    Args:
        points: x and y of the training points, (P,) each.
        x: where the curves are known, (K,), ascending.
        curves: y of each fit, (K,).
        truth: y without noise, (K,).

    Raises:
        ValueError: not one to four curves, or values that are not as many as ``x``.
    """
    if not 1 <= len(curves) <= 4:
        raise ValueError(f"{len(curves)} curves were asked for, and between 1 and 4 fit side by side.")
    for name, values in {**curves, "truth": truth}.items():
        if values.shape != x.shape:
            raise ValueError(
                f"{name!r} has shape {tuple(values.shape)}, and x has {tuple(x.shape)}: give one y for each."
            )
    low, high = points[1].min().item(), points[1].max().item()
    room = 0.3 * (high - low)  # a curve that leaves it has left all points far behind
    rows = math.ceil(len(curves) / 2)
    figure = new_figure(title, 0.5 + 1.7 * rows, source=source)
    sentences = []
    for place, (name, values) in enumerate(curves.items()):
        axes = figure.add_subplot(rows, min(2, len(curves)), place + 1)
        axes.plot(x, truth, "--", color=GREY, linewidth=1.2, label="without noise")
        axes.plot(x, values, color=BLUE, label="fitted")
        axes.plot(*points, "o", color=BLACK, markersize=3.5, label="training points")
        axes.set(
            title=filled(name, 56 // min(2, len(curves))),
            xlabel="x",
            ylabel="y",
            ylim=(low - room, high + room),
        )
        distance = (values - truth).square().mean().sqrt().item()
        sentences.append(f"{name}: {number(distance)}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right center")
    alt = (
        f"{counted(len(points[0]), 'training point')} and the curves fitted to them, one in each panel. Root mean "
        f"square distance of a curve from the one without noise: {'; '.join(sentences)}. {of_data(source)}"
    )
    return Picture(figure, alt, caption)
