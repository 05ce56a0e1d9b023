"""A wrong argument is refused with a message that says what to do."""

import pytest
import torch
from figure_data import DATA, WORDS, history

from utils import figures

grey = torch.zeros(2, 1, 4, 4)
matrix, kernel = torch.zeros(4, 4), torch.ones(2, 2)
axes = {"x_label": "x", "y_label": "y"}

MISTAKES = {
    "a block of five channels": (lambda: figures.channel_blocks(5, **WORDS), "At most 4 channels"),
    "a padding that keeps no size": (lambda: figures.paddings(4, 2, **WORDS), "This is why kernels are odd"),
    "paddings too wide": (lambda: figures.paddings(9, 3, **WORDS), "need 33 columns, and at most 30 fit"),
    "a chain without its steps": (
        lambda: figures.back_propagation([("x", 1), ("L", 1)], [], {}, **WORDS),
        "2 numbers need 1 steps between them, not 0",
    ),
    "a weight of no step": (
        lambda: figures.back_propagation([("x", 1), ("L", 1)], [("·w", 1)], {"w": (1, 1, 1)}, **WORDS),
        r"\['w'\] belong to no step",
    ),
    "image without a channel": (
        lambda: figures.image_grid(torch.zeros(4, 4), **DATA),
        r"\(N, C, H, W\) with N > 0, and these have \(4, 4\)",
    ),
    "two channels": (lambda: figures.image_grid(torch.zeros(1, 2, 4, 4), **DATA), r"\(2, 4, 4\)"),
    "normalised image": (
        lambda: figures.image_grid(grey - 2, **DATA),
        "from -2 to -2: undo the normalisation",
    ),
    "too few titles": (lambda: figures.image_grid(grey, ["one"], **DATA), "1 titles for 2 images"),
    "too few row names": (
        lambda: figures.image_grid(grey, rows=["one"], columns=1, **DATA),
        "1 names for 2 rows of 1",
    ),
    "no map": (lambda: figures.feature_maps(torch.zeros(0, 3, 3), **DATA), r"\(K, H, W\) with K > 0"),
    "infinite map": (lambda: figures.feature_maps(torch.full((1, 2, 2), torch.inf), **DATA), "infinite"),
    "no names": (lambda: figures.training_curves({}, **WORDS), "0 lines"),
    "eight names": (
        lambda: figures.training_curves(dict.fromkeys("abcdefgh", history([0.5], [])), **WORDS),
        "between 1 and 7",
    ),
    "runs of two lengths": (
        lambda: figures.training_curves({"a": [history([0.5], []), history([0.5, 0.6], [])]}, **WORDS),
        "'a' has 2 values for 1 places",
    ),
    "values without a place": (
        lambda: figures.lines([1, 2], {"a": [1]}, **axes, **DATA),
        "'a' has 1 values for 2",
    ),
    "line of nothing": (lambda: figures.lines([], {"a": []}, **axes, **DATA), "'a' has no values"),
    "empty series": (lambda: figures.lines([1, 2], {"a": []}, **axes, **DATA), "'a' has 0 values for 2"),
    "bar without a value": (
        lambda: figures.comparison_bars({"MLP": []}, axis_label="x", **DATA),
        "at least one value",
    ),
    "reference without a bar": (
        lambda: figures.comparison_bars({"MLP": [1]}, axis_label="x", references={"CNN": 2}, **DATA),
        r"\['CNN'\], but there are bars only for \['MLP'\]",
    ),
    "dot without a value": (
        lambda: figures.comparison_dots({"MLP": {"here": []}}, axis_label="x", **DATA),
        "at least one value, and these are {'MLP': {'here': \\[\\]}}",
    ),
    "row without a condition": (
        lambda: figures.comparison_dots({"MLP": {}}, axis_label="x", **DATA),
        "at least one value",
    ),
    "no point": (lambda: figures.scatter({}, **axes, **DATA), "points is empty"),
    "zero on a logarithmic axis": (
        lambda: figures.scatter({"a": (0, 1)}, log_x=True, **axes, **DATA),
        "zero or less, and these are: {'a': 0}",
    ),
    "areas of others": (
        lambda: figures.scatter({"a": (0, 1)}, areas={"b": 1}, **axes, **DATA),
        "same models",
    ),
    "families of others": (
        lambda: figures.scatter({"a": (0, 1), "b": (1, 1)}, families={"old": ["a"]}, **axes, **DATA),
        "families must hold each of the points once",
    ),
    "logits for answers": (
        lambda: figures.confusion_matrix(torch.zeros(3), torch.zeros(3, 2), ["a", "b"], **DATA),
        r"logits\.argmax\(1\)",
    ),
    "class without a name": (
        lambda: figures.confusion_matrix(torch.tensor([0]), torch.tensor([2]), ["a", "b"], **DATA),
        r"predictions must lie in 0\.\.1, .* from 2 to 2",
    ),
    "logits for probabilities": (
        lambda: figures.probabilities(grey[0], torch.tensor([2.0, -1.0]), ["a", "b"], **DATA),
        r"down to -1 and add up to 1: are they logits\?",
    ),
    "probability without a class": (
        lambda: figures.probabilities(grey[0], torch.ones(1), ["a", "b"], **DATA),
        r"must have shape \(2,\)",
    ),
    "true class without a name": (
        lambda: figures.probabilities(grey[0], torch.ones(1), ["a"], true_class=1, **DATA),
        r"true_class=1 has no name: it must lie in 0\.\.0",
    ),
    "batch for a matrix": (
        lambda: figures.number_grid({"input": grey}, **WORDS),
        r"input must have shape \(H, W\)",
    ),
    "operators missing": (
        lambda: figures.number_grid({"a": matrix, "b": matrix}, operators=[], **WORDS),
        "2 grids need 1 operators",
    ),
    "window of nothing": (
        lambda: figures.number_grid({"a": matrix}, windows={"b": []}, **WORDS),
        r"windows names \['b'\], but the grids are \['a'\]",
    ),
    "window outside": (
        lambda: figures.number_grid({"a": matrix}, windows={"a": [(3, 0, 2, 1)]}, **WORDS),
        r"\(3, 0, 2, 1\) is not inside 'a', which has 4 rows and 4 columns",
    ),
    "too many numbers": (lambda: figures.number_grid({"a": torch.zeros(2, 80)}, **WORDS), "do not fit"),
    "step outside the output": (
        lambda: figures.convolution_step(matrix, kernel, 3, 0, **WORDS),
        r"no output cell \(3, 0\): the output has 3 rows and 3 columns",
    ),
    "kernel larger than the image": (
        lambda: figures.convolution_step(kernel, matrix, 0, 0, **WORDS),
        "kernel_size=4",
    ),
    "no step": (lambda: figures.convolution_steps(matrix, kernel, [], **WORDS), "positions is empty"),
    "matrix with three axes": (lambda: figures.layer_matrix(grey[0], **WORDS), r"\(1, 4, 4\)"),
    "matrix too wide": (lambda: figures.layer_matrix(torch.eye(129), **WORDS), "129 columns"),
    "not a convolution": (lambda: figures.layer_matrix(torch.rand(9, 9), **WORDS), "81 different weights"),
    "too many units": (lambda: figures.connections(inputs=20, **WORDS), "inputs=20"),
    "field too wide": (lambda: figures.receptive_field_stack(layers=9, **WORDS), "see 19 cells"),
    "no layers": (lambda: figures.receptive_field_stack(layers=0, **WORDS), "layers=0"),
    "no stack": (lambda: figures.dilated_stacks([], **WORDS), r"stacks=\[\] needs at least one stack"),
    "stack without layers": (
        lambda: figures.dilated_stacks([[1], []], **WORDS),
        "each at least one dilation",
    ),
    "no middle cell": (lambda: figures.dilated_stacks([[1]], 4, **WORDS), "kernel_size=4 has no middle"),
    "gaps too wide": (
        lambda: figures.dilated_stacks([[9, 9]], **WORDS),
        "would see 37 cells, and at most 25",
    ),
    "no band": (lambda: figures.bands([1], {"loss": {}}, x_label="x", **DATA), "0 bands beside each other"),
    "band too short": (
        lambda: figures.bands([1, 2], {"loss": {"a": [[1]]}}, x_label="x", **DATA),
        "'a' has 1 values for 2 places",
    ),
    "bands of others": (
        lambda: figures.bands([1], {"loss": {"a": [[2]]}, "distance": {"b": [[1]]}}, x_label="x", **DATA),
        r"'distance' is given of \['b'\], and the first of \['a'\]",
    ),
    "maps below zero": (
        lambda: figures.dropped_maps(grey[0], matrix[None] - 1, {"dropout": matrix[None] > 0}, **DATA),
        r"numbers from 0 on, and these have \(1, 4, 4\)",
    ),
    "masks of another size": (
        lambda: figures.dropped_maps(grey[0], matrix[None], {"dropout": kernel > 0}, **DATA),
        r"a mask \(1, 4, 4\) for each kind",
    ),
    "no curve": (
        lambda: figures.fitted_curves((matrix, matrix), matrix[0], {}, matrix[0], **DATA),
        "0 curves were asked for",
    ),
    "curve of another length": (
        lambda: figures.fitted_curves((matrix, matrix), matrix[0], {"a": kernel[0]}, matrix[0], **DATA),
        r"'a' has shape \(2,\), and x has \(4,\)",
    ),
    "block without a branch": (
        lambda: figures.branching_blocks({"a": ("x", [], "add")}, **WORDS),
        r"have \[0\] branches: give each at least one",
    ),
    "too many branches": (
        lambda: figures.branching_blocks({"a": ("x", [[]] * 9, "add")}, **WORDS),
        "together at most 8",
    ),
    "time only once": (
        lambda: figures.times({"a": [1, 2], "b": [1]}, **DATA),
        r"at least two times: these have \[2, 1\]",
    ),
    "name twice below a roof": (
        lambda: figures.roofline({"a": {"A": (1, 1)}, "b": {"A": (2, 2)}}, peak=1, bandwidth=1, **DATA),
        "each name once",
    ),
    "no speed below a roof": (
        lambda: figures.roofline({"a": {"A": (1, 0)}}, peak=1, bandwidth=1, **DATA),
        "no place for zero or less",
    ),
    "eight groups below a roof": (
        lambda: figures.roofline({n: {n: (1, 1)} for n in "abcdefgh"}, peak=1, bandwidth=1, **DATA),
        "8 groups, and 7 can be told apart",
    ),
    "eight costs": (
        lambda: figures.costs([1], {"ms": {name: [1] for name in "abcdefgh"}}, x_label="x", **DATA),
        "8 names, and between 1 and 7 lines",
    ),
    "costs of another length": (
        lambda: figures.costs([1, 2], {"ms": {"a": [1]}}, x_label="x", **DATA),
        "ms of 'a' has 1 values for 2 places .* None where there is none",
    ),
    "pooling beyond the image": (lambda: figures.pooling(kernel, 3, **WORDS), "kernel_size=3"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_explained(mistake):
    call, message = MISTAKES[mistake]
    with pytest.raises(ValueError, match=message):
        call()
