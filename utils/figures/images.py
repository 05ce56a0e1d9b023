"""Images and feature maps, in a grid, each pixel a sharp square."""

import math
from collections import Counter

from matplotlib.axes import Axes
from torch import Tensor

from utils.figures.picture import Picture
from utils.figures.style import PALE, SMALL_SIZE, WIDTH, course_style, new_figure
from utils.words import counted, filled, listing, number, short_name


@course_style
def image_grid(
    images: Tensor,
    titles: list[str] | None = None,
    *,
    source: str,
    title: str,
    caption: str,
    columns: int = 8,
    rows: list[str] | None = None,
) -> Picture:
    """Images in rows of ``columns``, each under its title.

    Args:
        images: (N, C, H, W), uint8 or floats from 0 (dark) to 1 (bright), C = 1 (grey) or 3 (red, green, blue).
        titles: N short names, such as the classes.
        rows: a short name for each row, written at its left.

    Raises:
        ValueError: another shape, floats outside 0..1, or not one title per image or one name per row.
    """
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images must have shape (N, C, H, W) with N > 0, and these have {_shape(images)}.")
    _check_titles(titles, len(images))
    starts = range(0, len(images), columns)
    if rows is not None and len(rows) != len(starts):
        raise ValueError(f"There are {len(rows)} names for {len(starts)} rows of {columns}: give one for each.")
    height, width = images.shape[2:]
    places = _grid(title, source, len(images), titles or [], columns, height / width, beside=0.3 if rows else 0)
    for image, axes in zip(images, places, strict=True):
        show_image(axes, image)
    for name, start in zip(rows or [], starts, strict=False):
        places[start].set_ylabel(short_name(name, 24), fontsize=SMALL_SIZE)
    kind = "grey" if images.shape[1] == 1 else "colour"
    alt = f"{counted(len(images), f'{kind} image')} of {height} by {width} pixels"
    if rows:
        held = [f" ({_counted_names(titles[k : k + columns])})" if titles else "" for k in starts]
        alt += f", in rows: {'; '.join(name + images for name, images in zip(rows, held, strict=True))}"
    elif titles:
        alt += f": {_counted_names(titles)}"
    return Picture(places[0].figure, f"{alt}. Data: {source}", caption)


@course_style
def feature_maps(
    maps: Tensor,
    titles: list[str] | None = None,
    *,
    source: str,
    title: str,
    caption: str,
    image: Tensor | None = None,
    columns: int = 6,
) -> Picture:
    """What a layer computes: maps of numbers on one common scale, which a bar explains.

    With negative numbers the scale has two colours: purple below zero, white at zero, orange above. Without, it
    is grey from black (zero) to white (the largest).

    Args:
        maps: (K, H, W) floats, one map per channel.
        titles: K short names. Left out, the maps are numbered as channels.
        image: (C, H, W), what the maps were computed from, shown first, in its own colours.

    Raises:
        ValueError: another shape, a number that is not finite, or not one title per map.
    """
    if maps.ndim != 3 or not len(maps):
        raise ValueError(f"maps must have shape (K, H, W) with K > 0, and these have {_shape(maps)}.")
    if not maps.isfinite().all():
        raise ValueError("maps holds a number that is infinite or not a number: look for it before drawing.")
    _check_titles(titles, len(maps))
    maps = maps.detach().float().cpu()
    titles = titles or [f"channel {k}" for k in range(len(maps))]
    low, high = maps.min().item(), maps.max().item()
    if low < 0:
        largest = max(-low, high)
        scale = {"cmap": "PuOr_r", "vmin": -largest, "vmax": largest}
    else:
        scale = {"cmap": "gray", "vmin": 0, "vmax": high}
    height, width = maps.shape[1:]
    all_titles = titles if image is None else ["image", *titles]
    places = _grid(title, source, len(all_titles), all_titles, columns, height / width, beside=0.7)
    figure = places[0].figure
    if image is not None:
        show_image(places.pop(0), image)
    for values, axes in zip(maps, places, strict=True):
        drawn = axes.imshow(values.numpy(), interpolation="nearest", **scale)
        _frame(axes)
    figure.colorbar(drawn, ax=figure.axes, shrink=0.9, pad=0.02, aspect=30).outline.set_visible(False)
    ranges = [
        f"{name} from {number(one.min().item())} to {number(one.max().item())}"
        for name, one in zip(titles, maps, strict=True)
    ]
    beside = "An image and " if image is not None else ""
    alt = f"{beside}{counted(len(maps), 'map')} of {height} by {width} numbers: {'; '.join(ranges)}. Data: {source}"
    return Picture(figure, alt, caption)


def show_image(axes: Axes, image: Tensor) -> None:
    """Draw (C, H, W), uint8 or floats in 0..1, in a thin frame.

    Raises:
        ValueError: C is not 1 or 3, or a float lies outside 0..1.
    """
    if image.ndim != 3 or image.shape[0] not in (1, 3):
        raise ValueError(f"An image has shape (1, H, W) or (3, H, W), and this one has {_shape(image)}.")
    if image.is_floating_point() and not (image.min() >= 0 and image.max() <= 1):
        raise ValueError(
            f"The floats of an image lie in 0..1, and these run from {image.min():.3g} to {image.max():.3g}: "
            "undo the normalisation, or rescale, before showing it."
        )
    brightest = 1 if image.is_floating_point() else 255
    pixels = image.detach().cpu().permute(1, 2, 0).squeeze(2).numpy()  # (H, W) or (H, W, 3)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=brightest, interpolation="nearest")
    _frame(axes)


def _grid(
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


def _frame(axes: Axes) -> None:
    """A thin frame without ticks: what is white in an image is not the page."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=PALE)


def _counted_names(titles: list[str]) -> str:
    """Each name once: "cat, dog (2 times) and frog"."""
    names = Counter(titles)
    return listing(name if n == 1 else f"{name} ({n} times)" for name, n in names.items())


def _check_titles(titles: list[str] | None, count: int) -> None:
    if titles is not None and len(titles) != count:
        raise ValueError(f"There are {len(titles)} titles for {count} images: give one for each.")


def _shape(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)
