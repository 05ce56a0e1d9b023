"""Heat maps and receptive fields: what their words and their marks say is what the numbers say."""

import numpy as np
import pytest
import torch
from figure_data import DATA

from utils import figures


def test_heat_maps_tell_where_they_are_hottest_and_how_far_they_spread():
    maps = torch.zeros(2, 8, 8)
    maps[0, 2, 5], maps[0, 2, 6], maps[0, 7, 7] = 4.0, 3.0, 1.0
    maps[1] = -1.0
    picture = figures.heat_maps(torch.rand(2, 3, 8, 8), maps, ["cat", "a dog"], **DATA)
    assert picture.alt.startswith("2 images of 8 by 8 pixels, each above its heat map.")
    # 2 of 64 pixels reach half of the largest.
    assert "cat: up to 4, largest at row 2, column 5, at least half of that on 3.1 % of the pixels." in picture.alt
    assert "a dog: nowhere above zero." in picture.alt


def test_a_small_map_is_enlarged_over_its_image():
    maps = torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])
    picture = figures.heat_maps(torch.rand(1, 1, 8, 6), maps, ["one"], **DATA)
    heat = picture.figure.axes[1].images[1].get_array()
    assert heat.shape == (8, 6, 4)
    opacity = heat[..., 3]
    assert opacity[:2, -1].tolist() == pytest.approx([0.85] * 2) and opacity[-1, 0] == 0, "top right, where the 1 is"
    row, column = np.unravel_index(opacity.argmax(), opacity.shape)
    assert f"largest at row {row}, column {column}" in picture.alt


def test_above_and_below_zero_have_their_colours_and_only_above_has_a_line():
    maps = torch.zeros(1, 6, 6)
    maps[0, 0, 0], maps[0, 5, 5] = 1.0, -0.5
    axes = figures.heat_maps(torch.rand(1, 1, 6, 6), maps, ["one"], **DATA).figure.axes[1]
    heat = axes.images[1].get_array()
    red, blue = heat[0, 0], heat[5, 5]
    assert red[0] > red[2] and blue[2] > blue[0] and blue[3] == pytest.approx(red[3] / 2)
    lines = [path.vertices for line in axes.collections for path in line.get_paths()]
    assert np.concatenate(lines).max() < 2, "around the largest number only"
    assert axes.get_xlabel() == "−0.5 to 1"


def test_a_range_is_no_longer_than_its_larger_end_needs():
    maps = torch.zeros(3, 4, 4)
    maps[0, 0, 0], maps[0, 1, 1] = 0.0008, -0.0000015  # the lower end is nothing beside the upper one
    maps[1, 0, 0], maps[1, 1, 1] = 0.0823, -0.0246
    maps[2] = 0.0
    axes = figures.heat_maps(torch.rand(3, 1, 4, 4), maps, ["a", "b", "c"], **DATA).figure.axes[3:]
    assert [one.get_xlabel() for one in axes] == ["up to 0.0008", "−0.025 to 0.082", "up to 0"]


def test_effective_fields_give_both_sizes_and_frame_the_theoretical_one():
    inside = torch.zeros(16, 16, dtype=torch.bool)
    inside[3:12, 2:14] = True
    field = torch.zeros(16, 16)
    field[5:8, 6:9] = 2.0
    picture = figures.effective_fields({"before": field, "after": field + inside.float()}, inside, **DATA)
    assert "which can see 9 by 12 of them. before: effective size 3.0 pixels." in picture.alt
    assert "after: effective size 10.4 pixels." in picture.alt  # the root of 108
    frame = picture.figure.axes[0].patches[0]
    assert (frame.get_x(), frame.get_y(), frame.get_width(), frame.get_height()) == (1.5, 2.5, 12, 9)


grey = torch.zeros(2, 1, 4, 4)
MISTAKES = {
    "eight images": (
        lambda: figures.heat_maps(torch.zeros(8, 1, 4, 4), torch.zeros(8, 2, 2), ["a"] * 8, **DATA),
        "N from 1 to 7",
    ),
    "too few maps": (
        lambda: figures.heat_maps(grey, torch.zeros(1, 2, 2), ["a", "b"], **DATA),
        r"shape \(2, h, w\): there are 2 titles, and maps has \(1, 2, 2\)",
    ),
    "infinite map": (
        lambda: figures.heat_maps(grey, torch.full((2, 2, 2), torch.inf), ["a", "b"], **DATA),
        "infinite",
    ),
    "no field": (lambda: figures.effective_fields({}, grey[0, 0].bool(), **DATA), "0 panels"),
    "field of another size": (
        lambda: figures.effective_fields({"a": torch.ones(3, 3)}, torch.ones(4, 4).bool(), **DATA),
        r"'a' has shape \(3, 3\) and inside \(4, 4\)",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_argument_is_refused(name):
    make, message = MISTAKES[name]
    with pytest.raises(ValueError, match=message):
        make()
