"""Convolution and pooling written out, to be read: slowly as loops, and by the algorithms that libraries choose from.

`utils.convolution.loops` has one image or channel at a time, as it is taught. The other files hold one
algorithm each for a whole batch, as libraries compute it: `direct`, `im2col`, `fourier` and `winograd`.
"""

from utils.convolution.direct import direct
from utils.convolution.fourier import fourier
from utils.convolution.im2col import im2col, matrix_product
from utils.convolution.loops import (
    average_pool,
    convolve,
    cross_correlate,
    cross_correlate_channels,
    layer_matrix,
    max_pool,
)
from utils.convolution.winograd import winograd

__all__ = [
    "average_pool",
    "convolve",
    "cross_correlate",
    "cross_correlate_channels",
    "direct",
    "fourier",
    "im2col",
    "layer_matrix",
    "matrix_product",
    "max_pool",
    "winograd",
]
