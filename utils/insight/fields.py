"""Which pixels a unit can see, and which of them matter to it.

The theoretical receptive field follows from kernels, strides, dilations and paddings alone (Araujo, Norris and Sim
2019, "Computing Receptive Fields of Convolutional Neural Networks"). The effective one is measured, by gradients
(Luo, Li, Urtasun and Zemel 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks").
"""

import torch
from torch import Tensor, nn

from utils.insight.following import Field, Following, whole
from utils.insight.recording import finite, on_device, recorded, with_gradients

# What "reaches" means for the size of an effective field: 1 − 95.45 %, the share of a bell curve within two standard
# deviations of its middle, as Luo et al. round it.
REACHED = 1 - 0.9545


def theoretical_field(model: nn.Module, images: Tensor, layer: str) -> Field:
    """What the units of ``layer`` can see, whatever the weights are. Branches that meet see what each of them saw.

    Convolutions, poolings, slices and padding are followed, and what is known to work on each place by itself, as ReLU
    and batch norm do, changes nothing. After anything else, such as a mean over the map, a norm of the whole map or
    something that is not known, a unit sees the whole image: the field may be too large, never too small.

    Args:
        images: (N, C, H, W) floats; only their shape matters.

    Raises:
        TypeError: the images are not floats.
        ValueError: there is no such layer, or it does not return maps.
    """
    images = on_device(model, images)[:1]
    with recorded(model, layer) as recording, torch.inference_mode(False), torch.no_grad():
        images = images.clone()
        with Following(images) as following:
            model(images)
        return following.field_of(recording.maps) or whole(images.shape[2:])


def effective_field(model: nn.Module, images: Tensor, layer: str) -> Tensor:
    """How much each pixel moves the unit in the middle of ``layer``: the mean of |∂ unit / ∂ pixel|.

    The unit is the sum over channels at the middle place. The mean is over images and over the image's channels.

    Args:
        images: (N, C, H, W) floats, normalised as in training; a hundred give a smooth picture.

    Returns:
        (H, W), at least 0, on the CPU.

    Raises:
        TypeError: the images are not floats.
        ValueError: there is no such layer, or it does not return maps.
    """
    with recorded(model, layer) as recording, with_gradients():
        images = finite(on_device(model, images)).detach().clone().requires_grad_()
        model(images)
        maps = recording.maps
        row, column = middle(maps)
        (gradient,) = torch.autograd.grad(maps[:, :, row, column].sum(), images)
    return gradient.abs().mean(dim=(0, 1)).cpu()


def middle(maps: Tensor) -> tuple[int, int]:
    """Row and column of the unit in the middle of maps (…, H, W)."""
    return maps.shape[-2] // 2, maps.shape[-1] // 2


def effective_size(field: Tensor) -> float:
    """Side of a square with as many pixels as those that reach 4.55 % of the largest (Luo et al. 2016).

    Args:
        field: (H, W), see `effective_field`.
    """
    return (field > REACHED * field.max()).sum().sqrt().item()
