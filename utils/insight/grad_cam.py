"""Grad-CAM: which places of a layer speak for a class.

Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra 2017, "Grad-CAM: Visual explanations from deep networks via
gradient-based localization".
"""

import torch
from torch import Tensor, nn

from utils.insight.recording import finite, on_device, recorded, with_gradients
from utils.insight.scores import asked


def grad_cam(model: nn.Module, images: Tensor, layer: str, classes: Tensor | int | None = None) -> Tensor:
    """ReLU(Σₖ αₖ Aₖ): the layer's maps Aₖ, each weighted by the mean over places of ∂ logit / ∂ Aₖ.

    Args:
        images: (N, C, H, W) floats, normalised as in training; see `inputs`.
        layer: whose maps; usually the last one that still returns maps.
        classes: (N,) integers, or one for all images: whose logits. Left out, each image's own answer.

    Returns:
        (N, h, w), at least 0, as large as the layer's maps, on the CPU.

    Raises:
        TypeError: the images are not floats, or the classes are not whole numbers.
        ValueError: there is no such layer, it does not return maps, or the logits do not depend on them; or classes
            has another shape.
        IndexError: a class that the model does not have.
    """
    with recorded(model, layer) as recording, with_gradients():
        # A tensor of our own, so that a frozen network has gradients too.
        images = finite(on_device(model, images)).detach().clone().requires_grad_()
        score = asked(model(images), classes).sum()  # an image's logit depends on that image alone
        maps = recording.maps
        (gradients,) = torch.autograd.grad(score, maps, allow_unused=True)
    if gradients is None:
        raise ValueError(f"the logits do not depend on what layer {layer!r} returns: choose another one")
    weights = gradients.mean(dim=(2, 3), keepdim=True)  # (N, K, 1, 1)
    return (weights * maps).sum(dim=1).relu().detach().cpu()  # (N, K, h, w) -> (N, h, w)
