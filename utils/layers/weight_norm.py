"""Weight normalisation: learn the length and the direction of each weight vector apart.

Salimans and Kingma 2016, "Weight normalization: a simple reparameterization to accelerate training of deep neural
networks". The same as ``torch.nn.utils.parametrizations.weight_norm``.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


class WeightNorm(nn.Module):
    """w = g · v / ‖v‖ with a length g and a direction v for each output channel.

    Shapes: g (out_channels, 1, …), v (out_channels, …) -> w (out_channels, …).
    """

    def forward(self, g: Tensor, v: Tensor) -> Tensor:
        return g * v / length(v)

    def right_inverse(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """The g and v to begin with: those that give back the weight w."""
        return length(w), w


def length(v: Tensor) -> Tensor:
    """‖v‖ of each output channel: (out_channels, …) -> (out_channels, 1, …)."""
    return torch.sqrt((v**2).sum(dim=tuple(range(1, v.ndim)), keepdim=True))


def weight_norm(layer: nn.Module) -> nn.Module:
    """Let ``layer`` (a convolution or linear layer) learn g and v, and compute its weight from them. Returns it.

    They are ``layer.parametrizations.weight.original0`` (g) and ``.original1`` (v).

    Raises:
        ValueError: the layer has no weight.
    """
    if not isinstance(getattr(layer, "weight", None), nn.Parameter):
        raise ValueError(f"{type(layer).__name__} has no weight to normalise: give a convolution or linear layer")
    parametrize.register_parametrization(layer, "weight", WeightNorm())
    return layer
