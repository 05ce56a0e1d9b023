"""What dropout takes from the maps of an image, in colour: a map has zeros of its own."""

from matplotlib import colormaps
from matplotlib.patches import Patch
from torch import Tensor

from utils.figures.images import frame, grid, shape, show_image
from utils.figures.picture import Picture
from utils.figures.style import ORANGE, SMALL_SIZE, course_style, of_data
from utils.words import listing, percent, short_name


@course_style
def dropped_maps(
    image: Tensor, maps: Tensor, dropped: dict[str, Tensor], *, source: str, title: str, caption: str
) -> Picture:
    """An image, the maps computed from it, and once more for each kind of dropout, with orange where it dropped.

    Args:
        image: (C, h, w), uint8 or floats in 0..1.
        maps: (K, H, W), none below zero, such as those after a ReLU. Black is 0, white the largest of all.
        dropped: for each kind (K, H, W) booleans, True where a number was set to zero.

    Raises:
        ValueError: another shape, a number below zero or not finite, or no kind.
    """
    if maps.ndim != 3 or not len(maps) or not (maps.isfinite().all() and maps.min() >= 0):
        raise ValueError(f"maps must be K maps (K, H, W) of numbers from 0 on, and these have {shape(maps)}.")
    if not dropped or any(mask.shape != maps.shape for mask in dropped.values()):
        raise ValueError(f"dropped needs a mask {shape(maps)} for each kind of dropout, and at least one kind.")
    maps = maps.detach().float().cpu()
    columns = 1 + len(maps)
    titles = ["image", *(f"map {k}" for k in range(len(maps)))]
    titles += [""] * columns * len(dropped)
    places = grid(title, source, len(titles), titles, columns, maps.shape[1] / maps.shape[2], beside=0.3)
    show_image(places[0], image)
    scale, sentences = colormaps["gray"].with_extremes(bad=ORANGE), []
    for row, (name, mask) in enumerate({"as computed": maps < 0, **dropped}.items()):
        beside, *cells = places[row * columns : (row + 1) * columns]
        cells[0].set_ylabel(short_name(name, 24), fontsize=SMALL_SIZE)
        for values, gone, axes in zip(maps, mask.cpu(), cells, strict=True):
            left = values.masked_fill(gone, float("nan")).numpy()
            axes.imshow(left, cmap=scale, vmin=0, vmax=maps.max().item(), interpolation="nearest")
            frame(axes)
        if row:
            beside.axis("off")
            shares = [percent(share) for share in mask.float().mean(dim=(1, 2)).tolist()]
            sentences.append(f"With {name}, dropped of {listing(f'map {k} {s}' for k, s in enumerate(shares))}.")
    beside.legend(handles=[Patch(color=ORANGE, label="dropped")], loc="lower left")
    height, width = maps.shape[1:]
    alt = f"An image, and {len(maps)} maps of {height} by {width} numbers computed from it. {' '.join(sentences)}"
    return Picture(places[0].figure, f"{alt} {of_data(source)}", caption)
