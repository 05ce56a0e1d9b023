"""Where in an image a network looks."""

import math

import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from torch import Tensor
from torch.nn import functional as F

from utils.figures.images import outline, show_image
from utils.figures.picture import Picture
from utils.figures.style import BLUE, ORANGE, SMALL_SIZE, WIDTH, course_style, new_figure, of_data
from utils.words import counted, number, percent, short_name

MOST = 7  # images in one row that can still be seen


@course_style
def heat_maps(images: Tensor, maps: Tensor, titles: list[str], *, source: str, title: str, caption: str) -> Picture:
    """Each image, and below it the same in grey under its heat map, with a line around the hottest part.

    A map smaller than its image is enlarged (bilinear). Orange is above zero, blue below, transparent at zero; each
    map has its own scale, from its largest size, written below it. The line is drawn at half of the largest value.

    Args:
        images: (N, C, H, W), uint8 or floats in 0..1, up to seven.
        maps: (N, h, w), such as those of Grad-CAM or of occlusion.
        titles: N short names.

    Raises:
        ValueError: another shape or number of images, not one map and one title per image, or a number that is not
            finite.
    """
    if images.ndim != 4 or not 1 <= len(images) <= MOST:
        raise ValueError(
            f"images must have shape (N, C, H, W) with N from 1 to {MOST}, and these have {tuple(images.shape)}."
        )
    if maps.ndim != 3 or not len(maps) == len(titles) == len(images):
        raise ValueError(
            f"For {len(images)} images there must be as many titles, and maps of shape ({len(images)}, h, w): there "
            f"are {len(titles)} titles, and maps has {tuple(maps.shape)}."
        )
    if not maps.isfinite().all():
        raise ValueError("maps holds a number that is infinite or not a number: look for it before drawing.")
    height, width = images.shape[2:]
    maps = F.interpolate(
        maps.detach().float().cpu()[:, None], size=(height, width), mode="bilinear", align_corners=False
    )[:, 0]
    side = min(WIDTH / len(images), 1.75)
    page = max(4.0, side * len(images))
    lines = max(name.count("\n") + 1 for name in titles)
    figure = new_figure(title, 2 * (side - 0.08) * height / width + 0.16 * lines + 0.22, source=source, width=page)
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.05, wspace=0, hspace=0)
    above, below = figure.subplots(2, len(images), squeeze=False)
    sentences = []
    for image, heat, name, top, bottom in zip(images, maps, titles, above, below, strict=True):
        show_image(top, image)
        words = "\n".join(short_name(line, 24) for line in name.split("\n"))
        top.set_title(words, fontsize=SMALL_SIZE, loc="center", pad=3)
        low, high = heat.min().item(), heat.max().item()
        show_image(bottom, _grey(image))
        _draw_heat(bottom, heat)
        spans = _range(low, high)
        bottom.set_xlabel(spans, fontsize=SMALL_SIZE)
        row, column = divmod(heat.argmax().item(), width)
        flat = name.replace("\n", " ")
        sentences.append(
            f"{flat}: {spans}, largest at row {row}, column {column}, at least half of that on "
            f"{percent((heat >= high / 2).float().mean().item())} of the pixels."
            if high > 0
            else f"{flat}: nowhere above zero."
        )
    alt = f"{counted(len(images), 'image')} of {height} by {width} pixels, each above its heat map. "
    return Picture(figure, f"{alt}{' '.join(sentences)} {of_data(source)}", caption)


def _grey(image: Tensor) -> Tensor:
    """(C, H, W) as a paler (1, H, W), 0..1, so that colour on it is the map's."""
    pixels = image.float() / (1 if image.is_floating_point() else 255)
    return 0.25 + 0.65 * pixels.mean(dim=0, keepdim=True)


def _range(low: float, high: float) -> str:
    """Short enough to stand under a small image: two digits of the larger one, the other one to as many decimals."""
    largest = max(abs(low), abs(high))
    decimals = 1 - math.floor(math.log10(largest)) if largest else 0
    low, high = round(low, decimals), round(high, decimals)
    return f"up to {number(high)}" if low >= 0 else f"{number(low)} to {number(high)}"


def _draw_heat(axes: Axes, heat: Tensor) -> None:
    """Orange where (H, W) is above zero, blue where below, the more the larger; a line at half of the largest."""
    largest = heat.abs().max().clamp(min=1e-12)
    colors = torch.where((heat > 0)[..., None], torch.tensor(to_rgb(ORANGE)), torch.tensor(to_rgb(BLUE)))
    opacity = 0.85 * heat.abs() / largest
    axes.imshow(torch.cat([colors, opacity[..., None]], dim=2).numpy(), interpolation="nearest")
    if heat.max() > 0:
        outline(axes, heat, heat.max().item() / 2, "white")
