"""Every picture of the course. Each function draws with matplotlib and returns a `Picture`, words included."""

from utils.figures.bands import bands
from utils.figures.branching_blocks import branching_blocks
from utils.figures.channel_connections import channel_connections
from utils.figures.comparison_bars import comparison_bars
from utils.figures.confusion_matrix import confusion_matrix
from utils.figures.connections import connections
from utils.figures.convolution_step import convolution_step
from utils.figures.convolution_steps import convolution_steps
from utils.figures.costs import costs
from utils.figures.dilated_stacks import dilated_stacks
from utils.figures.effective_fields import effective_fields
from utils.figures.feature_maps import feature_maps
from utils.figures.fitted_curves import fitted_curves
from utils.figures.heat_maps import heat_maps
from utils.figures.image_grid import image_grid
from utils.figures.layer_matrix import layer_matrix
from utils.figures.lines import lines
from utils.figures.normalisation_axes import normalisation_axes
from utils.figures.number_grid import number_grid
from utils.figures.picture import Picture
from utils.figures.pooling import pooling
from utils.figures.probabilities import probabilities
from utils.figures.receptive_field_stack import receptive_field_stack
from utils.figures.scatter import scatter
from utils.figures.times import times
from utils.figures.training_curves import training_curves

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
