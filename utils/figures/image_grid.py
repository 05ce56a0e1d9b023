"""Images in rows, with what each shows."""

from collections import Counter

from torch import Tensor

from utils.figures.images import check_titles, grid, shape, show_image
from utils.figures.picture import Picture
from utils.figures.style import SMALL_SIZE, course_style, of_data
from utils.words import counted, listing, short_name


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
    seen: str = "",
) -> Picture:
    """Images in rows of ``columns``, each under its title.

    Args:
        images: (N, C, H, W), uint8 or floats from 0 (dark) to 1 (bright), C = 1 (grey) or 3 (red, green, blue).
        titles: N short names, such as the classes.
        rows: a short name for each row, written at its left.
        seen: what is to be seen on them, in sentences, for the alternative text.

    Raises:
        ValueError: another shape, floats outside 0..1, or not one title per image or one name per row.
    """
    if images.ndim != 4 or not len(images):
        raise ValueError(f"images must have shape (N, C, H, W) with N > 0, and these have {shape(images)}.")
    check_titles(titles, len(images))
    starts = range(0, len(images), columns)
    if rows is not None and len(rows) != len(starts):
        raise ValueError(f"There are {len(rows)} names for {len(starts)} rows of {columns}: give one for each.")
    height, width = images.shape[2:]
    places = grid(title, source, len(images), titles or [], columns, height / width, beside=0.3 if rows else 0)
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
    return Picture(places[0].figure, " ".join(filter(None, [f"{alt}.", seen, of_data(source)])), caption)


def _counted_names(titles: list[str]) -> str:
    """Each name once: "cat, dog (2 times) and frog"."""
    names = Counter(titles)
    return listing(name if n == 1 else f"{name} ({n} times)" for name, n in names.items())
