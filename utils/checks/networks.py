"""Looking into a learner's network: what its layers read and return, how many there are, and in words which."""

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.wording import shape_of, where_it_failed


def trace(network: nn.Module, images: Tensor, *kinds: type[nn.Module]) -> tuple[object, list[tuple]]:
    """The network's output, and (layer, what it read, what it returned) for its layers of ``kinds`` as they ran.

    Raises `Mistake` with torch's own words, and the learner's line, if the layers do not fit together.
    """
    runs: list[tuple] = []

    def record(layer: nn.Module, read: tuple[Tensor, ...], returned: Tensor) -> None:
        runs.append((layer, read[0].clone(), returned.clone()))  # a later layer may write into them

    modes = [layer.training for layer in network.modules()]
    layers = [layer for layer in network.modules() if isinstance(layer, kinds)]
    hooks = [layer.register_forward_hook(record) for layer in layers]
    try:
        with torch.no_grad():
            output = network(images)
    except Exception as error:
        raise Mistake(f"tried with {shape_of(images)}, {where_it_failed(error)}") from None
    finally:
        for hook in hooks:
            hook.remove()
    if modes != [layer.training for layer in network.modules()]:
        raise Mistake(
            "a call of your network changes its mode. Leave `eval()` and `train()` out of `forward`: whoever uses a "
            "network chooses its mode."
        )
    return output, runs


def layer_count(network: nn.Module, kind: type[nn.Module]) -> int:
    """How many layers of a kind there are."""
    return sum(isinstance(layer, kind) for layer in network.modules())


def parameter_count(network: nn.Module) -> int:
    """How many parameters there are."""
    return sum(parameter.numel() for parameter in network.parameters())


def described(layers: list[nn.Conv2d]) -> str:
    """Convolutions in words: 3×3 from 4 to 8 maps, 1×1 from 8 to 8 maps in 4 groups."""
    each = [
        f"{layer.kernel_size[0]}×{layer.kernel_size[1]} from {layer.in_channels} to {layer.out_channels} maps"
        + (f" in {layer.groups} groups" if layer.groups > 1 else "")
        for layer in layers
    ]
    return ", ".join(each) or "none"
