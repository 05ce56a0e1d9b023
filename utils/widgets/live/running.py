"""What the page computes, computed by torch: the steps of an exported network, one after the other."""

import operator
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.widgets.ledger import LAYERS, READS
from utils.widgets.live.packing import unpack_numbers, unpack_weights

VECTORS = {"BatchNorm2d": ("running_mean", "running_var", "weight", "bias"), "Conv2d": ("bias",), "Linear": ("bias",)}


def run(network: dict, image: Tensor) -> list[Tensor]:
    """What each step returns for one normalised image (C, H, W): the image, then [C, H, W] or [features] for each step.

    The weights are those of 8 bits. torch computes what the page must compute.

    Raises:
        ValueError: a step cannot take what it reads, or the last one does not return a logit for each class.
    """
    with torch.no_grad():
        return [output[0] for output in _continued(network, [image[None]])]


def class_map(network: dict, image: Tensor, target: int) -> Tensor:
    """Grad-CAM for class ``target`` at the last output that has places, (h, w); see `utils.insight.grad_cam`."""
    outputs = run(network, image)
    last = max(number for number, output in enumerate(outputs) if output[0].numel() > 1)
    maps = outputs[last][None].requires_grad_()
    logits = _continued(network, [*(output[None] for output in outputs[:last]), maps])[-1]
    (gradients,) = torch.autograd.grad(logits[0, target], maps)
    return (gradients.mean(dim=(2, 3), keepdim=True) * maps)[0].sum(dim=0).relu().detach()


def _continued(network: dict, outputs: list[Tensor]) -> list[Tensor]:
    """The outputs of a batch so far, and all that follow."""
    for number, step in enumerate(network["steps"][len(outputs) - 1 :], start=len(outputs)):
        try:
            outputs.append(_layer(step)(*(outputs[read] for read in step["reads"])))
        except (RuntimeError, TypeError, IndexError) as error:
            raise ValueError(f"step {number}, {step['name']}: {error}") from error
    if outputs[-1].shape != (1, len(network["classes"])):
        raise ValueError(
            f"the network returns {tuple(outputs[-1].shape[1:])} for an image, and not a logit for each of "
            f"{len(network['classes'])} classes"
        )
    return outputs


def _layer(step: dict) -> Callable[..., Tensor]:
    """A step as something to call."""
    kind = step["kind"]
    if kind == "Add":
        return operator.add
    if kind == "Subsample":
        return lambda x: x[:, :, :: step["stride"], :: step["stride"]]
    if kind == "NewMaps":
        return lambda x: F.pad(x, (0, 0, 0, 0, 0, step["new_maps"]))
    settings = {name: step[name] for name in LAYERS[kind]}
    state = {name: unpack_numbers(numbers) for name, numbers in step["numbers"].items()}
    if kind == "BatchNorm2d":
        settings |= {"num_features": len(state["bias"]), "eps": step["eps"]}
    elif kind in READS:
        state["weight"] = unpack_weights(step["weights"])
        settings[READS[kind]] = state["weight"].shape[1] * settings.get("groups", 1)
    layer = getattr(nn, kind)(**settings).eval()
    layer.load_state_dict(state, strict=False)  # the number of batches that batch norm has seen is not asked for
    return layer
