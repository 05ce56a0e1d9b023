"""Checks of assignment 02: dilated, transposed and separable convolutions, and a linear layer as one."""

from utils.checks.kinds_of_convolution.disguised import as_convolution
from utils.checks.kinds_of_convolution.foreseen import predicted
from utils.checks.kinds_of_convolution.holes import spread
from utils.checks.kinds_of_convolution.refuting import refuted
from utils.checks.kinds_of_convolution.saved import weights
from utils.checks.kinds_of_convolution.separate import separated
from utils.checks.kinds_of_convolution.transposed import scatter

__all__ = ["as_convolution", "predicted", "refuted", "scatter", "separated", "spread", "weights"]
