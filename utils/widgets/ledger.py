"""Network Ledger: a network as rows, each with its shape, parameters, work, memory and receptive field."""

import torch
from torch import nn

from utils.widgets.base import CourseWidget
from utils.widgets.traits import Checked, Words

# The layers it knows, each setting with its least value. Sizes are the same in both directions.
LAYERS: dict[str, dict[str, int]] = {
    "Conv2d": {"out_channels": 1, "kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1, "groups": 1},
    "MaxPool2d": {"kernel_size": 1, "stride": 1, "padding": 0},
    "AvgPool2d": {"kernel_size": 1, "stride": 1, "padding": 0},
    "AdaptiveAvgPool2d": {"output_size": 1},
    "BatchNorm2d": {},
    "ReLU": {},
    "Dropout": {},
    "Flatten": {},
    "Linear": {"out_features": 1},
}
MOST = 65_536
LENET = [
    {
        "kind": "Conv2d",
        "out_channels": 6,
        "kernel_size": 5,
        "stride": 1,
        "padding": 2,
        "dilation": 1,
        "groups": 1,
    },
    {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 0},
    {
        "kind": "Conv2d",
        "out_channels": 16,
        "kernel_size": 5,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
    },
    {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 0},
    {"kind": "Flatten"},
    {"kind": "Linear", "out_features": 10},
]


class Layers(Checked):
    """A list of dicts, each with a "kind" and all settings of that kind."""

    def check(self, value) -> list[dict]:
        if not isinstance(value, (list, tuple)) or len(value) > 200:
            raise TypeError("layers must be a list of at most 200 dicts like {'kind': 'ReLU'}")
        return [self._layer(number, layer) for number, layer in enumerate(value)]

    def _layer(self, number: int, layer) -> dict:
        kind = layer.get("kind") if isinstance(layer, dict) else None
        if not isinstance(kind, str) or kind not in LAYERS:
            raise TypeError(f"layers[{number}] must be a dict whose 'kind' is one of {', '.join(LAYERS)}")
        checked = {"kind": kind}
        for name, least in LAYERS[kind].items():
            size = layer.get(name)
            if not isinstance(size, int) or isinstance(size, bool) or not least <= size <= MOST:
                raise ValueError(
                    f"layers[{number}]: {name} of {kind} must be a whole number from {least} to {MOST:,}"
                )
            checked[name] = size
        return checked


class Shape(Checked):
    """(channels, rows, columns)."""

    def check(self, value) -> list[int]:
        whole = isinstance(value, (list, tuple)) and all(
            isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= MOST for size in value
        )
        if not whole or len(value) != 3:
            raise TypeError(
                f"{self.name} must be (channels, rows, columns), whole numbers from 1 to {MOST:,}"
            )
        return list(value)


class NetworkLedger(CourseWidget):
    """Rows of layers that can be edited, moved, added and removed.

    Args:
        layers: dicts like ``{"kind": "Linear", "out_features": 10}``; all settings of the kind must be there.
        input_shape: (C, H, W) of one image.
        title: the line above.
    """

    script = "ledger"
    also = ("account",)
    height = 620
    layers = Layers(LENET)
    input_shape = Shape([1, 28, 28])
    title = Words("A network, row by row")

    def __init__(self, layers=LENET, input_shape=(1, 28, 28), **settings):
        super().__init__(layers=layers, input_shape=input_shape, **settings)

    @classmethod
    def from_module(cls, module: nn.Module, input_shape: tuple[int, int, int], **settings) -> "NetworkLedger":
        """The rows of an ``nn.Sequential``, nested or not, or of a model that is one inside.

        Raises:
            ValueError: the model has a layer or a setting that no row can show; the message names it.
        """
        leaves = [part for part in module.modules() if not list(part.children())]
        return cls([_row(leaf) for leaf in leaves], input_shape, **settings)

    def to_module(self) -> nn.Sequential:
        """The rows as a torch network with fresh weights.

        Raises:
            ValueError: a layer cannot take what the one before it returns.
        """
        shape, layers = torch.empty(1, *self.input_shape, device="meta"), []
        for number, row in enumerate(self.layers):
            given = {name: value for name, value in row.items() if name != "kind"}
            first = {"Conv2d": "in_channels", "BatchNorm2d": "num_features", "Linear": "in_features"}.get(
                row["kind"]
            )
            if first:
                given[first] = shape.shape[1]
            try:
                if row["kind"] == "Linear" and shape.ndim == 4:
                    raise ValueError("a Linear layer needs a Flatten before it")
                layers.append(getattr(nn, row["kind"])(**given))
                shape = layers[-1].to("meta").eval()(shape)
            except (ValueError, RuntimeError) as error:
                raise ValueError(f"layer {number + 1}, {row['kind']}: {error}") from error
        return nn.Sequential(*layers).to_empty(device="cpu").apply(_fresh).train()

    def facts(self) -> dict[str, str]:
        rows = {"Input": "×".join(map(str, self.input_shape))}
        try:
            network = self.to_module()
        except ValueError as error:
            return rows | {"Not possible": str(error)}
        hidden = torch.empty(1, *self.input_shape, device="meta")
        for number, layer in enumerate(network.to("meta").eval()):
            hidden = layer(hidden)
            count = sum(parameter.numel() for parameter in layer.parameters())
            shape = "×".join(map(str, hidden.shape[1:]))
            rows[f"{number + 1} {type(layer).__name__}"] = f"{shape}, {count:,} parameters"
        return rows | {"Parameters": f"{sum(p.numel() for p in network.parameters()):,}"}


def _row(layer: nn.Module) -> dict:
    kind = type(layer).__name__
    if kind not in LAYERS:
        raise ValueError(f"the ledger has no row for {layer}: it knows {', '.join(LAYERS)}")
    row = {"kind": kind}
    for name in LAYERS[kind]:
        value = getattr(layer, name)
        if isinstance(value, tuple) and len(set(value)) == 1:
            value = value[0]
        if not isinstance(value, int):
            raise ValueError(f"the ledger shows one number for {name}, and {layer} has {value}")
        row[name] = value
    return row


def _fresh(layer: nn.Module) -> None:
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()
