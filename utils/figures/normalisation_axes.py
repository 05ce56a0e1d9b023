"""Which numbers share a mean and a variance in batch, layer, instance and group normalisation."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from utils.figures.picture import Picture
from utils.figures.style import BLUE, GREY, ORANGE, PALE, SMALL_SIZE, course_style, new_figure, tint
from utils.words import counted

MOST = 8  # images or channels that can still be seen
PIXELS = 3  # squares along each side of a map, to show that it is more than one number


@course_style
def normalisation_axes(images: int = 4, channels: int = 6, groups: int = 2, *, title: str, caption: str) -> Picture:
    """A batch of feature maps four times: rows are images, columns channels, each square one map of H × W.

    What shares one mean and one variance lies in one thick frame; the first such set is filled. After Wu and He
    2018, "Group normalization", Figure 2, drawn flat: no method divides a map.

    Args:
        images, channels: N and C of the batch, from 2 to 8.
        groups: of group normalisation; must divide ``channels``.

    Raises:
        ValueError: a number that is too small or too large to be seen, or groups of unequal size.
    """
    for name, value in (("images", images), ("channels", channels)):
        if not 2 <= value <= MOST:
            raise ValueError(f"{name}={value} must lie in 2..{MOST} to be drawn.")
    if groups < 1 or channels % groups:
        raise ValueError(f"groups={groups} does not divide channels={channels}: each group takes an equal share.")
    methods = {  # the axes averaged over, then rows and columns of one set
        "batch": ("N, H, W", images, 1),
        "layer": ("C, H, W", 1, channels),
        "instance": ("H, W", 1, 1),
        "group": (f"H, W and {channels // groups} of C", 1, channels // groups),
    }
    figure = new_figure(title, 0.9 + 1.45 * images / channels)
    sentences = []
    for axes, (name, (over, height, width)) in zip(figure.subplots(1, 4), methods.items(), strict=True):
        _draw_maps(axes, images, channels)
        for top in range(0, images, height):
            for left in range(0, channels, width):
                frame = {"fill": False, "edgecolor": BLUE, "linewidth": 2, "zorder": 3}
                axes.add_patch(Rectangle((left, top), width, height, **frame))
        filled = {"facecolor": tint(ORANGE, 0.7), "hatch": "///", "edgecolor": GREY, "linewidth": 0}
        axes.add_patch(Rectangle((0, 0), width, height, zorder=2, **filled))
        sets = images * channels // (height * width)
        axes.set_title(f"{name}: over\n{over}\n{counted(sets, 'set')}", loc="center", fontsize=SMALL_SIZE)
        axes.set_xlabel("channels C →", fontsize=SMALL_SIZE)
        together = f"{counted(sets, 'set')} of {counted(height * width, 'map')}"
        sentences.append(f"{name}, over {over}: {together}")
    figure.axes[0].set_ylabel("← images N", fontsize=SMALL_SIZE)
    alt = (
        f"A batch of {images} images with {channels} channels, drawn four times as a grid with a row for each image "
        f"and a column for each channel. Maps that share a mean and a variance: {'; '.join(sentences)}. A set of "
        "batch normalisation is a whole column, of layer normalisation a whole row, of instance normalisation one "
        "map, of group normalisation a part of a row."
    )
    return Picture(figure, alt, caption)


def _draw_maps(axes: Axes, images: int, channels: int) -> None:
    """Squares of fine squares: one map for each image and channel."""
    lines = {"color": PALE, "linewidth": 0.5, "zorder": 1}
    axes.hlines([row / PIXELS for row in range(PIXELS * images + 1)], 0, channels, **lines)
    axes.vlines([column / PIXELS for column in range(PIXELS * channels + 1)], 0, images, **lines)
    maps = {"color": GREY, "linewidth": 0.8, "zorder": 2.5}  # above the filled set
    axes.hlines(range(images + 1), 0, channels, **maps)
    axes.vlines(range(channels + 1), 0, images, **maps)
    axes.set(xlim=(-0.15, channels + 0.15), ylim=(images + 0.15, -0.15), xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_visible(False)
