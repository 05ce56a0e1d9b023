"""utils.arithmetic against torch: the same numbers, and the same settings refused."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils.arithmetic import (
    dropped,
    multiply_adds,
    output_size,
    parameter_count,
    receptive_field,
    same_padding,
    transposed_output_size,
)

REFUSED = "refused"


def ours(function, *arguments):
    try:
        return function(*arguments)
    except ValueError:
        return REFUSED


def torch_size(convolve, input_size, kernel_size, *arguments, device="meta"):
    """Height and width of what torch returns. The meta device works out shapes only: cheap."""
    image = torch.empty(1, 1, *as_pair(input_size), device=device)
    kernel = torch.empty(1, 1, *as_pair(kernel_size), device=device)
    try:
        return tuple(convolve(image, kernel, None, *arguments).shape[2:])
    except RuntimeError:
        return REFUSED


def as_pair(size):
    return size if isinstance(size, tuple) else (size, size)


def int_or_pair(size, *arguments):
    """What our functions promise: an int if every argument is one."""
    if size == REFUSED or any(isinstance(a, tuple) for a in arguments):
        return size
    assert size[0] == size[1]
    return size[0]


def sizes(least, most):
    number = st.integers(least, most)
    return number | st.tuples(number, number)


# ------------------------------------------------------------ output_size, dropped


def test_output_size_is_the_shape_torch_returns():
    refused = 0
    for i, k, s, p, d in itertools.product(range(1, 10), range(1, 6), range(1, 4), range(4), range(1, 4)):
        truth = int_or_pair(torch_size(F.conv2d, i, k, s, p, d))
        assert ours(output_size, i, k, s, p, d) == truth, (i, k, s, p, d)
        refused += truth == REFUSED
    assert refused > 100  # else the refusals were not tested


@settings(max_examples=500, deadline=None)
@given(st.tuples(sizes(1, 40), sizes(1, 9), sizes(1, 5), sizes(0, 5) | st.just("valid"), sizes(1, 4)))
def test_output_size_with_pairs(arguments):
    assert ours(output_size, *arguments) == int_or_pair(torch_size(F.conv2d, *arguments), *arguments)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@settings(max_examples=300, deadline=None)
@given(st.tuples(sizes(1, 12), sizes(1, 9), sizes(1, 2), st.just("same"), sizes(1, 3)))
def test_output_size_with_same_padding(arguments):
    assert ours(output_size, *arguments) == int_or_pair(torch_size(F.conv2d, *arguments), *arguments)


def test_output_size_refuses_the_nonsense_torch_refuses():
    # On the CPU: the meta device lets some of it through, for example a padding of −1.
    for i, k, s, p, d in itertools.product(range(4), range(3), range(-1, 3), range(-1, 2), range(-1, 3)):
        truth = int_or_pair(torch_size(F.conv2d, i, k, s, p, d, device="cpu"))
        assert ours(output_size, i, k, s, p, d) == truth, (i, k, s, p, d)


def test_dropped_counts_the_cells_beyond_the_last_window():
    for i, k, s, p, d in itertools.product(range(1, 10), range(1, 5), range(1, 5), range(3), range(1, 3)):
        padded = i + 2 * p
        windows = [[start + d * tap for tap in range(k)] for start in range(0, padded, s)]
        touched = {cell for window in windows if window[-1] < padded for cell in window}
        truth = padded - 1 - max(touched) if touched else REFUSED
        assert ours(dropped, i, k, s, p, d) == truth, (i, k, s, p, d)


def test_dropped_takes_pairs_and_words():
    assert dropped((7, 8), 3, 2) == (0, 1)
    assert dropped(8, 3, (1, 3)) == (0, 2)
    assert dropped(8, 3, 2, "valid") == 1
    assert dropped(8, 4, padding="same") == 0


# ------------------------------------------------------------ transposed, same padding


def test_transposed_output_size_is_the_shape_torch_returns():
    refused = 0
    ranges = range(1, 5), range(1, 5), range(1, 4), range(3), range(4), range(1, 4)
    for i, k, s, p, extra, d in itertools.product(*ranges):
        # On the CPU: the meta device does not check output_padding. (The lone 1 is torch's groups.)
        truth = int_or_pair(torch_size(F.conv_transpose2d, i, k, s, p, extra, 1, d, device="cpu"))
        if truth == 0:
            truth = REFUSED  # torch refuses an empty output too, except on one of its CPU paths
        assert ours(transposed_output_size, i, k, s, p, extra, d) == truth, (i, k, s, p, extra, d)
        refused += truth == REFUSED
    assert refused > 100


@settings(max_examples=300, deadline=None)
@given(sizes(2, 9), sizes(1, 3), sizes(1, 3), sizes(0, 1), sizes(0, 3), sizes(1, 3))
def test_transposed_output_size_with_pairs(i, k, s, p, extra, d):
    truth = torch_size(F.conv_transpose2d, i, k, s, p, extra, 1, d, device="cpu")
    assert ours(transposed_output_size, i, k, s, p, extra, d) == int_or_pair(truth, i, k, s, p, extra, d)


def test_transposed_output_size_refuses_nonsense():
    least = {"input_size": 1, "kernel_size": 1, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1}
    fine = {"input_size": 5, "kernel_size": 3}
    assert transposed_output_size(**fine) == 7
    for name, value in least.items():
        with pytest.raises(ValueError, match=f"{name}={value - 1} "):
            transposed_output_size(**fine | {name: value - 1})


def test_transposed_convolution_grows_back_what_a_convolution_shrank():
    for i, k, s, p in itertools.product(range(5, 20), range(1, 6), range(1, 4), range(3)):
        small = output_size(i, k, s, p)
        assert transposed_output_size(small, k, s, p, output_padding=dropped(i, k, s, p)) == i


@given(sizes(1, 9), sizes(1, 4))
def test_same_padding_keeps_the_size(kernel_size, dilation):
    odd = [d * (k - 1) % 2 for k, d in zip(as_pair(kernel_size), as_pair(dilation), strict=True)]
    if any(odd):
        with pytest.raises(ValueError, match="why kernels are odd"):
            same_padding(kernel_size, dilation)
    else:
        padding = same_padding(kernel_size, dilation)
        assert isinstance(padding, int) == (isinstance(kernel_size, int) and isinstance(dilation, int))
        assert torch_size(F.conv2d, (11, 12), kernel_size, 1, padding, dilation) == (11, 12)


# ------------------------------------------------------------ weights, work


def test_parameter_count_is_the_size_of_a_torch_layer():
    ranges = range(1, 7), range(1, 7), [1, 3, (2, 5)], range(1, 5), [True, False]
    for c_in, c_out, k, groups, bias in itertools.product(*ranges):
        try:
            layer = nn.Conv2d(c_in, c_out, k, groups=groups, bias=bias, device="meta")
            truth = sum(p.numel() for p in layer.parameters())
        except ValueError:
            truth = REFUSED
        assert ours(parameter_count, c_in, c_out, k, groups, bias) == truth, (c_in, c_out, k, groups, bias)


def test_multiply_adds_are_half_of_what_torch_counts():
    ranges = [1, 4, 6], [1, 2, 6], [1, (3, 2)], [4, (3, 5)], range(1, 4)
    for c_in, c_out, k, size, groups in itertools.product(*ranges):
        if c_in % groups or c_out % groups:
            with pytest.raises(ValueError, match=f"groups={groups} does not divide"):
                multiply_adds(c_in, c_out, k, size, groups)
            continue
        layer = nn.Conv2d(c_in, c_out, k, groups=groups, device="meta")
        input_size = [s + k - 1 for s, k in zip(as_pair(size), as_pair(k), strict=True)]
        with FlopCounterMode(display=False) as counter:
            output = layer(torch.empty(1, c_in, *input_size, device="meta"))
        assert output.shape[2:] == as_pair(size)
        assert 2 * multiply_adds(c_in, c_out, k, size, groups) == counter.get_total_flops()


# ------------------------------------------------------------ receptive_field


def seen_by_one_unit(layers):
    """Height and width of the region in which the input has a gradient, when all weights are positive."""
    image = torch.ones(1, 1, 100, 100, dtype=torch.float64, requires_grad=True)
    features = image
    for layer in layers:
        kernel = torch.ones(1, 1, *as_pair(layer[0]), dtype=torch.float64)
        features = F.conv2d(features, kernel, stride=layer[1], dilation=layer[2] if len(layer) == 3 else 1)
    features[0, 0, 0, 0].backward()
    rows, columns = image.grad[0, 0].nonzero(as_tuple=True)
    return (rows.max() - rows.min() + 1).item(), (columns.max() - columns.min() + 1).item()


layer = st.tuples(sizes(1, 4), sizes(1, 3)) | st.tuples(sizes(1, 4), sizes(1, 3), sizes(1, 2))


@settings(max_examples=100, deadline=None)
@given(st.lists(layer, max_size=3))
def test_receptive_field_is_the_region_with_a_gradient(layers):
    numbers = [number for layer in layers for number in layer]
    assert receptive_field(layers) == int_or_pair(seen_by_one_unit(layers), *numbers)


def test_receptive_field_of_known_networks():
    # As listed by the authors of Araujo et al. 2019: up to the last pooling, before the classifier.
    alexnet = [(11, 4), (3, 2), (5, 1), (3, 2), (3, 1), (3, 1), (3, 1), (3, 2)]
    vgg16 = [layer for convs in (2, 2, 3, 3, 3) for layer in [(3, 1)] * convs + [(2, 2)]]
    assert receptive_field(alexnet) == 195
    assert receptive_field(vgg16) == 212


@pytest.mark.parametrize("layers", [(3, 1), [3, 3], [(3,)], [(3, 1, 1, 1)], ["31"]])
def test_receptive_field_says_what_a_layer_is(layers):
    with pytest.raises(ValueError, match=r"layers\[0\]=.* must be \(kernel_size, stride\)"):
        receptive_field(layers)


# ------------------------------------------------------------ errors

CALLS = [
    (output_size, {"input_size": 9, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}),
    (dropped, {"input_size": 9, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1}),
    (
        transposed_output_size,
        {"input_size": 9, "kernel_size": 3, "stride": 1, "padding": 0, "output_padding": 0, "dilation": 1},
    ),
    (same_padding, {"kernel_size": 3, "dilation": 1}),
    (parameter_count, {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 2}),
    (multiply_adds, {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "output_size": 5, "groups": 2}),
]


@pytest.mark.parametrize("function, fine", CALLS)
def test_a_whole_number_of_numpy_is_one_too_and_what_comes_out_is_an_int(function, fine):
    found = function(**{name: np.int64(v) if type(v) is int else v for name, v in fine.items()})
    assert found == function(**fine)
    assert {type(one) for one in (found if isinstance(found, tuple) else [found])} == {int}


@pytest.mark.parametrize("wrong", [3.0, True, None, torch.tensor(3), (3, 2.5), (False, 1)])
@pytest.mark.parametrize("function, fine", CALLS)
def test_every_number_must_be_an_int(function, fine, wrong):
    function(**fine)
    for name in fine:
        with pytest.raises(TypeError, match=f"^{name}=.* must be a whole number"):
            function(**fine | {name: wrong})
    with pytest.raises(TypeError, match=r"^layers\[1\]: stride=.* must be a whole number"):
        receptive_field([(3, 1), (3, wrong)])


@pytest.mark.parametrize("function, fine", CALLS)
def test_every_number_has_a_least_value(function, fine):
    for name in fine:
        least = 0 if "padding" in name else 1
        with pytest.raises(ValueError, match=f"^{name}={least - 1} is too small: it must be at least {least}"):
            function(**fine | {name: least - 1})


def test_impossible_settings_explain_themselves():
    for message, function, arguments in [
        (
            "kernel_size=5 with dilation=2 spans 9 cells, but the padded input is only 7: use a smaller",
            output_size,
            (7, 5, 1, 0, 2),
        ),
        ("kernel_size=4 with dilation=1 needs 3 cells of padding", same_padding, (4,)),
        ("use 3 or 5", same_padding, (4,)),
        ("padding='same' needs stride=1, not 2", output_size, (7, 3, 2, "same")),
        ("padding='full' is not known", output_size, (7, 3, 1, "full")),
        ("output_padding=2 is too large", transposed_output_size, (7, 3, 2, 0, 2)),
        ("padding=2 takes 4 cells from an output of 3", transposed_output_size, (3, 1, 1, 2)),
        ("groups=3 does not divide in_channels=4", parameter_count, (4, 6, 3, 3)),
        ("groups=2 does not divide out_channels=3", parameter_count, (4, 3, 3, 2)),
        ("kernel_size=(3, 3, 3) has length 3", output_size, (7, (3, 3, 3))),
    ]:
        with pytest.raises(ValueError) as error:
            function(*arguments)
        assert message in str(error.value)


def test_torch_is_not_imported():
    code = "import sys, utils.arithmetic; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------ worked values of lecture 01


def test_worked_sizes():
    assert output_size(4, 3, stride=1, padding=0) == 2
    assert output_size(5, 4, stride=1, padding=2) == 6
    assert output_size(5, 3, stride=2, padding=0) == 2
    assert output_size((7, 6), (3, 3)) == (5, 4)
    for kernel_size, stride, padding in [(3, 1, 1), (5, 1, 2), (1, 1, 0)]:
        assert output_size(224, kernel_size, stride, padding) == 224
        assert same_padding(kernel_size) == padding


def test_ten_unpadded_5x5_layers_lose_about_30_percent_of_240x240_pixels():
    size = 240
    for _ in range(10):
        size = output_size(size, 5)
    assert size == 200
    assert 1 - size**2 / 240**2 == pytest.approx(0.30, abs=0.01)


@pytest.mark.parametrize("channels", [1, 16, 64])
def test_three_3x3_see_as_far_as_one_7x7_with_fewer_weights(channels):
    assert receptive_field([(3, 1)] * 3) == receptive_field([(7, 1)]) == 7
    assert 3 * parameter_count(channels, channels, 3, bias=False) == 27 * channels**2
    assert parameter_count(channels, channels, 7, bias=False) == 49 * channels**2


def test_parameters_of_conv2d_64_128_3():
    weight, bias = nn.Conv2d(64, 128, 3).parameters()
    assert list(weight.shape) == [128, 64, 3, 3]
    assert list(bias.shape) == [128]
    assert parameter_count(64, 128, 3) == 128 * 64 * 3 * 3 + 128 == 73_856
