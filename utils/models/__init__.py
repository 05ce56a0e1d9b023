"""The networks of the course, one architecture per file, and one function that makes any of them by name.

The convolutional ones keep what makes feature maps in ``features``. What makes logits from the maps is in
``classifier``, a linear layer or a sequence that ends in one; networks that end in global average pooling have none.
"""

from utils.models.pretrained import load_torchvision
from utils.models.registry import count_parameters, create, names

__all__ = ["count_parameters", "create", "load_torchvision", "names"]
