"""Every picture of the course. Each function draws with matplotlib and returns a `Picture`, words included."""

from utils.figures.branching import branching_blocks
from utils.figures.comparisons import comparison_bars, scatter
from utils.figures.connecting import connections, receptive_field_stack
from utils.figures.convolving import convolution_step, convolution_steps
from utils.figures.curves import lines, training_curves
from utils.figures.dilating import dilated_stacks
from utils.figures.fitting import fitted_curves
from utils.figures.grouping import channel_connections
from utils.figures.images import feature_maps, image_grid
from utils.figures.matrices import layer_matrix, number_grid
from utils.figures.normalising import normalisation_axes
from utils.figures.picture import Picture
from utils.figures.pooling import pooling
from utils.figures.predictions import confusion_matrix, probabilities
from utils.figures.ranges import bands
from utils.figures.seeing import effective_fields, heat_maps
from utils.figures.timing import costs, times

__all__ = [
    "Picture",
    "bands",
    "branching_blocks",
    "channel_connections",
    "comparison_bars",
    "confusion_matrix",
    "connections",
    "convolution_step",
    "convolution_steps",
    "costs",
    "dilated_stacks",
    "effective_fields",
    "feature_maps",
    "fitted_curves",
    "heat_maps",
    "image_grid",
    "layer_matrix",
    "lines",
    "normalisation_axes",
    "number_grid",
    "pooling",
    "probabilities",
    "receptive_field_stack",
    "scatter",
    "times",
    "training_curves",
]
