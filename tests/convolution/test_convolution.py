"""utils.convolution against torch.nn.functional, and against what mathematics says of convolution."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from utils.arithmetic import multiply_adds
from utils.convolution import (
    average_pool,
    convolve,
    cross_correlate,
    cross_correlate_channels,
    layer_matrix,
    max_pool,
)

number = st.integers
shape = st.tuples(number(1, 7), number(1, 7))
kernel_shape = st.tuples(number(1, 4), number(1, 4))
stride = number(1, 3) | st.tuples(number(1, 3), number(1, 3))
padding = number(0, 2) | st.tuples(number(0, 2), number(0, 2))
dilation = number(1, 2) | st.tuples(number(1, 2), number(1, 2))
many = settings(max_examples=150, deadline=None)
generator = torch.Generator().manual_seed(0)


def random(*shape):
    return torch.randn(shape, dtype=torch.float64, generator=generator)


def assert_same_or_both_refuse(ours, torchs):
    """Compare two calls. Torch's result has an axis for the image and one for the channel in front."""
    try:
        truth = torchs()[0]
    except RuntimeError:
        with pytest.raises(ValueError):
            ours()
        return
    output = ours()
    assert_close(output, truth.reshape(truth.shape[-output.ndim :]))


# ------------------------------------------------------------ cross-correlation and convolution


@many
@given(shape, kernel_shape, stride, padding, dilation)
def test_cross_correlate_is_conv2d(shape, kernel_shape, stride, padding, dilation):
    image, kernel = random(*shape), random(*kernel_shape)
    assert_same_or_both_refuse(
        lambda: cross_correlate(image, kernel, stride, padding, dilation),
        lambda: F.conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation),
    )


@many
@given(shape, kernel_shape, stride, padding, dilation)
def test_convolve_is_conv2d_with_the_kernel_turned(shape, kernel_shape, stride, padding, dilation):
    image, kernel = random(*shape), random(*kernel_shape)
    turned = kernel.rot90(2)
    assert_same_or_both_refuse(
        lambda: convolve(image, kernel, stride, padding, dilation),
        lambda: F.conv2d(image[None, None], turned[None, None], None, stride, padding, dilation),
    )


def test_convolve_multiplies_polynomials():
    # (1 + 2x + 3x²)(4 + 5x) = 4 + 13x + 22x² + 15x³
    full = convolve(torch.tensor([[1, 2, 3]]), torch.tensor([[4, 5]]), padding=(0, 1))
    assert full.tolist() == [[4, 13, 22, 15]] == [np.convolve([1, 2, 3], [4, 5]).tolist()]


def full(operation, image, kernel):
    """Every place where the kernel touches the image at all."""
    return operation(image, kernel, padding=(kernel.shape[0] - 1, kernel.shape[1] - 1))


def test_convolution_commutes_and_associates_but_cross_correlation_does_not():
    image, a, b = (torch.randint(-9, 10, s, generator=generator) for s in [(5, 6), (3, 2), (2, 4)])

    assert torch.equal(full(convolve, image, a), full(convolve, a, image))
    twice = full(convolve, full(convolve, image, a), b)
    assert torch.equal(twice, full(convolve, image, full(convolve, a, b)))

    twice = full(cross_correlate, full(cross_correlate, image, a), b)
    assert twice.shape == full(cross_correlate, image, full(cross_correlate, a, b)).shape
    assert not torch.equal(twice, full(cross_correlate, image, full(cross_correlate, a, b)))
    # What does hold: cross-correlating twice is cross-correlating once, with the convolution of the kernels.
    assert torch.equal(twice, full(cross_correlate, image, full(convolve, a, b)))


@pytest.mark.parametrize("image_dtype", [torch.uint8, torch.int32, torch.int64, torch.float32, torch.float64])
@pytest.mark.parametrize("kernel_dtype", [torch.uint8, torch.int16, torch.int64, torch.float32])
def test_whole_numbers_and_floats_may_be_mixed(image_dtype, kernel_dtype):
    image = torch.randint(0, 200, (5, 6), generator=generator).to(image_dtype)
    kernel = torch.randint(0, 9, (2, 3), generator=generator).to(kernel_dtype)
    common = (torch.empty(1, dtype=image_dtype) * torch.empty(1, dtype=kernel_dtype)).dtype
    # In uint8 both wrap around at 256.
    truth = F.conv2d(image.to(common)[None, None], kernel.to(common)[None, None])[0, 0]
    assert_close(cross_correlate(image, kernel), truth)
    assert_close(convolve(image, kernel.flip(0, 1)), truth)


# ------------------------------------------------------------ channels


@settings(max_examples=100, deadline=None)
@given(number(1, 3), number(1, 3), shape, kernel_shape, stride, padding, st.booleans())
def test_cross_correlate_channels_is_conv2d(c_in, c_out, shape, kernel_shape, stride, padding, has_bias):
    image, weight = random(c_in, *shape), random(c_out, c_in, *kernel_shape)
    bias = random(c_out) if has_bias else None
    assert_same_or_both_refuse(
        lambda: cross_correlate_channels(image, weight, bias, stride, padding),
        lambda: F.conv2d(image[None], weight, bias, stride, padding),
    )


# ------------------------------------------------------------ pooling


@many
@given(shape, kernel_shape, st.none() | stride, padding)
def test_pooling_is_torchs_pooling(shape, kernel_shape, stride, padding):
    image = random(*shape) - 5  # mostly negative, so that a zero of the padding would win a maximum
    for pool, torch_pool in [(max_pool, F.max_pool2d), (average_pool, F.avg_pool2d)]:
        assert_same_or_both_refuse(
            lambda pool=pool: pool(image, kernel_shape, stride, padding),
            lambda torch_pool=torch_pool: torch_pool(image[None, None], kernel_shape, stride, padding),
        )


def test_pooling_whole_numbers():
    image = torch.tensor([[1, 2], [4, 8]], dtype=torch.uint8)
    assert_close(max_pool(image, 2), torch.tensor([[8]], dtype=torch.uint8))
    assert_close(average_pool(image, 2), torch.tensor([[3.75]]))


def test_a_negative_whole_number_beats_the_padding():
    assert max_pool(torch.full((2, 2), -7), 2, padding=1).tolist() == [[-7, -7], [-7, -7]]


# ------------------------------------------------------------ the layer as a matrix


@many
@given(shape, kernel_shape, stride, padding)
def test_layer_matrix_times_the_image_is_conv2d(shape, kernel_shape, stride, padding):
    image, kernel = random(*shape), random(*kernel_shape)

    def product():
        matrix = layer_matrix(kernel, shape, stride, padding)
        return (matrix @ image.flatten()).reshape(-1)

    assert_same_or_both_refuse(
        product, lambda: F.conv2d(image[None, None], kernel[None, None], None, stride, padding).flatten(1)
    )


@settings(max_examples=50, deadline=None)
@given(shape, kernel_shape)
def test_layer_matrix_is_sparse_and_made_of_toeplitz_blocks(shape, kernel_shape):
    (height, width), (k_height, k_width) = shape, kernel_shape
    assume(k_height <= height and k_width <= width)
    out_height, out_width = height - k_height + 1, width - k_width + 1

    matrix = layer_matrix(torch.arange(1, k_height * k_width + 1).reshape(kernel_shape), shape)
    assert matrix.shape == (out_height * out_width, height * width)
    assert matrix.count_nonzero() == multiply_adds(1, 1, kernel_shape, (out_height, out_width))

    blocks = matrix.reshape(out_height, out_width, height, width)  # output y, x; input row, column
    assert torch.equal(blocks[1:, :, 1:], blocks[:-1, :, :-1])
    assert torch.equal(blocks[:, 1:, :, 1:], blocks[:, :-1, :, :-1])


def test_layer_matrix_takes_one_number_for_a_square_image():
    kernel = random(2, 3)
    assert torch.equal(layer_matrix(kernel, 5, 2, 1), layer_matrix(kernel, (5, 5), (2, 2), (1, 1)))


# ------------------------------------------------------------ errors


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: cross_correlate(random(1, 4, 4), random(2, 2)),
            r"image has shape \(1, 4, 4\), but \(H, W\)",
        ),
        (lambda: cross_correlate(random(4, 4), random(2)), r"kernel has shape \(2,\), but \(kH, kW\)"),
        (lambda: convolve(random(4, 4), random(1, 2, 2)), r"kernel has shape \(1, 2, 2\), but \(kH, kW\)"),
        (lambda: convolve(random(4), random(2, 2)), r"image has shape \(4,\)"),
        (lambda: cross_correlate(random(3, 3), random(4, 4)), "kernel_size=4 .* spans 4 cells"),
        (lambda: cross_correlate(random(3, 3), random(0, 2)), "kernel_size=0 is too small"),
        (lambda: cross_correlate(random(3, 3), random(2, 2), padding=-1), "padding=-1 is too small"),
        (lambda: cross_correlate_channels(random(4, 4), random(1, 1, 2, 2)), r"\(C_in, H, W\) is needed"),
        (lambda: cross_correlate_channels(random(1, 4, 4), random(1, 2, 2)), r"\(C_out, C_in, kH, kW\)"),
        (
            lambda: cross_correlate_channels(random(3, 4, 4), random(5, 2, 2, 2)),
            "needs 2 input channels, but",
        ),
        (
            lambda: cross_correlate_channels(random(3, 4, 4), random(5, 4, 2, 2)),
            "needs 4 input channels, but",
        ),
        (
            lambda: cross_correlate_channels(random(2, 4, 4), random(5, 2, 2, 2), random(2)),
            r"bias has shape \(2,\), but one number for each output channel is needed: \(5,\)",
        ),
        (lambda: max_pool(random(1, 4, 4), 2), r"image has shape \(1, 4, 4\)"),
        (lambda: max_pool(random(4, 4), 3, padding=2), "padding=2 is more than half of kernel_size=3"),
        (lambda: average_pool(random(4, 4), (4, 2), padding=(2, 2)), r"padding=\(2, 2\) is more than half"),
        (lambda: average_pool(random(4, 4), 5), "kernel_size=5 .* spans 5 cells"),
        (lambda: layer_matrix(random(2), 4), r"kernel has shape \(2,\)"),
        (lambda: layer_matrix(random(2, 2), 1), "spans 2 cells, but the padded input is only 1"),
    ],
)
def test_wrong_shapes_explain_themselves(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_only_tensors_are_taken():
    with pytest.raises(TypeError, match="image must be a torch tensor, but it is a list"):
        cross_correlate([[1, 2], [3, 4]], torch.ones(1, 1))
    with pytest.raises(TypeError, match="kernel must be a torch tensor, but it is a ndarray"):
        convolve(torch.ones(2, 2), np.ones((1, 1)))


# ------------------------------------------------------------ worked values of lecture 01


def test_worked_values():
    image = torch.arange(9).reshape(3, 3)
    kernel = torch.tensor([[0, 1], [2, 3]])
    assert cross_correlate(image, kernel).tolist() == [[19, 25], [37, 43]]

    larger = torch.arange(1, 17).reshape(4, 4)
    output = cross_correlate(larger, torch.tensor([[1, 2], [3, 4]]))
    assert output.flatten()[:5].tolist() == [44, 54, 64, 84, 94]

    two_channels = torch.stack([image, image + 1])
    kernels = torch.stack([kernel, kernel + 1])
    assert cross_correlate_channels(two_channels, kernels[None]).tolist() == [[[56, 72], [104, 120]]]

    assert cross_correlate_channels(random(8, 7, 6), random(8, 8, 3, 3)).shape == (8, 5, 4)


def test_worked_pooling():
    image = torch.arange(9).reshape(3, 3)
    assert max_pool(image, 2, stride=1).tolist() == [[4, 5], [7, 8]]
    assert average_pool(image, 2, stride=1).tolist() == [[2, 3], [5, 6]]
    # No stride given: the kernel size, so that windows do not overlap.
    assert max_pool(torch.arange(16).reshape(4, 4), 2).tolist() == [[5, 7], [13, 15]]
