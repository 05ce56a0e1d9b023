"""Which numbers share a mean and a variance in batch, layer, instance and group normalisation."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from utils.figures.picture import Picture
from utils.figures.style import BLUE, GREY, ORANGE, PALE, SMALL_SIZE, course_style, new_figure, tint
from utils.words import counted

IMAGES, CHANNELS, GROUPS = 4, 6, 2  # few enough to be seen
PIXELS = 3  # squares along each side of a map, to show that it is more than one number


@course_style
def normalisation_axes(*, title: str, caption: str) -> Picture:
    """A batch of feature maps four times: rows are images, columns channels, each square one map of H × W.

    What shares one mean and one variance lies in one thick frame; the first such set is filled. After Wu and He
    2018, "Group normalization", Figure 2, drawn flat: no method divides a map.
    """
    methods = {  # the axes averaged over, then rows and columns of one set
        "batch": ("N, H, W", IMAGES, 1),
        "layer": ("C, H, W", 1, CHANNELS),
        "instance": ("H, W", 1, 1),
        "group": (f"H, W and {CHANNELS // GROUPS} of C", 1, CHANNELS // GROUPS),
    }
    figure = new_figure(title, 0.9 + 1.45 * IMAGES / CHANNELS)
    sentences = []
    for axes, (name, (over, height, width)) in zip(figure.subplots(1, 4), methods.items(), strict=True):
        _draw_maps(axes)
        for top in range(0, IMAGES, height):
            for left in range(0, CHANNELS, width):
                frame = {"fill": False, "edgecolor": BLUE, "linewidth": 2, "zorder": 3}
                axes.add_patch(Rectangle((left, top), width, height, **frame))
        filled = {"facecolor": tint(ORANGE, 0.7), "hatch": "///", "edgecolor": GREY, "linewidth": 0}
        axes.add_patch(Rectangle((0, 0), width, height, zorder=2, **filled))
        sets = IMAGES * CHANNELS // (height * width)
        axes.set_title(f"{name}: over\n{over}\n{counted(sets, 'set')}", loc="center", fontsize=SMALL_SIZE)
        axes.set_xlabel("channels C →", fontsize=SMALL_SIZE)
        together = f"{counted(sets, 'set')} of {counted(height * width, 'map')}"
        sentences.append(f"{name}, over {over}: {together}")
    figure.axes[0].set_ylabel("← images N", fontsize=SMALL_SIZE)
    alt = (
        f"A batch of {IMAGES} images with {CHANNELS} channels, drawn four times as a grid with a row for each image "
        f"and a column for each channel. Maps that share a mean and a variance: {'; '.join(sentences)}. A set of "
        "batch normalisation is a whole column, of layer normalisation a whole row, of instance normalisation one "
        "map, of group normalisation a part of a row."
    )
    return Picture(figure, alt, caption)


def _draw_maps(axes: Axes) -> None:
    """Squares of fine squares: one map for each image and channel."""
    lines = {"color": PALE, "linewidth": 0.5, "zorder": 1}
    axes.hlines([row / PIXELS for row in range(PIXELS * IMAGES + 1)], 0, CHANNELS, **lines)
    axes.vlines([column / PIXELS for column in range(PIXELS * CHANNELS + 1)], 0, IMAGES, **lines)
    maps = {"color": GREY, "linewidth": 0.8, "zorder": 2.5}  # above the filled set
    axes.hlines(range(IMAGES + 1), 0, CHANNELS, **maps)
    axes.vlines(range(CHANNELS + 1), 0, IMAGES, **maps)
    axes.set(xlim=(-0.15, CHANNELS + 0.15), ylim=(IMAGES + 0.15, -0.15), xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_visible(False)
