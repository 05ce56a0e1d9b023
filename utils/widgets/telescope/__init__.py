"""Receptive-Field Telescope: what one unit of a deep layer sees of the image, by arithmetic and by gradients."""

import torch
from torch import nn

from utils.arithmetic import output_size, receptive_field
from utils.insight import effective_field, theoretical_field
from utils.widgets.base import CourseWidget
from utils.widgets.landscape import landscape
from utils.widgets.matrices import size
from utils.widgets.traits import Checked, Matrix, Pair, Whole, Words, number

LAYERS = [
    ("conv 1", 3, 1, 1, 1),
    ("pool 1", 2, 2, 0, 1),
    ("conv 2", 3, 1, 1, 1),
    ("pool 2", 2, 2, 0, 1),
    ("conv 3", 3, 1, 1, 1),
]


class Stack(Checked):
    """A list of (name, kernel_size, stride, padding, dilation), first layer first."""

    def check(self, value) -> list[list]:
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 40:
            raise TypeError("layers must be a list of 1 to 40 layers (name, kernel_size, stride, padding, dilation)")
        for layer in value:
            sound = isinstance(layer, (list, tuple)) and len(layer) == 5 and isinstance(layer[0], str)
            numbers = layer[1:] if sound else []
            sound = sound and all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= 64 for n in numbers)
            if not sound or 0 in (numbers[0], numbers[1], numbers[3]):
                raise ValueError(
                    "layers must hold (name, kernel_size, stride, padding, dilation): a text, four numbers to 64"
                )
        return [[layer[0][:40], *layer[1:]] for layer in value]


class Maps(Checked):
    """For each layer a square matrix from 0 to 1: how much each cell of the field counts. Empty if not known."""

    def check(self, value) -> list[list[list[float]]]:
        if not isinstance(value, (list, tuple)) or len(value) > 40:
            raise TypeError("effective must be a list with one matrix for each layer, or empty")
        rows = [row for one in value for row in (one if isinstance(one, (list, tuple)) else [None])]
        if not all(isinstance(row, (list, tuple)) and 1 <= len(row) <= 256 for row in rows):
            raise TypeError("effective must hold one matrix of at most 256×256 numbers for each layer")
        return [[[number("effective", cell, 1) for cell in row] for row in one] for one in value]


class ReceptiveFieldTelescope(CourseWidget):
    """The maps of all layers; one unit of one of them, and what it sees in each layer before and in the image.

    Args:
        layers: (name, kernel_size, stride, padding, dilation) of each layer.
        image: (H, W), at most 128×128. Left out, a landscape that the course has drawn.
        layer: which layer the unit belongs to at first; -1 cannot be, the last is ``len(layers) - 1``.
        unit: (row, column) in that layer's map.
        effective: made by `from_model`.
        title: the line above.
    """

    script = "telescope"
    height = 560
    layers = Stack([list(layer) for layer in LAYERS])
    image = Matrix([[0]], most=128)
    layer = Whole(len(LAYERS) - 1, least=0, most=39)
    unit = Pair((8, 8), least=0, most=1000)
    effective = Maps([])
    title = Words("What one unit sees")

    def __init__(self, layers=LAYERS, image=None, **settings):
        super().__init__(layers=layers, image=landscape(64) if image is None else image, **settings)

    @classmethod
    def from_model(cls, model: nn.Module, image=None, *, images: int = 16, **settings) -> "ReceptiveFieldTelescope":
        """The convolutions and poolings of a model that is one sequence, with effective fields.

        The effective field of a layer is the size of the gradient of its middle unit with respect to the input,
        averaged over ``images`` random inputs (Luo et al. 2016).

        Args:
            image: (H, W); the model gets it with as many channels as its first convolution wants.

        Raises:
            ValueError: the model has no convolution or pooling, one of unequal sizes, or branches that see more
                than one layer after the other would.
        """
        image = torch.as_tensor(landscape(64) if image is None else image)
        found = {name: part for name, part in model.named_modules() if isinstance(part, tuple(SHORT))}
        if not found:
            raise ValueError("this model has no convolution and no pooling with a window, so there is nothing to see")
        channels = next((part.in_channels for part in found.values() if isinstance(part, nn.Conv2d)), 1)
        inputs = torch.rand(images, channels, *image.shape, generator=torch.Generator().manual_seed(0))
        layers, effective, shape = [], [], tuple(image.shape)
        for name, part in found.items():
            layers.append((_name(part, list(found.values())), *_numbers(part)))
            shape = output_size(shape, *layers[-1][1:])
            field, side = theoretical_field(model, inputs, name), _field(layers)
            if field.size != (side, side):
                raise ValueError(
                    f"{type(model).__name__} is not one layer after the other: a unit of {name} "
                    f"sees {size(*field.size)}, and after these layers in a row it would see {size(side, side)}"
                )
            weight = effective_field(model, inputs, name)
            cut = field.cut(weight[None], shape[0] // 2, shape[1] // 2)[0]
            effective.append((cut / cut.max().clamp(min=1e-12)).mul(100).round().div(100).tolist())
        return cls(layers, image, effective=effective, **({"layer": len(layers) - 1} | settings))

    def facts(self) -> dict[str, str]:
        shape = (len(self.image), len(self.image[0]))
        rows = {"Image": size(*shape)}
        for n, (name, *numbers) in enumerate(self.layers):
            try:
                shape = output_size(shape, *numbers)
            except ValueError as error:
                return rows | {f"{name} cannot be": str(error)}
            field = _field(self.layers[: n + 1])
            rows[f"A unit of {name}"] = f"sees {size(field, field)} of the image; the map is {size(*shape)}"
        return rows


SHORT = {nn.Conv2d: "conv", nn.MaxPool2d: "pool", nn.AvgPool2d: "pool"}


def _name(layer: nn.Module, layers: list[nn.Module]) -> str:
    """ "conv 3": the third convolution."""
    word = SHORT[type(layer)]
    alike = [one for one in layers if SHORT[type(one)] == word]
    return f"{word} {alike.index(layer) + 1}"


def _field(layers: list[tuple]) -> int:
    """What a unit of the last of these layers sees."""
    return receptive_field([(k, s, d) for _, k, s, _, d in layers])


def _numbers(layer: nn.Module) -> list[int]:
    """kernel_size, stride, padding, dilation of a layer with the same in both directions."""
    numbers = []
    for name in ("kernel_size", "stride", "padding", "dilation"):
        value = getattr(layer, name, 1)
        both = set(value) if isinstance(value, tuple) else {value}
        if len(both) != 1 or not isinstance(value := both.pop(), int):
            raise ValueError(f"the telescope wants one number for {name}, and {layer} has {getattr(layer, name)}")
        numbers.append(value)
    return numbers
