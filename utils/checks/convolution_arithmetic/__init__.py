"""Checks of assignment 01: sizes, cross-correlation, three operations in a row, a repair, a gradient."""

from utils.checks.convolution_arithmetic.foreseen import predicted
from utils.checks.convolution_arithmetic.in_a_row import three_operations
from utils.checks.convolution_arithmetic.pooling import max_pool_gradient
from utils.checks.convolution_arithmetic.refuting import refuted
from utils.checks.convolution_arithmetic.repair import repaired
from utils.checks.convolution_arithmetic.sizes import output_size
from utils.checks.convolution_arithmetic.sliding import correlate

__all__ = ["correlate", "max_pool_gradient", "output_size", "predicted", "refuted", "repaired", "three_operations"]
