"""Weights that torchvision trained on ImageNet, in our networks.

Where torchvision has a network of the same name, ours holds the same parameters and buffers in the same order, only
under other names. So the map from torchvision's keys to ours is: the i-th to the i-th. `key_map` checks at every place
that both are the same kind of number (weight, bias, running mean …) of the same kind of layer, and of the same shape.
"""

import pickle
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import torch
from torch import Tensor, nn

from utils.compat import import_torchvision
from utils.files import classroom, offline, written_whole
from utils.models.googlenet import GoogLeNet
from utils.models.registry import create, names

# Of ImageNet's training images, 0 dark and 1 bright: what torchvision's networks were trained with.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def load_torchvision(name: str) -> nn.Module:
    """Our network ``name`` with the best weights that torchvision trained on ImageNet.

    The weights are downloaded once, by torchvision, into its own cache, or copied to it from the folder
    ``COURSE_DATA``, if a classroom has them there. They expect 224×224 colour images in 0..1,
    normalised with `MEAN` and `STD`.

    Args:
        name: a network that both have, such as "resnet18" or "vgg16".

    Returns:
        A module from (N, 3, 224, 224) to logits (N, 1000), in train mode as any new network. For "googlenet" it has
        no auxiliary heads.

    Raises:
        ValueError: torchvision has no such network.
        RuntimeError: the weights could not be downloaded or read.
    """
    torchvision = import_torchvision()
    shared = [ours for ours in names() if ours in torchvision.models.list_models()]
    if name not in shared:
        raise ValueError(f"torchvision has no weights for {name!r}: choose one of {', '.join(shared)}")

    url = torchvision.models.get_model_weights(name).DEFAULT.url
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(url).path).name
    _take_from_classroom(file)
    help_text = (
        f"The weights are downloaded once, from {url}. Connect to the internet and try again, or copy that file to "
        f"{file} yourself."
    )
    if offline() and not file.exists():
        raise RuntimeError(f"COURSE_OFFLINE is set, and {name}'s trained weights are not here yet. {help_text}")
    try:
        theirs = torchvision.models.get_model(name, weights="DEFAULT")
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        if file.exists():
            help_text = f"The file {file} is damaged: delete it and try again."
        raise RuntimeError(f"{name}'s trained weights could not be loaded ({error}). {help_text}") from error

    ours = create(name, num_classes=1000, in_channels=3, image_size=224)
    copy_weights(theirs, ours)
    if isinstance(ours, GoogLeNet):
        ours.rescale = Rescale()
    return ours


def _take_from_classroom(file: Path) -> None:
    """Copy a file of weights from ``COURSE_DATA`` into torchvision's cache, if it is there and not here."""
    folder = classroom()
    if folder and (folder / file.name).exists() and not file.exists():
        with written_whole(file) as copy, open(folder / file.name, "rb") as theirs:
            shutil.copyfileobj(theirs, copy)


def copy_weights(theirs: nn.Module, ours: nn.Module) -> None:
    """Copy every parameter and buffer of torchvision's network into ours, by `key_map`.

    Raises:
        ValueError: they are not the same network.
    """
    values = theirs.state_dict()
    ours.load_state_dict({our_key: values[key] for key, our_key in key_map(theirs, ours).items()})


def key_map(theirs: nn.Module, ours: nn.Module) -> dict[str, str]:
    """From each key of torchvision's ``state_dict`` to the key of ours that means the same.

    For example ``layer1.0.bn1.weight`` of a ResNet-18 to ``features.1.0.residual.1.weight``.

    Raises:
        ValueError: the two differ at some place in the number of keys, the kind of layer, or the shape.
    """
    their_entries, our_entries = _entries(theirs), _entries(ours)
    if len(their_entries) != len(our_entries):
        raise ValueError(f"one network has {len(their_entries)} parameters and buffers, the other {len(our_entries)}")
    for (their_key, their_kind), (our_key, our_kind) in zip(their_entries.items(), our_entries.items(), strict=True):
        if their_kind != our_kind:
            raise ValueError(f"{their_key} is {their_kind}, but {our_key} at the same place is {our_kind}")
    return dict(zip(their_entries, our_entries, strict=True))


def _entries(model: nn.Module) -> dict[str, tuple[str, str, tuple[int, ...]]]:
    """Each key of the ``state_dict`` with (kind of layer, kind of number, shape), in order."""

    def kind(key: str, value: Tensor) -> tuple[str, str, tuple[int, ...]]:
        layer, _, number = key.rpartition(".")
        return type(model.get_submodule(layer)).__name__, number, tuple(value.shape)

    return {key: kind(key, value) for key, value in model.state_dict().items()}


class Rescale(nn.Module):
    """From images normalised as for all other networks to those that the GoogLeNet weights were trained on.

    They were ported from a network that took (image − 0.5) / 0.5. Shapes: (N, 3, H, W) -> (N, 3, H, W).
    """

    scale: Tensor
    shift: Tensor

    def __init__(self):
        super().__init__()
        mean = torch.tensor(MEAN).reshape(3, 1, 1)  # (3,) -> (3, 1, 1): one number per channel
        std = torch.tensor(STD).reshape(3, 1, 1)
        self.register_buffer("scale", std / 0.5)
        self.register_buffer("shift", (mean - 0.5) / 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale + self.shift
