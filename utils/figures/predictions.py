"""What a classifier answers: for one image, and over a whole data set."""

import math

from torch import Tensor

from utils.figures.images import show_image
from utils.figures.picture import Picture
from utils.figures.style import BLUE, GREY, SKY, SMALL_SIZE, course_style, new_figure
from utils.insight import confusion_counts
from utils.words import number, percent, short_name

NAMED = 3  # confusions that the alternative text names


@course_style
def confusion_matrix(
    labels: Tensor,
    predictions: Tensor,
    class_names: list[str],
    *,
    source: str,
    title: str,
    caption: str,
) -> Picture:
    """How many images of each class (row) were given each answer (column); shaded by share of the row.

    Args:
        labels, predictions: (N,) integers, each the index of a name in ``class_names``.

    Raises:
        ValueError: the two do not have the same length, or hold an index without a name.
    """
    classes = len(class_names)
    counts = confusion_counts(labels, predictions, classes)
    shares = counts / counts.sum(1, keepdim=True).clamp(min=1)

    slanted = 0.05 * max(
        0, min(24, max(map(len, class_names), default=0)) - 12
    )  # inches, beyond names of a usual length
    figure = new_figure(title, 0.5 * classes + 1.2 + slanted, source=source)
    axes = figure.add_subplot(anchor="W")
    cells = axes.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=1)
    for true in range(classes):
        for answer in range(classes):
            count, share = counts[true, answer].item(), shares[true, answer].item()
            color = GREY if count == 0 else _ink(cells.cmap(share))
            axes.text(answer, true, number(count), ha="center", va="center", fontsize=SMALL_SIZE, color=color)
    names = [short_name(name, 24) for name in class_names]
    axes.set_xticks(range(classes), names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(classes), names)
    axes.set(xlabel="answer", ylabel="true class")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title("images, shaded by their share of the row", fontsize=SMALL_SIZE, color=GREY)

    right = counts.diag().sum().item()
    wrong = counts.fill_diagonal_(0).flatten()
    largest = wrong.argsort(descending=True, stable=True)[:NAMED].tolist()
    confusions = [
        f"{class_names[cell // classes]} taken for {class_names[cell % classes]} {number(wrong[cell].item())} "
        f"times ({percent(shares.flatten()[cell].item())} of its row)"
        for cell in largest
        if wrong[cell] > 0
    ]
    alt = f"Confusion matrix of {number(len(labels))} images in {classes} classes. "
    alt += f"{percent(right / max(1, len(labels)))} lie on the diagonal. "
    alt += f"Most frequent confusions: {'; '.join(confusions)}. " if confusions else ""
    return Picture(figure, f"{alt}Data: {source}", caption)


def _ink(background: tuple[float, ...]) -> str:
    """Black or white, whichever has more contrast with (red, green, blue, …) in 0..1 (WCAG 2.1: at least 4.5)."""
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in background[:3]]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


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
    return Picture(figure, f"{alt}. Data: {source}", caption)
