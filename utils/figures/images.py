"""What pictures of images share: the image itself, the grid, the titles."""

import math

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from torch import Tensor

from utils.figures.style import BLACK, PALE, SMALL_SIZE, WIDTH, new_figure
from utils.words import filled


def show_image(axes: Axes, image: Tensor) -> None:
    """Draw (C, H, W), uint8 or floats in 0..1, in a thin frame.

    Raises:
        ValueError: C is not 1 or 3, or a float lies outside 0..1.
    """
    if image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"An image has shape (1, H, W) or (3, H, W), and this one has {shape(image)}.")
    if image.is_floating_point() and not (image.min() >= 0 and image.max() <= 1):
        raise ValueError(
            f"The floats of an image lie in 0..1, and these run from {image.min():.3g} to {image.max():.3g}: "
            "undo the normalisation, or rescale, before showing it."
        )
    brightest = 1 if image.is_floating_point() else 255
    pixels = image.detach().cpu().permute(1, 2, 0).squeeze(2).numpy()  # (H, W) or (H, W, 3)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=brightest, interpolation="nearest")
    frame(axes)


def grid(
    title: str, source: str, count: int, titles: list[str], columns: int, shape: float, beside: float = 0
) -> list[Axes]:
    """Places for ``count`` images in rows of ``columns``, titles written.

    ``shape`` is an image's height over its width; ``beside`` is kept free beside the images, in inches.
    """
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    side = min((WIDTH - beside) / columns, 1.75)
    titles = [filled(text, round(side * 13), 4) for text in titles]
    lines = max((text.count("\n") + 1 for text in titles), default=0)
    height = rows * ((side - 0.08) * shape + 0.12 + 0.16 * lines)
    figure = new_figure(title, height, source=source, width=max(4, side * columns + beside))
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.06, wspace=0, hspace=0)
    places = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in places[count:]:
        axes.remove()
    for axes, text in zip(places, titles, strict=False):
        axes.set_title(text, fontsize=SMALL_SIZE, loc="center", pad=3)
    return places[:count]


def frame(axes: Axes) -> None:
    """A thin frame without ticks: what is white in an image is not the page."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=PALE)


def check_titles(titles: list[str] | None, count: int) -> None:
    if titles is not None and len(titles) != count:
        raise ValueError(f"There are {len(titles)} titles for {count} images: give one for each.")


def shape(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)


def outline(axes: Axes, values: Tensor, level: float, color: str) -> None:
    """A line where (H, W) numbers cross ``level``, with a dark edge, so that it shows on light and dark."""
    if values.min() < level < values.max():
        line = axes.contour(values.numpy(), levels=[level], colors=[color], linewidths=1.4)
        line.set_path_effects([withStroke(linewidth=2.8, foreground=BLACK)])
