"""The networks of the course, one architecture per file, and one function that makes any of them by name.

The convolutional ones keep what makes feature maps in ``features``. What makes logits from the maps is in
``classifier``, a linear layer or a sequence that ends in one; networks that end in global average pooling have none.
"""

from utils.models.counting import count_multiply_adds, count_parameters, layer_costs
from utils.models.pretrained import Pretrained, load_pretrained, replace_head
from utils.models.registry import create, names
from utils.models.weights import bundled
from utils.models.weights.bundled import load_bundled
from utils.models.weights.efficientnet_lite0 import load_efficientnet_lite0
from utils.models.weights.torchvision import load_torchvision

__all__ = [
    "Pretrained",
    "bundled",
    "count_multiply_adds",
    "count_parameters",
    "create",
    "layer_costs",
    "load_bundled",
    "load_efficientnet_lite0",
    "load_pretrained",
    "load_torchvision",
    "names",
    "replace_head",
]
