"""Every picture of the course. Each function draws with matplotlib and returns a `Picture`, words included."""

from .comparisons import comparison_bars, scatter
from .connecting import connections, receptive_field_stack
from .convolving import convolution_step, convolution_steps
from .curves import lines, training_curves
from .images import feature_maps, image_grid
from .matrices import layer_matrix, number_grid
from .picture import Picture
from .pooling import pooling
from .predictions import confusion_matrix, probabilities

__all__ = [
    "Picture",
    "comparison_bars",
    "confusion_matrix",
    "connections",
    "convolution_step",
    "convolution_steps",
    "feature_maps",
    "image_grid",
    "layer_matrix",
    "lines",
    "number_grid",
    "pooling",
    "probabilities",
    "receptive_field_stack",
    "scatter",
    "training_curves",
]
