"""Names that somebody else chose: dollars, underscores, eighty letters, other scripts, broken ones."""

import warnings

import pytest
import torch
from matplotlib.text import Text

from utils import figures
from utils.words import short_name

pytestmark = pytest.mark.slow  # draws some sixty figures

WORDS = {"source": "s", "title": "t", "caption": "c"}
LABELS = torch.tensor([0, 1, 0, 1])
MAPS = torch.rand(2, 4, 4)
IMAGES = torch.rand(2, 1, 8, 8)
HISTORY = type("History", (), {"train_loss": [1, 2], "train_accuracy": [0, 1], "validation_loss": [2, 1]})
HISTORY.validation_accuracy, HISTORY.source = [0, 1], "s"
AXES = {"x_label": "x", "y_label": "y"}
DRAWN = {
    "image_grid": lambda n: figures.image_grid(IMAGES, [n, "dog"], **WORDS),
    "rows": lambda n: figures.image_grid(IMAGES, rows=[n, "dog"], columns=1, **WORDS),
    "feature_maps": lambda n: figures.feature_maps(MAPS, [n, "dog"], **WORDS),
    "heat_maps": lambda n: figures.heat_maps(IMAGES, MAPS, [n, "dog"], **WORDS),
    "confusion_matrix": lambda n: figures.confusion_matrix(LABELS, LABELS, (n, "dog"), **WORDS),
    "probabilities": lambda n: figures.probabilities(IMAGES[0], torch.tensor([0.2, 0.8]), [n, "dog"], **WORDS),
    "lines": lambda n: figures.lines([1, 2], {n: [1, 2], "dog": [2, 1]}, **AXES, **WORDS),
    "training_curves": lambda n: figures.training_curves({n: HISTORY, "dog": HISTORY}, title="t", caption="c"),
    "comparison_bars": lambda n: figures.comparison_bars({n: [1.0, 2.0], "dog": [2.0]}, axis_label="x", **WORDS),
    "comparison_dots": lambda n: figures.comparison_dots(
        {n: {n: [1.0, 2.0]}, "dog": {"b": [2.0]}}, axis_label=n, **WORDS
    ),
    "scatter": lambda n: figures.scatter({n: (1, 2), "dog": (2, 1)}, **AXES, **WORDS),
    "times": lambda n: figures.times({n: [1, 2], "dog": [2, 1]}, **WORDS),
    "roofline": lambda n: figures.roofline({n: {n: (1, 2)}, "dog": {"b": (3, 4)}}, peak=4, bandwidth=2, **WORDS),
    "costs": lambda n: figures.costs([1, 2], {"y": {n: [1, 2], "dog": [2, 1]}}, x_label="x", **WORDS),
    "labels": lambda n: figures.lines([1, 2], {"a": [1, 2]}, **WORDS, x_label=n, y_label=n),
    "reference": lambda n: figures.comparison_bars(
        {"a": [1.0, 2.0]}, axis_label=n, references={"a": 1}, reference_label=n, **WORDS
    ),
    "panels": lambda n: figures.costs([1, 2], {n: {"a": [1, 2]}, "b": {"a": [1, 2]}}, x_label=n, **WORDS),
    "fitted": lambda n: figures.fitted_curves(
        (MAPS[0, 0], MAPS[0, 1]), MAPS[1, 0], dict.fromkeys((n, "dog"), MAPS[1, 1]), MAPS[1, 2], **WORDS
    ),
    "quantities": lambda n: figures.bands([1, 2], {n: {"a": [[1, 2]]}, "b": {"a": [[1, 2]]}}, x_label="x", **WORDS),
    "bands": lambda n: figures.bands([1, 2], {"y": {n: [[1, 2]]}}, x_label="x", **WORDS),
    "dropped_maps": lambda n: figures.dropped_maps(IMAGES[0], MAPS, {n: MAPS > 0.5}, **WORDS),
    "source": lambda n: figures.image_grid(IMAGES, **WORDS | {"source": n}),
    "title": lambda n: figures.image_grid(IMAGES, **WORDS | {"title": n, "caption": n}),
}


def drawn(picture) -> str:
    picture.png()
    return "\n".join(text.get_text() for text in picture.figure.findobj(Text))


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("name", ["_US$ 5 and $ 7", r"$\frac{1}$ %a_b^c"])
def test_a_name_is_drawn_as_it_is(kind, name):
    picture = DRAWN[kind](name)
    assert name in drawn(picture).replace("\n", " ")
    assert not any(text.get_parse_math() for text in picture.figure.findobj(Text) if "$" in text.get_text())
    assert name in picture.alt or kind in ("title", "confusion_matrix")


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize(
    "name",
    [
        "a" * 80,
        "猫" * 80,
        "x" * 30 + " " + "y" * 60,
        "\udce9t\udce9 two\nlines\tand a tab مرحبا 🐈",
    ],
)
def test_odd_names_end_nothing_and_leave_the_axes_their_room(kind, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = DRAWN[kind](name)
        drawn(picture).encode()
    (picture.alt + picture.caption).encode()
    for axes in picture.figure.axes:
        box = axes.get_tightbbox() if axes.get_label() == "<colorbar>" else axes.get_window_extent()
        assert min(box.width, box.height) > 0.3 * picture.figure.dpi, "collapsed"


def test_a_name_without_letters_is_said():
    assert short_name("") == short_name(" \n") == "(no name)"


def test_a_long_name_loses_its_middle():
    assert short_name("convolution", 5) == "co…on" and short_name("12345", 5) == "12345"
    assert len(short_name("z" * 99)) <= 32
