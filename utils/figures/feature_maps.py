"""What the channels of a layer answer to one image."""

from torch import Tensor

from utils.figures.images import check_titles, frame, grid, shape, show_image
from utils.figures.picture import Picture
from utils.figures.style import course_style, of_data
from utils.words import counted, number


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
        raise ValueError(f"maps must have shape (K, H, W) with K > 0, and these have {shape(maps)}.")
    if not maps.isfinite().all():
        raise ValueError("maps holds a number that is infinite or not a number: look for it before drawing.")
    check_titles(titles, len(maps))
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
    places = grid(title, source, len(all_titles), all_titles, columns, height / width, beside=0.7)
    figure = places[0].figure
    if image is not None:
        show_image(places.pop(0), image)
    for values, axes in zip(maps, places, strict=True):
        drawn = axes.imshow(values.numpy(), interpolation="nearest", **scale)
        frame(axes)
    bar = figure.colorbar(drawn, ax=figure.axes, shrink=0.9, pad=0.02, aspect=30, label="number in the map")
    bar.outline.set_visible(False)
    ranges = [
        f"{name} from {number(one.min().item())} to {number(one.max().item())}"
        for name, one in zip(titles, maps, strict=True)
    ]
    beside = "An image and " if image is not None else ""
    alt = f"{beside}{counted(len(maps), 'map')} of {height} by {width} numbers: {'; '.join(ranges)}. {of_data(source)}"
    return Picture(figure, alt, caption)
