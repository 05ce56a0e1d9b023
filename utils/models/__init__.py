"""The networks of the course, one architecture per file, and one function that makes any of them by name."""

from utils.models.pretrained import load_torchvision
from utils.models.registry import count_parameters, create, names

__all__ = ["count_parameters", "create", "load_torchvision", "names"]
