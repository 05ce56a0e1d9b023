"""Blocks of a network as diagrams: branches that read the same input, and how their results are joined."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from utils.figures.picture import Picture
from utils.figures.style import BLACK, ORANGE, SKY, SMALL_SIZE, course_style, new_figure, tint

Branch = list[str]  # the layers of one branch, first layer first; none where the input is passed on unchanged
MOST_BRANCHES = 8  # side by side in one figure


@course_style
def branching_blocks(blocks: dict[str, tuple[str, list[Branch], str]], *, title: str, caption: str) -> Picture:
    """Blocks beside each other, data flowing downwards.

    Args:
        blocks: for each name the words for its input, such as "64 maps", its branches, and the words for what
            joins them, such as "concatenate".

    Raises:
        ValueError: no block, a block without a branch, or more branches than have room.
    """
    counts = [len(branches) for _, branches, _ in blocks.values()]
    if not blocks or min(counts) == 0 or sum(counts) > MOST_BRANCHES:
        raise ValueError(
            f"These blocks have {counts} branches: give each at least one, and all together at most {MOST_BRANCHES}."
        )
    rows = max(len(branch) for _, branches, _ in blocks.values() for branch in branches)
    figure = new_figure(title, 1.5 + 0.55 * rows)
    panels = figure.subplots(1, len(blocks), width_ratios=counts, squeeze=False)[0]
    sentences = []
    for axes, (name, (read, branches, join)) in zip(panels, blocks.items(), strict=True):
        axes.set_title(name, loc="center")
        axes.set(xlim=(-0.55, len(branches) - 0.45), ylim=(-0.4, rows + 1.4))
        axes.set_axis_off()
        for column, branch in enumerate(branches):
            _draw_branch(axes, column, branch, rows)
        middle, width = (len(branches) - 1) / 2, len(branches) - 0.1
        _box(axes, middle, rows + 1, width, f"input: {read}", "white")
        _box(axes, middle, 0, width, join, tint(ORANGE, 0.5))
        paths = "; ".join(
            f"branch {place}: {' then '.join(branch).replace(chr(10), ' ') or 'unchanged'}"
            for place, branch in enumerate(branches, start=1)
        )
        sentences.append(f"{name}, input {read}; {paths}; joined by: {join}.")
    alt = f"Block diagrams, each with branches that read the same input. {' '.join(sentences)}"
    return Picture(figure, alt, caption)


def _draw_branch(axes: Axes, x: float, branch: Branch, rows: int) -> None:
    """Boxes spread evenly between the input, at ``rows`` + 1, and what joins the branches, at 0."""
    step = (rows + 1) / (len(branch) + 1)
    heights = [(rows + 1) - step * place for place in range(len(branch) + 2)]
    for above, below in pairwise(heights):
        arrow = {"arrowstyle": "-|>", "color": BLACK, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (x, below + 0.3), xytext=(x, above - 0.3), arrowprops=arrow)
    for y, words in zip(heights[1:-1], branch, strict=True):
        _box(axes, x, y, 0.9, words, SKY)
    if not branch:
        around = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(x, (rows + 1) / 2, "unchanged", ha="center", va="center", fontsize=SMALL_SIZE, bbox=around)


def _box(axes: Axes, x: float, y: float, width: float, words: str, color: str | tuple) -> None:
    look = {"boxstyle": "round,pad=0,rounding_size=0.06", "facecolor": color, "edgecolor": BLACK}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.3), width, 0.6, linewidth=0.8, **look))
    axes.text(x, y, words, ha="center", va="center", fontsize=SMALL_SIZE)
