"""A trained network by name, with what its images must be like, and a new last layer for it."""

from typing import NamedTuple

from torch import nn

from utils.models.weights import bundled, efficientnet_lite0, torchvision


class Pretrained(NamedTuple):
    """A trained network and the images it was trained on: square, and normalised with these numbers per channel."""

    model: nn.Module
    image_size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load_pretrained(name: str) -> Pretrained:
    """A trained network by name.

    Args:
        name: "resnet20", which comes with the course (`load_bundled`); "efficientnet_lite0", a package
            (`load_efficientnet_lite0`); or a network of torchvision's, downloaded (`load_torchvision`).

    Raises:
        ValueError, RuntimeError: what those raise.
    """
    if name == "resnet20":
        return Pretrained(bundled.load_bundled(), 32, bundled.MEAN, bundled.STD)
    if name == "efficientnet_lite0":
        model = efficientnet_lite0.load_efficientnet_lite0()
        return Pretrained(model, 224, efficientnet_lite0.MEAN, efficientnet_lite0.STD)
    try:
        model = torchvision.load_torchvision(name)
    except ValueError as problem:  # it lists what torchvision has
        raise ValueError(f"{problem}; or resnet20 or efficientnet_lite0") from problem
    return Pretrained(model, 224, torchvision.MEAN, torchvision.STD)


def replace_head(model: nn.Module, head: nn.Module) -> nn.Module:
    """Put ``head`` in the place of the last linear layer of ``model.classifier``, and return that layer.

    The new layer is moved to the device that the network is on.

    With ``nn.Identity()`` the model returns features (N, in_features) from then on, what its last layer used to read.
    """
    head = head.to(next(model.parameters()).device)
    parent, name = model, "classifier"
    if isinstance(model.classifier, nn.Sequential):
        parent, name = model.classifier, str(len(model.classifier) - 1)
    old = parent.get_submodule(name)
    setattr(parent, name, head)
    return old
