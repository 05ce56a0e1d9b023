"""The parts of images that make a channel answer most strongly.

Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks", figure 2, there beside what a
deconvolution makes of them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from utils.arithmetic import integer
from utils.insight.fields import Field, theoretical_field
from utils.insight.recording import finite, on_device, recorded
from utils.insight.scores import BATCH


@dataclass(frozen=True)
class Patch:
    """What one unit of a channel saw: the strongest of its image."""

    image: int  # index among the images
    row: int  # of the unit in its map
    column: int
    value: float  # of the unit
    field: Field

    def cut(self, images: Tensor) -> Tensor:
        """The part of its image that the unit sees, from images (N, C, H, W): (C, *field.size), zeros outside."""
        return self.field.cut(images[self.image], self.row, self.column)


def strongest_patches(model: nn.Module, images: Tensor, layer: str, channel: int, count: int = 8) -> list[Patch]:
    """The ``count`` images in which a unit of the channel is largest, and where; at most one place of each image.

    Args:
        images: (N, C, H, W) floats, normalised as in training; see `inputs`.

    Returns:
        The largest first.

    Raises:
        TypeError: the images are not floats, or ``count`` is no int.
        ValueError: there is no such layer, it does not return maps, or ``count`` is below 1.
        IndexError: the layer has no such channel.
    """
    count = integer("count", count, least=1)
    field = theoretical_field(model, images, layer)  # checks images and layer, too
    values, places = [], []
    with recorded(model, layer) as recording, torch.no_grad():
        for batch in images.split(BATCH):
            model(finite(on_device(model, batch)))
            maps = recording.maps
            if not 0 <= channel < maps.shape[1]:
                raise IndexError(f"channel={channel} must lie in 0..{maps.shape[1] - 1}")
            largest, place = maps[:, channel].flatten(1).max(dim=1)  # (N, h, w) -> (N,)
            values.append(largest.cpu())
            places.append(place.cpu())
    values, places = torch.cat(values), torch.cat(places)
    width = maps.shape[3]
    return [
        Patch(i, places[i].item() // width, places[i].item() % width, values[i].item(), field)
        for i in values.argsort(descending=True, stable=True)[:count].tolist()
    ]
