"""One look for every figure: the colours, the second cue beside each of them, the title and the footer.

The colours are those of Okabe and Ito (2008), "Color Universal Design", which people with any common colour
blindness can tell apart. Colour is never alone: marker, hatch, position or a written name says the same.
"""

import textwrap
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import matplotlib
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from utils.settings import cut_short
from utils.text import clean
from utils.words import data_name, short_name

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#000000"
COLORS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, BLACK)  # without yellow, too pale for a line on white
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
YELLOW = "#F0E442"
FILLS = (SKY, ORANGE, GREEN, PURPLE, YELLOW, VERMILLION, BLUE)  # for areas with black text on them
HATCHES = ("", "///", "...", "xxx")
# What a colour says, here and in the figures to touch (utils/widgets/page/frame.css), each beside a second cue.
WINDOW, WINDOW_EDGE = SKY, BLUE  # what is looked at, and the thick line around it
OUTPUT, OUTPUT_EDGE = ORANGE, VERMILLION  # what is computed from it
WEIGHT = "#A03000"  # a number of the kernel, small in a cell's corner
GRADIENT = VERMILLION  # where a gradient arrives
GREY, PALE = "#595959", "#D9D9D9"  # words of the second rank; frames and grid lines

WIDTH = 7.0  # inches: a notebook's text column
PAD = 0.08  # inches around each part of a figure
LEFT = 0.07  # inches from the left edge to title and footer
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 11, 10, 9  # points; nothing is smaller than 9

# For letters that DejaVu Sans, which comes with matplotlib, does not have: those of these that the machine has.
OTHER_FONTS = {"Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "PingFang SC", "Microsoft YaHei"}
FONTS = ["DejaVu Sans", *sorted(OTHER_FONTS & {font.name for font in fontManager.ttflist})]

# Use as a decorator, @course_style, on every function that draws.
course_style = matplotlib.rc_context(
    {
        "font.family": FONTS,  # the first comes with matplotlib, so a figure looks the same everywhere
        "text.parse_math": False,  # "$" in a class's name is a dollar
        "font.size": TEXT_SIZE,
        "axes.titlesize": TEXT_SIZE,
        "axes.titlelocation": "left",
        "axes.labelsize": TEXT_SIZE,
        "xtick.labelsize": SMALL_SIZE,
        "ytick.labelsize": SMALL_SIZE,
        "legend.fontsize": SMALL_SIZE,
        "legend.title_fontsize": SMALL_SIZE,
        "legend.frameon": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "axes.axisbelow": True,
        "grid.color": PALE,
        "grid.linewidth": 0.6,
        "lines.linewidth": 1.8,
        "lines.markersize": 5,
        "hatch.linewidth": 0.6,
    }
)


@contextmanager
def drawing() -> Iterator[None]:
    """Around all that makes matplotlib draw: some labels are made only then."""
    with warnings.catch_warnings(), matplotlib.rc_context({"text.parse_math": False}):
        # A letter that no font here has is a box; the alternative text has it.
        warnings.filterwarnings("ignore", r"Glyph .* missing from")
        yield


def new_figure(title: str, height: float, *, source: str | None = None, note: str = "", width: float = WIDTH) -> Figure:
    """An empty figure with its title above and, below, a line that names its data or explains it.

    Args:
        height, width: inches. What title and footer take is added to the height.
        source: where the data come from.
        note: words to write where there is no source.
    """
    if source is None:
        footer, look = note, {"fontsize": TEXT_SIZE}
    elif "BUNDLED SAMPLE" in source or cut_short():  # what was made so must not pass for the real thing
        box = {"facecolor": ORANGE, "edgecolor": "none"}
        footer, look = of_data(source), {"fontsize": SMALL_SIZE, "fontweight": "bold", "bbox": box}
    else:
        footer, look = of_data(source), {"fontsize": SMALL_SIZE, "color": GREY}
    title = textwrap.fill(clean(title), round(width * 10.5))
    footer = textwrap.fill(clean(footer), round(width * (100 if "bbox" in look else 118) / look["fontsize"]))
    height += _inches(title, TITLE_SIZE) + _inches(footer, look["fontsize"])
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD)
    figure.suptitle(title, x=LEFT / width, ha="left", fontsize=TITLE_SIZE, fontweight="bold")
    if footer:
        figure.supxlabel(footer, x=LEFT / width, ha="left", multialignment="left", **look)
    return figure


def of_data(source: str) -> str:
    """What a figure and its words say of where its data come from: of the real thing, its name is enough."""
    short = ". Budget quick: too short to show what the text says" if cut_short() else ""
    return f"Data: {data_name(source)}{short}"


def legend(figure: Figure, drawn: Iterable[tuple[str, Artist]], **where) -> None:
    """A legend of names and what is drawn by each. (matplotlib by itself leaves out names that begin with "_".)"""
    names, handles = zip(*drawn, strict=True)
    texts = figure.legend(handles=handles, labels=["?"] * len(names), **where).get_texts()
    for text, name in zip(texts, names, strict=True):
        text.set_text(short_name(name))


def tint(color: str, share: float) -> tuple[float, float, float]:
    """A mix of ``share`` of a colour with white: 1 is the colour itself, 0 is white."""
    return tuple(1 - share * (1 - part) for part in to_rgb(color))


def _inches(text: str, size: float) -> float:
    """Height of lines of text of ``size`` points and the gap around them."""
    return 0 if not text else (text.count("\n") + 1) * size * 1.2 / 72 + 2 * PAD
