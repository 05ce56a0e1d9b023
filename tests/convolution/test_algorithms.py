"""The algorithms of utils.convolution against torch.nn.functional.conv2d, in 64 bits and in 32."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.testing import assert_close

from utils.convolution import cross_correlate_channels, direct, fourier, im2col, matrix_product, winograd

ANY_KERNEL = [direct, matrix_product, fourier]
ALGORITHMS = [*ANY_KERNEL, winograd]
generator = torch.Generator().manual_seed(0)
number = st.integers
padding = number(0, 3) | st.tuples(number(0, 3), number(0, 3))


def random(*shape, dtype=torch.float64):
    return torch.randn(shape, dtype=dtype, generator=generator)


@settings(max_examples=60, deadline=None)
@given(number(1, 3), number(1, 4), number(1, 4), number(1, 9), number(1, 9), number(1, 5), number(1, 5), padding)
def test_any_kernel(n, c_in, c_out, height, width, kernel_height, kernel_width, padding):
    images, weight = random(n, c_in, height, width), random(c_out, c_in, kernel_height, kernel_width)
    try:
        truth = F.conv2d(images, weight, padding=padding)
    except RuntimeError:  # the kernel does not fit
        for algorithm in ANY_KERNEL:
            with pytest.raises(ValueError, match="but the padded input is only"):
                algorithm(images, weight, padding)
        return
    for algorithm in ANY_KERNEL:
        assert_close(algorithm(images, weight, padding), truth, rtol=1e-12, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(number(1, 3), number(1, 4), number(1, 4), number(3, 10), number(3, 10), padding)
def test_winograd(n, c_in, c_out, height, width, padding):
    images, weight = random(n, c_in, height, width), random(c_out, c_in, 3, 3)
    truth = F.conv2d(images, weight, padding=padding)
    assert_close(winograd(images, weight, padding), truth, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_in_32_bits_only_the_last_digits_differ(algorithm):
    images, weight = random(2, 16, 20, 17, dtype=torch.float32), random(8, 16, 3, 3, dtype=torch.float32)
    output = algorithm(images, weight, padding=1)
    assert output.dtype == torch.float32
    truth = F.conv2d(images.double(), weight.double(), padding=1)
    assert (output - truth).abs().max() < 1e-5 * truth.abs().max()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_they_are_differentiable(algorithm):
    images, weight = random(1, 2, 5, 4).requires_grad_(), random(3, 2, 3, 3).requires_grad_()
    out_gradient = random(1, 3, 3, 2)
    ours = torch.autograd.grad(algorithm(images, weight), (images, weight), out_gradient)
    torchs = torch.autograd.grad(F.conv2d(images, weight), (images, weight), out_gradient)
    assert_close(ours, torchs)


def test_im2col_is_torchs_unfold():
    images = random(2, 3, 6, 5)
    assert torch.equal(im2col(images, 3, 2), F.unfold(images, (3, 2)))


def test_they_agree_with_the_loops_of_lecture_01():
    images, weight = random(1, 3, 6, 5), random(2, 3, 3, 3)
    loops = cross_correlate_channels(images[0], weight, padding=1)
    for algorithm in ALGORITHMS:
        assert_close(algorithm(images, weight, padding=1)[0], loops)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "images, weight, message",
    [
        ((3, 8, 8), (4, 3, 3, 3), r"images has shape \(3, 8, 8\), but \(N, C_in, H, W\) is needed"),
        ((1, 3, 8, 8), (4, 2, 3, 3), r"needs 2 input channels, but the images of shape .* have 3"),
        ((1, 3, 8, 2), (4, 3, 3, 3), "spans 3 cells, but the padded input is only 2"),
    ],
)
def test_wrong_shapes_explain_themselves(algorithm, images, weight, message):
    with pytest.raises(ValueError, match=message):
        algorithm(random(*images), random(*weight))


def test_winograd_is_for_kernels_of_3_by_3():
    with pytest.raises(ValueError, match=r"weight has shape \(1, 1, 5, 5\), but F\(2×2, 3×3\) needs kernels of 3×3"):
        winograd(random(1, 1, 8, 8), random(1, 1, 5, 5))
