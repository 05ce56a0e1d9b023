"""Which classes a network takes for which."""

from torch import Tensor

from utils.figures.picture import Picture
from utils.figures.style import GREY, SMALL_SIZE, course_style, new_figure, of_data
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
    return Picture(figure, f"{alt}{of_data(source)}", caption)


def _ink(background: tuple[float, ...]) -> str:
    """Black or white, whichever has more contrast with (red, green, blue, …) in 0..1 (WCAG 2.1: at least 4.5)."""
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in background[:3]]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"
