"""The networks of the course, one architecture per file, and one function that makes any of them by name."""

from torch import nn

from utils.models.cnn import CNN
from utils.models.mlp import MLP
from utils.models.small_cnn import SmallCNN

__all__ = ["CNN", "MLP", "SmallCNN", "count_parameters", "create", "names"]

_MODELS = {
    "mlp": MLP,
    "small_cnn": SmallCNN,
    "cnn": CNN,
}


def names() -> list[str]:
    """Every name that ``create`` knows."""
    return list(_MODELS)


def create(name: str, num_classes: int = 10, in_channels: int = 1, image_size: int = 28) -> nn.Module:
    """A new network, its weights freshly initialised from torch's global seed.

    Args:
        name: one of ``names()``.
        num_classes: logits it returns per image.
        in_channels: 1 for grey images, 3 for colour.
        image_size: pixels along each side.

    Returns:
        A module from (N, in_channels, image_size, image_size) to logits (N, num_classes).

    Raises:
        ValueError: an unknown name, or an image size the network cannot take.
    """
    if name not in _MODELS:
        raise ValueError(f"there is no model {name!r}: choose one of {', '.join(_MODELS)}")
    for setting, value in [
        ("num_classes", num_classes),
        ("in_channels", in_channels),
        ("image_size", image_size),
    ]:
        if value < 1:
            raise ValueError(f"{setting}={value} must be at least 1")
    return _MODELS[name](num_classes=num_classes, in_channels=in_channels, image_size=image_size)


def count_parameters(model: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
