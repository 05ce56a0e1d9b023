"""A layer of a network in a few words: what tells it from the others in a table."""

from torch import nn

from utils.models.counting import LayerCost


def layer_words(cost: LayerCost) -> str:
    """ "3×3, 16 → 32 channels of 32×32, stride 2", "linear, 64 → 10", "max pooling 2×2, 6 channels of 28×28"."""
    layer = cost.layer
    if isinstance(layer, nn.Linear):
        return f"linear, {layer.in_features:,} → {layer.out_features:,}"
    if len(cost.input_shape) != 3:
        return type(layer).__name__
    channels, height, width = cost.input_shape
    maps = f"channels of {height}×{width}"
    if isinstance(layer, nn.BatchNorm2d):
        return f"batch norm, {channels} {maps}"
    size = f"{_pair(layer.kernel_size)}" if hasattr(layer, "kernel_size") else ""
    stride = f", stride {_one(layer.stride)}" if getattr(layer, "stride", 1) not in (1, (1, 1)) else ""
    if isinstance(layer, nn.Conv2d):
        if layer.groups == channels > 1:
            size += " depthwise"
        elif layer.groups > 1:
            size += f" in {layer.groups} groups"
        return f"{size}, {layer.in_channels} → {layer.out_channels} {maps}{stride}"
    kinds = {nn.MaxPool2d: "max pooling", nn.AvgPool2d: "mean pooling"}
    return f"{kinds.get(type(layer), type(layer).__name__)} {size}, {channels} {maps}{stride}".replace(" ,", ",")


def _one(value: int | tuple[int, int]) -> str:
    return str(value if isinstance(value, int) or value[0] != value[1] else value[0])


def _pair(value: int | tuple[int, int]) -> str:
    height, width = (value, value) if isinstance(value, int) else value
    return f"{height}×{width}"
