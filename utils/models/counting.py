"""What a network costs: parameters and multiply-adds, layer by layer."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from utils.arithmetic import multiply_adds
from utils.modes import evaluating


@dataclass(frozen=True)
class LayerCost:
    """One layer that has no parts of its own, as one image passes through it."""

    name: str  # where it is in the network, such as "features.0"
    layer: nn.Module
    input_shape: tuple[int, ...]  # without N: (C, H, W) or (features,)
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int  # of convolutions and linear layers; 0 for all others, whose work is small


def count_parameters(model: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def count_multiply_adds(model: nn.Module, in_channels: int, image_size: int) -> int:
    """Multiply-adds of all convolutions and linear layers for one image; see `layer_costs`."""
    return sum(cost.multiply_adds for cost in layer_costs(model, in_channels, image_size))


def layer_costs(model: nn.Module, in_channels: int, image_size: int) -> list[LayerCost]:
    """The layers of ``model`` in the order in which one image of (in_channels, image_size, image_size) passes them.

    The image is sent through in eval mode. A model on the device "meta", which has shapes but no numbers, costs neither
    time nor memory: ``with torch.device("meta"): model = create(…)``.
    """
    costs: list[LayerCost] = []

    def record(name: str):
        def hook(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            parameters = sum(p.numel() for p in layer.parameters())
            shape = tuple(output.shape[1:])
            before = tuple(inputs[0].shape[1:])
            costs.append(LayerCost(name, layer, before, shape, parameters, _multiply_adds(layer, shape)))

        return hook

    leaves = [(name, layer) for name, layer in model.named_modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(record(name)) for name, layer in leaves]
    try:
        first = next(model.parameters())
        with evaluating(model), torch.no_grad():
            model(torch.zeros(1, in_channels, image_size, image_size, device=first.device, dtype=first.dtype))
    finally:
        for hook in hooks:
            hook.remove()
    return costs


def _multiply_adds(layer: nn.Module, output_shape: tuple[int, ...]) -> int:
    if isinstance(layer, nn.Conv2d):
        (rows, columns), (_, height, width) = layer.kernel_size, output_shape
        return multiply_adds(layer.in_channels, layer.out_channels, (rows, columns), (height, width), layer.groups)
    if isinstance(layer, nn.Linear):
        return layer.in_features * layer.out_features
    return 0
