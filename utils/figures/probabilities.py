"""Single images with what a network says of each."""

import math

from torch import Tensor

from utils.figures.images import show_image
from utils.figures.picture import Picture
from utils.figures.style import BLUE, SKY, SMALL_SIZE, course_style, new_figure, of_data
from utils.words import percent, short_name


@course_style
def probabilities(
    image: Tensor,
    probabilities: Tensor,
    class_names: list[str],
    *,
    source: str,
    title: str,
    caption: str,
    true_class: int | None = None,
) -> Picture:
    """An image beside the probability of each class: the answer in blue, the true class named so.

    Args:
        image: (C, H, W), uint8 or floats in 0..1, C = 1 or 3.
        probabilities: (K,), one per class name, at least 0, adding up to 1.
        true_class: the index of the right answer, where it is known.

    Raises:
        ValueError: another shape, numbers that are not probabilities, or a true class without a name.
    """
    if probabilities.shape != (len(class_names),):
        raise ValueError(
            f"probabilities must have shape ({len(class_names)},), one for each class name, "
            f"and these have {tuple(probabilities.shape)}."
        )
    if true_class is not None and not 0 <= true_class < len(class_names):
        raise ValueError(f"true_class={true_class} has no name: it must lie in 0..{len(class_names) - 1}.")
    values = probabilities.detach().double().cpu()
    if values.min() < 0 or not math.isclose(values.sum().item(), 1, abs_tol=1e-3):
        raise ValueError(
            f"probabilities must be at least 0 and add up to 1. These go down to {values.min():.3g} and add up "
            f"to {values.sum():.3g}: are they logits? Then pass logits.softmax(0)."
        )
    answer = values.argmax().item()
    figure = new_figure(title, max(2.2, 0.27 * len(class_names) + 0.5), source=source)
    picture_axes, axes = figure.subplots(1, 2, width_ratios=(1, 2.2))
    show_image(picture_axes, image)
    for row, value in enumerate(values.tolist()):
        true = row == true_class
        axes.barh(row, value, height=0.7, color=BLUE if row == answer else SKY)
        axes.annotate(
            percent(value) + ("  ← true class" if true else ""),
            (value, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL_SIZE,
            fontweight="bold" if true else "normal",
        )
    axes.set_yticks(range(len(class_names)), [short_name(name, 24) for name in class_names])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="probability")
    axes.grid(axis="x")
    alt = f"An image and its class probabilities: {class_names[answer]} {percent(values[answer].item())}"
    others = [k for k in values.argsort(descending=True, stable=True).tolist() if k != answer][:2]
    alt += "".join(f", {class_names[k]} {percent(values[k].item())}" for k in others)
    if true_class is not None:
        verdict = "right" if true_class == answer else f"wrong: the true class is {class_names[true_class]}"
        alt += f". The answer is {verdict}"
    return Picture(figure, f"{alt}. {of_data(source)}", caption)
