"""What alternative texts and pictures say is what the data say."""

import re
from io import BytesIO

import numpy as np
import pytest
import torch
from figure_data import CROWD, DATA, WORDS, history
from matplotlib.colors import to_rgb
from PIL import Image
from torch import nn
from torch.nn import functional as F

from utils import convolution, figures

pytestmark = pytest.mark.slow  # seconds in all


def luminance(color) -> float:
    """Relative luminance of (red, green, blue) in 0..1, by WCAG 2.1."""
    color = np.asarray(color)
    linear = np.where(color <= 0.03928, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def dots(picture) -> np.ndarray:
    """The picture as (H, W, 3), coarse, since it need not be read."""
    file = BytesIO()
    picture.figure.savefig(file, dpi=60)
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def has_color(picture, color: str) -> bool:
    """Is a pure colour somewhere in the picture?"""
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    return bool((abs(dots(picture) - rgb).max(-1) <= 3).any())


def test_training_curves_tell_first_last_and_best():
    run = history([0.5, 0.7, 0.9], [0.5, 0.8, 0.712])
    alt = figures.training_curves({"MLP": run}, **WORDS).alt
    assert (
        "MLP, validation accuracy rises from 50.0 % at epoch 1 to 71.2 % at epoch 3, highest 80.0 % at epoch 2."
    ) in alt
    assert "MLP, training accuracy rises from 50.0 % at epoch 1 to 90.0 % at epoch 3." in alt
    assert "MLP, training loss falls from 1 at epoch 1 to 0.2 at epoch 3." in alt


def test_training_curves_average_seeds_and_name_every_source():
    runs = [history([0.6, 0.7], [0.5, 0.8], "one"), history([0.6, 0.7], [0.7, 0.9], "BUNDLED SAMPLE: two")]
    picture = figures.training_curves({"CNN": runs}, **WORDS)
    assert "validation accuracy rises from 60.0 % at epoch 1 to 85.0 % at epoch 2" in picture.alt
    assert "mean of 2 seeds" in picture.alt
    assert picture.figure.get_supxlabel() == "Data: one; BUNDLED SAMPLE: two"
    assert has_color(picture, "#E69F00")


def test_training_curves_without_validation_and_with_a_diverged_loss():
    run = history([0.5, 0.1], [])
    run.train_loss = [2.3, float("nan")]
    alt = figures.training_curves({"MLP": run}, **WORDS).alt
    assert "validation" not in alt and "nan at epoch 2" in alt


def test_training_is_dashed_and_validation_solid():
    figure = figures.training_curves({"MLP": history([0.5, 0.6], [0.4, 0.7])}, **WORDS).figure
    styles = {line.get_linestyle(): list(line.get_ydata()) for line in figure.axes[1].lines}
    assert styles == {"--": [0.5, 0.6], "-": [0.4, 0.7]}


def test_runs_of_unequal_length_fill_the_same_width_and_say_how_long_they_are():
    runs = {"MLP": history([0.5, 0.6, 0.7, 0.8], [0.4] * 4), "CNN": history([0.5, 0.9], [0.5, 0.8])}
    picture = figures.training_curves(runs, **WORDS)
    for axes in picture.figure.axes:
        assert [list(line.get_xdata()) for line in axes.lines[::2]] == [[25, 50, 75, 100], [50, 100]]
        assert axes.get_xlabel() == "share of the run (%)"
    names = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert names[:2] == ["MLP, 4 epochs", "CNN, 2 epochs"]
    assert "by share of the run" in picture.alt and "80.0 % at epoch 2" in picture.alt


def test_lines_tell_how_each_runs_and_draw_the_spread():
    picture = figures.lines([0, 2, 4], {"MLP": [[90, 70, 50], [92, 74, 50]]}, x_label="x", y_label="y", **DATA)
    assert "MLP falls from 91 at 0 to 50 at 4." in picture.alt
    [first, _, last] = picture.figure.axes[0].collections[0].get_segments()
    assert first[:, 1] == pytest.approx([91 - 2**0.5, 91 + 2**0.5])  # sample standard deviation of 90 and 92
    assert list(last[:, 1]) == [50, 50]


def test_bars_of_several_lines_at_one_place_stand_beside_each_other():
    series = {name: [[1.0, 2.0], [3.0, 4.0]] for name in "abc"}
    axes = figures.lines([1, 2], series, x_label="x", y_label="y", log_x=True, **DATA).figure.axes[0]
    places = [line.get_transform().transform((1, 2))[0] for line in axes.lines]
    assert sorted(places) == places and min(np.diff(places)) > 2
    assert [bars.get_transform().transform((1, 2))[0] for bars in axes.collections] == places


def test_a_line_across_is_drawn_named_and_told():
    picture = figures.lines([0, 1], {"a": [1, 3]}, x_label="x", y_label="y", references={"guessing": 2.3026}, **DATA)
    assert "a rises from 1 at 0 to 3 at 1. Dashed line: guessing, 2.3." in picture.alt
    [across] = [line for line in picture.figure.axes[0].lines if set(line.get_ydata()) == {2.3026}]
    assert across.get_linestyle() == "--"
    assert "guessing" in [text.get_text() for text in picture.figure.legends[0].get_texts()]


def test_what_is_to_be_seen_on_images_is_in_their_words():
    images = torch.zeros(2, 1, 3, 3)
    picture = figures.image_grid(images, ["a", "b"], seen="Nothing but black.", **DATA)
    assert "2 grey images of 3 by 3 pixels: a and b. Nothing but black. Data: " in picture.alt


def test_bars_give_mean_spread_and_reference():
    picture = figures.comparison_bars(
        {"MLP": [88.0, 88.6, 88.3], "CNN": [91.25]},
        axis_label="accuracy (%)",
        references={"MLP": 88.1},
        **DATA,
    )
    assert "MLP: 88.3 ± 0.3 (source lecture: 88.1); CNN: 91.2" in picture.alt
    widths = [bar.get_width() for bar in picture.figure.axes[0].patches]
    assert widths == pytest.approx([88.3, 91.25])


def test_dots_give_every_seed_on_an_axis_that_fits_them():
    picture = figures.comparison_dots(
        {"MLP": {"here": [88.0, 88.6, 88.3], "there": [88.1]}, "CNN": {"here": [91.2, 91.4]}},
        axis_label="accuracy (%)",
        **DATA,
    )
    assert "MLP: here 88.3 ± 0.3, there 88.1; CNN: here 91.3 ± 0.1. Data: " in picture.alt
    axes = picture.figure.axes[0]
    dots_drawn = [list(line.get_xdata()) for line in axes.lines if line.get_linestyle() == "None"]
    assert dots_drawn == [[88.0, 88.6, 88.3], [88.1], [91.2, 91.4]]
    assert 87 < axes.get_xlim()[0] < 88 and 91.4 < axes.get_xlim()[1] < 93


def test_dots_need_no_conditions():
    picture = figures.comparison_dots({"a": [1.0, 2.0], "b": [3.0]}, axis_label="x", **DATA)
    assert "a: 1.50 ± 0.71; b: 3.00." in picture.alt and not picture.figure.legends


def test_bars_of_two_figures_can_share_an_axis():
    words = {"axis_label": "accuracy (%)", "axis_end": 100, **DATA}
    pictures = [figures.comparison_bars({"MLP": [mean]}, **words) for mean in (20.0, 100.0)]
    assert [picture.figure.axes[0].get_xlim() for picture in pictures] == [(0, 100)] * 2


def test_scatter_gives_every_point():
    points = {"MLP": (795_010, 88.1), "CNN": (716_706, 91.2)}
    alt = figures.scatter(points, x_label="parameters", y_label="accuracy (%)", **DATA).alt
    assert "x is parameters, y is accuracy (%). MLP: 795,010, 88.1; CNN: 716,706, 91.2." in alt


def test_scatter_areas_are_in_proportion():
    points = {"a": (1, 1), "b": (2, 2)}
    picture = figures.scatter(
        points, x_label="x", y_label="y", areas={"a": 25, "b": 100}, area_label="millions", **DATA
    )
    small, large = (line.get_markersize() for line in picture.figure.axes[0].lines)
    assert large / small == pytest.approx(2)
    assert "area of a disc: millions. a: 1, 1, 25; b: 2, 2, 100" in picture.alt


def test_scatter_tells_families_and_the_edge():
    """Nobody beats a, b or d; c has more work than b and is no better."""
    points = {"a": (1, 1), "b": (2, 3), "c": (3, 3), "d": (4, 5)}
    picture = figures.scatter(
        points, x_label="x", y_label="y", families={"old": ["a", "c"], "new": ["b", "d"]}, edge=True, **DATA
    )
    assert "old: a and c. new: b and d. The upper left edge runs over a, b and d." in picture.alt
    *marks, edge = picture.figure.axes[0].lines
    assert edge.get_xydata().tolist() == [[1, 1], [2, 1], [2, 3], [4, 3], [4, 5], [4, 5]]
    looks = {name: (mark.get_color(), mark.get_marker()) for name, mark in zip(points, marks, strict=True)}
    assert looks["a"] == looks["c"] and looks["b"] == looks["d"] and not set(looks["a"]) & set(looks["b"])


def test_each_name_of_a_crowd_is_nearest_to_its_own_point_or_has_a_line_to_it(gallery):
    """A name between two discs is read as the nearer one's."""
    figure = gallery["scatter_families"].figure
    figure.draw_without_rendering()
    axes = figure.axes[0]
    discs = {name: (axes.transData.transform(CROWD[name]), line) for name, line in zip(CROWD, axes.lines, strict=False)}

    def distance(box, name):
        centre, line = discs[name]
        nearest = np.clip(centre, box.min, box.max)
        return np.linalg.norm(centre - nearest) - line.get_markersize() / 2 * figure.dpi / 72

    led = {text.xy for text in axes.texts if not text.get_text()}
    for text in axes.texts:
        box, name = text.get_window_extent(), text.get_text()
        if text.xy not in led:
            nearest = min(CROWD, key=lambda other: distance(box, other))
            assert nearest == name, f"{name} seems to belong to {nearest}"


def test_scatter_names_cover_no_other_point_and_stay_inside(gallery):
    figure = gallery["scatter_crowd"].figure
    figure.draw_without_rendering()
    axes = figure.axes[0]
    discs = {}
    for name, line in zip(CROWD, axes.lines, strict=True):
        centre = axes.transData.transform(CROWD[name])
        discs[name] = (centre, line.get_markersize() / 2 * figure.dpi / 72)
    names = {text.get_text(): text.get_window_extent() for text in axes.texts if text.get_text()}
    assert set(names) == set(CROWD)
    frame = axes.get_window_extent()
    for name, box in names.items():
        assert frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1, name
        for other, (centre, radius) in discs.items():
            nearest = np.clip(centre, box.min, box.max)  # the place of the words that is nearest to the disc
            assert np.linalg.norm(centre - nearest) > radius or name == other, f"{name} covers {other}"


def test_confusions_are_counted_and_the_largest_named():
    labels = torch.tensor([0] * 10 + [1] * 20 + [2] * 5)
    answers = torch.tensor([0] * 4 + [2] * 6 + [1] * 17 + [0] * 2 + [2] + [2] * 5)
    picture = figures.confusion_matrix(labels, answers, ["cat", "dog", "frog"], **DATA)
    assert "35 images in 3 classes. 74.3 % lie on the diagonal." in picture.alt  # 26 of 35
    assert "cat taken for frog 6 times (60.0 % of its row); dog taken for cat 2 times (10.0 %" in picture.alt
    cells = {text.get_position(): text.get_text() for text in picture.figure.axes[0].texts}
    assert [cells[2, 0], cells[0, 2], cells[1, 1]] == ["6", "0", "17"]  # (answer, true class)


def test_every_count_can_be_read_on_its_cell():
    labels = torch.arange(21).repeat_interleave(20)
    answers = (labels + (torch.arange(20).repeat(21) < labels)) % 21  # rows 0 to 20 are right in 20 to 0 of 20
    axes = figures.confusion_matrix(labels, answers, [str(k) for k in range(21)], **DATA).figure.axes[0]
    shades = axes.images[0].to_rgba(axes.images[0].get_array())
    for text in axes.texts:
        answer, true = text.get_position()
        dark, light = sorted(luminance(color) for color in (shades[true, answer, :3], to_rgb(text.get_color())))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text.get_text()} in row {true}: WCAG 2.1, AA"


def test_small_integers_do_not_overflow_the_count():
    labels = torch.full((300,), 9, dtype=torch.uint8)
    picture = figures.confusion_matrix(labels, labels, [str(k) for k in range(30)], **DATA)
    assert "100.0 % lie on the diagonal" in picture.alt


def test_probabilities_name_the_answer_and_judge_it():
    image, chances = torch.zeros(1, 8, 8), torch.tensor([0.2, 0.7, 0.1])
    names = ["cat", "dog", "frog"]
    alt = figures.probabilities(image, chances, names, true_class=0, **DATA).alt
    assert "dog 70.0 %, cat 20.0 %, frog 10.0 %. The answer is wrong: the true class is cat." in alt
    assert "is right" in figures.probabilities(image, chances, names, true_class=1, **DATA).alt
    assert "answer is" not in figures.probabilities(image, chances, names, **DATA).alt


def test_images_are_counted_and_drawn_in_their_colours():
    images = torch.zeros(3, 3, 4, 4)
    images[1, 0] = 1
    picture = figures.image_grid(images, ["a", "b", "a"], **DATA)
    assert picture.alt.startswith("3 colour images of 4 by 4 pixels: a (2 times) and b.")
    assert has_color(picture, "#FF0000") and has_color(picture, "#000000")
    assert not has_color(picture, "#00FF00")


def test_rows_of_images_have_their_names():
    images = torch.zeros(5, 1, 4, 4)
    picture = figures.image_grid(images, list("aabcc"), rows=["first", "second"], columns=3, **DATA)
    assert "5 grey images of 4 by 4 pixels, in rows: first (a (2 times) and b); second (c (2 times))." in picture.alt
    assert [axes.get_ylabel() for axes in picture.figure.axes] == ["first", "", "", "second", ""]
    untitled = figures.image_grid(images, rows=["first", "second"], columns=3, **DATA)
    assert "in rows: first; second." in untitled.alt


def test_grey_images_keep_their_brightness():
    # 51 of 255 must not be stretched to white because it is the brightest
    assert has_color(figures.image_grid(torch.full((1, 1, 4, 4), 51).byte(), **DATA), "#333333")


def test_feature_maps_share_one_scale():
    maps = torch.stack([torch.full((3, 3), -0.5), torch.full((3, 3), 2.0)])
    picture = figures.feature_maps(maps, ["low", "high"], **DATA)
    assert "2 maps of 3 by 3 numbers: low from −0.5 to −0.5; high from 2 to 2." in picture.alt
    limits = {axes.images[0].get_clim() for axes in picture.figure.axes[:2]}
    assert limits == {(-2, 2)}
    positive = figures.feature_maps(maps.abs(), **DATA)
    assert positive.figure.axes[0].images[0].get_clim() == (0, 2)


def test_number_grid_spells_out_the_matrices_and_marks():
    grids = {"input": torch.arange(9).reshape(3, 3), "kernel": torch.tensor([[0.0, 1.5], [-2, 3]])}
    alt = figures.number_grid(grids, operators=["⋆"], windows={"input": [(1, 0, 2, 2)]}, **WORDS).alt
    assert "input, 3 by 3: 0 1 2 / 3 4 5 / 6 7 8 ⋆ kernel, 2 by 2: 0 1.5 / −2 3." in alt
    assert "2 by 2 cells of input from row 1, column 0" in alt


def test_convolution_step_writes_out_the_sum_of_the_lecture():
    image, kernel = torch.arange(9).reshape(3, 3), torch.arange(4).reshape(2, 2)
    picture = figures.convolution_step(image, kernel, 0, 0, **WORDS)
    assert picture.figure.get_supxlabel() == "output[0, 0] = 0·0 + 1·1 + 3·2 + 4·3 = 19"
    assert "output, 2 by 2: 19 ? / ? ?" in picture.alt, "the learner is to predict what comes next"
    last = figures.convolution_step(image, kernel, 1, 1, **WORDS)
    assert "output, 2 by 2: 19 25 / 37 43" in last.alt
    assert "4·0 + 5·1 + 7·2 + 8·3 = 43" in figures.convolution_step(image, kernel, 1, 1, **WORDS).alt


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(2, 1, 1), (1, 0, 2), ((2, 1), (0, 2), (1, 2))])
def test_convolution_step_agrees_with_torch(stride, padding, dilation):
    image, kernel = torch.randint(-5, 9, (6, 5)), torch.randint(-3, 4, (3, 2))
    expected = F.conv2d(image[None, None].double(), kernel[None, None].double(), None, stride, padding, dilation)[0, 0]
    row, column = expected.shape[0] - 1, expected.shape[1] - 1
    alt = figures.convolution_step(image, kernel, row, column, stride, padding, dilation, **WORDS).alt
    total = alt.split("of the output: ")[1].rstrip(".").replace("−", "-")
    products, result = total.split(" = ")
    assert eval(products.replace("·", "*")) == int(result) == expected[row, column]


def test_a_rounded_sum_is_not_called_equal():
    third = torch.full((1, 1), 1 / 3)
    assert "1·0.33 ≈ 0.33" in figures.convolution_step(torch.ones(1, 1), third, 0, 0, **WORDS).alt
    assert "1·0.3 = 0.3" in figures.convolution_step(torch.ones(1, 1), torch.full((1, 1), 0.3), 0, 0, **WORDS).alt


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "padding", "dilation"),
    [(6, 3, 2, 0, 1), (7, 3, 2, 0, 1), (7, 1, 3, 0, 1), (5, 2, 2, 1, 1), (8, 2, 3, 0, 2)],
)
def test_cells_without_a_window_are_those_without_a_gradient(size, kernel_size, stride, padding, dilation):
    padded = torch.zeros(1, 1, size + 2 * padding, size + 2 * padding, requires_grad=True)
    ones = torch.ones(1, 1, kernel_size, kernel_size)
    F.conv2d(padded, ones, stride=stride, dilation=dilation).sum().backward()
    unreached = int((padded.grad == 0).sum())
    picture = figures.convolution_steps(
        torch.zeros(size, size), ones[0, 0], [(0, 0)], stride, padding, dilation, **WORDS
    )
    told = f"No window reaches {unreached} cell"
    assert told in picture.alt if unreached else "No window reaches" not in picture.alt


def test_convolution_steps_tell_value_and_window_of_each_step():
    image, kernel = torch.arange(36).reshape(6, 6), torch.ones(3, 3).long()
    alt = figures.convolution_steps(image, kernel, [(0, 0), (1, 1)], stride=2, **WORDS).alt
    assert "output[0, 0] = 63 from rows 0 to 2, columns 0 to 2" in alt
    assert "output[1, 1] = 189 from rows 2 to 4, columns 2 to 4" in alt
    assert "Dropped at the end: 1 row, 1 column." in alt


def test_layer_matrix_counts_its_entries():
    matrix = convolution.layer_matrix(torch.tensor([[1, 2], [3, 4]]), (3, 3))
    picture = figures.layer_matrix(matrix, **WORDS)
    assert "4 rows" in picture.alt and "9 columns" in picture.alt
    assert "16 of 36 entries are not zero (44.4 %). Different weights: 1, 2, 3 and 4." in picture.alt
    assert "1 2 0 3 4 0 0 0 0 / 0 1 2 0 3 4 0 0 0" in picture.alt
    colors = [patch.get_facecolor() for patch in picture.figure.axes[0].patches]
    assert len(colors) == 16 and len(set(colors)) == 4


def test_more_weights_than_colours_get_hatches():
    picture = figures.layer_matrix(convolution.layer_matrix(torch.arange(1, 26).reshape(5, 5), (6, 6)), **WORDS)
    looks = {(p.get_facecolor(), p.get_hatch()) for p in picture.figure.axes[0].patches}
    assert len(looks) == 25


def test_connections_count_weights():
    alt = figures.connections(inputs=7, kernel_size=3, **WORDS).alt
    assert "7 · 5 = 35 weights" in alt
    assert "3 weights, each used 5 times: output y0 is joined only to x0, x1 and x2" in alt
    assert "the last output only to x4, x5 and x6" in alt


def test_three_small_layers_see_as_far_as_a_large_one():
    alt = figures.receptive_field_stack(**WORDS).alt
    assert "27 C² weights" in alt and "49 C² weights" in alt
    assert "3×3, 5×5 and 7×7" in alt
    assert "2 layers of 5×5: 50 C² weights" in figures.receptive_field_stack(2, 5, **WORDS).alt


@pytest.mark.parametrize(
    ("dilations", "kernel_size"),
    [([1, 2, 4], 3), ([2, 2, 2], 3), ([1, 3], 3), ([3], 5), ([2, 3], 3), ([4, 1], 3)],
)
def test_dilated_stacks_read_the_cells_that_have_a_gradient(dilations, kernel_size):
    line = torch.zeros(1, 1, 51, requires_grad=True)
    value = line
    for dilation in dilations:
        value = F.conv1d(value, torch.ones(1, 1, kernel_size), padding="same", dilation=dilation)
    value[0, 0, 25].backward()
    read = (torch.nonzero(line.grad[0, 0])[:, 0] - 25).tolist()
    sees = read[-1] - read[0] + 1
    picture = figures.dilated_stacks([dilations], kernel_size, **WORDS)
    assert f"sees {sees} cells, reads {len(read)} of them" in picture.figure.axes[0].get_title(loc="left")
    rest = f", leaving {sees - len(read)} cell" if sees > len(read) else ", all of them"
    assert f"sees {sees} input cells and reads {len(read)}{rest}" in picture.alt
    squares = {}
    for mark in picture.figure.axes[0].lines:
        if mark.get_marker() == "s" and mark.get_ydata()[0] == 0:
            squares[mark.get_xdata()[0]] = mark.get_color() != "white"
    assert [place for place, filled in squares.items() if filled] == read
    crosses = [mark for mark in picture.figure.axes[0].lines if mark.get_marker() == "x"]
    assert len(crosses) == sees - len(read)


def test_channel_connections_count_what_torch_has():
    channels = 4

    def weights(kernel_size, groups):
        return nn.Conv2d(channels, channels, kernel_size, groups=groups, bias=False).weight.numel()

    picture = figures.channel_connections(**WORDS)
    depthwise, pointwise = weights(3, channels), weights(1, 1)
    assert f"standard: {channels**2} kernels of 3×3, {weights(3, 1)} weights" in picture.alt
    assert f"two groups: {channels**2 // 2} kernels of 3×3, {weights(3, 2)} weights" in picture.alt
    assert f"depthwise: {channels} kernels of 3×3, {depthwise} weights" in picture.alt
    both = f"{depthwise} + {pointwise} = {depthwise + pointwise} weights"
    assert f"{channels} kernels of 3×3 then {channels**2} kernels of 1×1, {both}" in picture.alt
    lines = [sum(line.get_marker() == "None" for line in axes.lines) for axes in picture.figure.axes]
    assert lines == [channels**2, channels**2 // 2, channels, channels + channels**2]


def test_normalisation_axes_are_those_of_torch():
    """Values that share statistics are those that move together: the ones a gradient links."""
    torch.manual_seed(0)
    images, channels, groups = 4, 6, 2
    norms = {
        "batch": nn.BatchNorm2d(channels),
        "layer": nn.LayerNorm((channels, 3, 3)),
        "instance": nn.InstanceNorm2d(channels),
        "group": nn.GroupNorm(groups, channels),
    }
    picture = figures.normalisation_axes(**WORDS)
    for axes, (name, norm) in zip(picture.figure.axes, norms.items(), strict=True):
        maps = torch.randn(images, channels, 3, 3, requires_grad=True)
        norm(maps)[0, 0, 0, 0].backward()
        linked = maps.grad.abs().sum(dim=(2, 3)) > 0  # (N, C): maps that the first one is normalised with
        sets, size = linked.numel() // int(linked.sum()), int(linked.sum())
        plural = "" if size == 1 else "s"
        assert re.search(rf"{name}, over [^:]*: {sets} sets of {size} map{plural}[;.]", picture.alt)
        frames = [patch for patch in axes.patches if not patch.get_fill()]
        filled = next(patch for patch in axes.patches if patch.get_fill())
        assert len(frames) == sets
        rows, columns = torch.nonzero(linked).max(dim=0).values.tolist()
        assert (filled.get_xy(), filled.get_width(), filled.get_height()) == ((0, 0), columns + 1, rows + 1)


def test_bands_tell_where_they_begin_end_and_how_far_they_reach():
    narrow, wide = [[1, 0.5, 0.25], [2, 3, 1]], [[1, 1, 1], [2, 2, 2]]
    picture = figures.bands([0, 5, 9], {"loss": {"a": narrow, "b": wide}}, x_label="step", **DATA)
    assert "loss, a: 1 to 2 at 0, 0.25 to 1 at 9, over all places 0.25 to 3, median 1." in picture.alt
    left, right = picture.figure.axes
    assert left.get_ylim() == right.get_ylim(), "one scale"
    assert (left.get_title(loc="left"), right.get_title(loc="left")) == ("a\nmedian 1", "b\nmedian 1.5")
    outline = left.collections[0].get_paths()[0].vertices
    assert (outline[:, 1].min(), outline[:, 1].max()) == (0.25, 3)


def test_what_is_dropped_of_a_map_is_orange_and_a_zero_is_black():
    maps = torch.tensor([[[0.0, 2.0], [1.0, 0.0]], [[4.0, 4.0], [4.0, 4.0]]])
    gone = torch.tensor([[[True, False], [False, False]], [[True, True], [True, True]]])
    picture = figures.dropped_maps(torch.zeros(3, 2, 2), maps, {"dropout": gone}, **DATA)
    assert "With dropout, dropped of map 0 25.0 % and map 1 100.0 %." in picture.alt
    shown = [axes.images[0] for axes in picture.figure.axes if axes.images][1:]
    colors = [(255 * image.to_rgba(image.get_array())[..., :3]).round().astype(int) for image in shown]
    black, grey, orange = [0, 0, 0], [128, 128, 128], [230, 159, 0]
    assert colors[0][0, 0].tolist() == black and colors[0][0, 1].tolist() == grey, "as computed: one scale, to 4"
    assert colors[2][0, 0].tolist() == orange and colors[2][1, 1].tolist() == black
    assert colors[3].reshape(-1, 3).tolist() == [orange] * 4


def test_fitted_curves_give_the_distance_from_the_truth():
    x = torch.linspace(0, 1, 5)
    points = (torch.tensor([0.2, 0.7]), torch.tensor([1.0, -1.0]))
    picture = figures.fitted_curves(points, x, {"near": x + 0.5, "far": x - 2}, x, **DATA)
    assert "2 training points" in picture.alt and "near: 0.5; far: 2." in picture.alt
    first = {line.get_label(): line for line in picture.figure.axes[0].lines}
    assert list(first["fitted"].get_ydata()) == pytest.approx((x + 0.5).tolist())
    assert list(first["training points"].get_xdata()) == pytest.approx([0.2, 0.7])


def test_branching_blocks_name_every_branch_and_draw_every_layer():
    blocks = {
        "plain": ("64 maps", [["3×3", "3×3"]], "ReLU"),
        "residual": ("256 maps", [["1×1", "3×3", "1×1"], []], "add, ReLU"),
    }
    picture = figures.branching_blocks(blocks, **WORDS)
    assert "plain, input 64 maps; branch 1: 3×3 then 3×3; joined by: ReLU." in picture.alt
    assert "branch 1: 1×1 then 3×3 then 1×1; branch 2: unchanged; joined by: add, ReLU." in picture.alt
    for axes, (read, branches, join) in zip(picture.figure.axes, blocks.values(), strict=True):
        written = [text.get_text() for text in axes.texts if text.get_text()]
        layers = [layer for branch in branches for layer in branch or ["unchanged"]]
        assert sorted(written) == sorted([*layers, f"input: {read}", join])
        heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
        assert heights[f"input: {read}"] > heights["3×3"] > heights[join]  # data flows downwards


def test_times_give_median_and_spread_in_their_unit():
    seconds = [0.004, 0.002, 0.003, 0.001, 0.010]
    picture = figures.times({"step": seconds}, **DATA)
    assert "Times in milliseconds. step: median 3, middle half 2 to 4, all 1 to 10. Data:" in picture.alt
    (box,) = picture.figure.axes[0].patches
    assert (box.get_x(), box.get_width()) == pytest.approx((2, 2))
    assert list(picture.figure.axes[0].lines[0].get_xdata()) == pytest.approx([4, 2, 3, 1, 10])


def test_a_row_far_slower_than_the_others_does_not_squeeze_them():
    seconds = {"first": [0.12, 0.13], "imitated": [1.4, 1.5], "last": [0.1, 0.11]}
    picture = figures.times(seconds, **DATA)
    axes = picture.figure.axes[0]
    assert axes.get_xlim()[1] < 300 and len(axes.patches) == 2
    assert (
        "imitated: median 1,450, middle half 1,425 to 1,475, all 1,400 to 1,500, some beyond the axis;" in picture.alt
    )
    assert {text.get_text() for text in axes.texts} >= {"beyond the axis", "1,450"}
    near = figures.times(seconds | {"imitated": [0.4, 0.5]}, **DATA)
    assert near.figure.axes[0].get_xlim()[1] > 500 and "beyond" not in near.alt
    two = figures.times({"fast": [0.1, 0.1], "slow": [1.0, 1.0]}, **DATA)
    assert "beyond" not in two.alt, "half of all rows are no exception"


def test_a_single_time_far_longer_than_the_others_is_an_arrow_at_the_edge():
    picture = figures.times({"a": [0.004, 0.002, 0.003, 0.001, 0.050], "b": [0.003, 0.003]}, **DATA)
    axes = picture.figure.axes[0]
    assert axes.get_xlim()[1] == pytest.approx(8)
    edge = [line for line in axes.lines if line.get_marker() == ">"]
    assert [list(line.get_xdata()) for line in edge] == [[pytest.approx(8)]]
    assert "all 1 to 50, some beyond the axis;" in picture.alt and "▸: beyond the axis" in axes.get_title(loc="left")


def test_a_roof_bends_where_memory_and_arithmetic_meet():
    groups = {"convolution": {"A": (36.0, 1.2e11)}, "ReLU": {"B": (0.125, 4e9)}}
    picture = figures.roofline(groups, peak=2e11, bandwidth=5e10, **DATA)
    axes = picture.figure.axes[0]
    (left, bend, right), (low, level, end) = axes.lines[0].get_data()
    assert (bend, level, end) == (4, 200, 200) and low == pytest.approx(50 * left) and left < 0.125 < 36 < right
    assert "bound by memory ◂ 4 ▸ by arithmetic" in axes.get_title(loc="left")
    assert "it rises with 50 · 10⁹ bytes a second and is flat at 200 · 10⁹ operations a second from 4 op" in picture.alt
    assert "ReLU, in 10⁹ operations a second at operations for each byte: B 4 at 0.125." in picture.alt
    assert [list(line.get_ydata()) for line in axes.lines[2:]] == [[120], [4]]


def test_costs_say_what_is_lowest_where_and_leave_out_what_there_is_not():
    panels = {
        "work": {"direct": [1, 9, 25], "Winograd": [None, 4, None]},
        "time": {"direct": [1, 5, 8], "Fourier": [6, 6, 6]},
    }
    picture = figures.costs([1, 3, 5], panels, x_label="kernel size", **DATA)
    assert (
        "2 line charts against kernel size. work, direct rises from 1 at 1 to 25 at 5. work, Winograd is 4 at 3."
        in (picture.alt)
    )
    assert "Lowest: direct at 1, 5; Winograd at 3." in picture.alt
    assert "Lowest: direct at 1, 3; Fourier at 5." in picture.alt
    work, time = picture.figure.axes
    assert [list(line.get_xdata()) for line in work.lines] == [[1, 3, 5], [3]]
    assert work.lines[0].get_color() == time.lines[0].get_color() != time.lines[1].get_color()
    assert work.get_ylim() != time.get_ylim(), "two units"
    work, time = figures.costs([1, 3, 5], panels, x_label="kernel size", same_axis=True, **DATA).figure.axes
    assert work.get_ylim() == time.get_ylim()
    assert [text.get_text() for text in picture.figure.legends[0].get_texts()] == [
        "direct",
        "Winograd",
        "Fourier",
    ]


def test_pooling_gives_both_poolings_and_the_gradient():
    alt = figures.pooling(torch.arange(9).reshape(3, 3), 2, 1, **WORDS).alt
    assert "max, 2 by 2: 4 5 / 7 8" in alt
    assert "average, 2 by 2: 2 3 / 5 6" in alt
    assert "gradient, 3 by 3: 0 0 0 / 0 1 1 / 0 1 1" in alt
    shared = figures.pooling(torch.tensor([[0, 0, 0], [0, 9, 0], [0, 0, 0]]), 2, 1, **WORDS).alt
    assert "gradient, 3 by 3: 0 0 0 / 0 4 0 / 0 0 0. 1 winner: row 1 column 1;" in shared


def test_the_same_input_gives_the_same_file():
    first, second = (figures.connections(**WORDS).png() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "draw",
    [
        lambda k: figures.image_grid(torch.full((1, 1, 4, 4), k / 2), **DATA),
        lambda k: figures.lines([0, 1], {"a": [0, k + 1]}, x_label="x", y_label="y", **DATA),
        lambda k: figures.number_grid({"a": torch.full((2, 2), k)}, **WORDS),
        lambda k: figures.pooling(torch.tensor([[k, 0], [0, 0.5]]), 2, **WORDS),
        lambda k: figures.convolution_step(torch.eye(3), torch.eye(2), k, 0, **WORDS),
        lambda k: figures.feature_maps(torch.tensor([[[k, 0.5]]]), **DATA),
    ],
)
def test_another_input_gives_another_picture(draw):
    zero, one = dots(draw(0)), dots(draw(1))
    assert zero.shape != one.shape or (zero != one).any()


def test_slopes_of_a_chain_are_those_of_torch():
    x, w, v = (torch.tensor(value, requires_grad=True) for value in (2.0, 3.0, 0.5))
    a = w * x
    b = F.relu(a)
    c = v * b
    loss = (c - 5) ** 2
    for number in (a, b, c):
        number.retain_grad()
    loss.backward()
    alt = figures.back_propagation(
        [("x", x.item()), ("a", a.item()), ("b", b.item()), ("c", c.item()), ("L", loss.item())],
        [("·w", w.item()), ("ReLU", 1), ("·v", v.item()), ("square", 2 * (c.item() - 5))],
        {"w": (0, w.item(), x.item()), "v": (2, v.item(), b.item())},
        **WORDS,
    ).alt.replace("−", "-")
    back = ", ".join(f"{slope:g}" for slope in (1, c.grad, b.grad, a.grad, x.grad))
    assert f"the slope of the loss is {back}." in alt
    assert f"w = 3, used in step 0, slope of the loss {w.grad:g}." in alt and f"slope of the loss {v.grad:g}." in alt


def test_blocks_and_paddings_have_the_sizes_of_torch():
    layer = nn.Conv2d(4, 3, 3, bias=False)
    alt = figures.channel_blocks(4, 3, 3, size=6, **WORDS).alt
    assert f"4×3×3 = {layer.weight[0].numel()} weights" in alt
    assert f"one map of {layer(torch.zeros(4, 6, 6)).shape[1]}×4" in alt
    alt = figures.paddings(4, 3, **WORDS).alt
    for name, padding in {"valid": 0, "same": 1, "full": 2}.items():
        size = F.conv2d(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 3, 3), padding=padding).shape[-1]
        assert f"{name}, {padding} on each side: {4 + 2 * padding}×{4 + 2 * padding} cells, output {size}×{size}" in alt
