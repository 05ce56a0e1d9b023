"""How much each pixel matters to one output."""

import torch
from matplotlib.patches import Rectangle
from torch import Tensor

from utils.figures.images import outline, show_image
from utils.figures.picture import Picture
from utils.figures.style import ORANGE, SKY, SMALL_SIZE, WIDTH, course_style, new_figure, of_data
from utils.insight import effective_size
from utils.insight.fields import REACHED
from utils.words import number, short_name


@course_style
def effective_fields(fields: dict[str, Tensor], inside: Tensor, *, source: str, title: str, caption: str) -> Picture:
    """How much each pixel moves a unit, and in which part of the image it could: one panel for each name.

    Brightness is the share of the panel's largest number. The dashed rectangle is the theoretical field. The solid line
    surrounds what reaches 4.55 % of the largest, of which Luo et al. 2016 take the size.

    Args:
        fields: (H, W) for each name, at least 0; see `utils.insight.effective_field`.
        inside: (H, W) booleans, where the unit can see; see `utils.insight.Field.mask`.

    Raises:
        ValueError: no panels or more than four, or tensors of another shape.
    """
    if not 1 <= len(fields) <= 4:
        raise ValueError(f"fields has {len(fields)} panels, and between 1 and 4 can be drawn.")
    for name, field in fields.items():
        if field.shape != inside.shape or field.ndim != 2:
            raise ValueError(
                f"{name!r} has shape {tuple(field.shape)} and inside {tuple(inside.shape)}: both must be (H, W)."
            )
    rows, columns = torch.nonzero(inside).unbind(1)
    top, left = rows.min().item(), columns.min().item()
    height, width = rows.max().item() - top + 1, columns.max().item() - left + 1
    side = min(WIDTH / len(fields), 2.4)
    page = max(4.0, side * len(fields))
    figure = new_figure(title, side * inside.shape[0] / inside.shape[1] + 0.5, source=source, width=page)
    sentences = []
    for axes, (name, field) in zip(figure.subplots(1, len(fields), squeeze=False)[0], fields.items(), strict=True):
        size = number(effective_size(field), 1)
        show_image(axes, (field / field.max())[None])
        outline(axes, field / field.max(), REACHED, SKY)
        look = {"fill": False, "edgecolor": ORANGE, "linestyle": "--", "linewidth": 1.8}
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, **look))
        axes.set_title(f"{short_name(name, 24)}\neffective size {size}", fontsize=SMALL_SIZE, loc="center")
        sentences.append(f"{name}: effective size {size} pixels.")
    alt = (
        f"How much each of {inside.shape[0]} by {inside.shape[1]} pixels moves a unit, which can see {height} by "
        f"{width} of them. {' '.join(sentences)} {of_data(source)}"
    )
    return Picture(figure, alt, caption)
