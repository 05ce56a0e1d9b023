"""Normalisation layers written out to be read, and layers that torch does not have.

Those that torch has as well compute the same as ``torch.nn``; the tests hold the two together.
"""

from utils.layers.depthwise import DepthwiseSeparable
from utils.layers.dropout import Dropout2d
from utils.layers.local import LocallyConnected2d
from utils.layers.normalisation import BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm
from utils.layers.switchable import SwitchableNorm2d
from utils.layers.weight_norm import WeightNorm, weight_norm

__all__ = [
    "BatchNorm2d",
    "DepthwiseSeparable",
    "Dropout2d",
    "GroupNorm",
    "InstanceNorm2d",
    "LayerNorm",
    "LocallyConnected2d",
    "SwitchableNorm2d",
    "WeightNorm",
    "weight_norm",
]
