"""Which pixels a unit can see, and which of them matter to it.

The theoretical receptive field follows from kernels, strides, dilations and paddings alone (Araujo, Norris and Sim
2019, "Computing Receptive Fields of Convolutional Neural Networks"). The effective one is measured, by gradients
(Luo, Li, Urtasun and Zemel 2016, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks").
"""

from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from utils.insight.recording import on_device, recorded

aten = torch.ops.aten
# first, last, jump: unit i sees the cells first + i·jump … last + i·jump of an axis
Span = tuple[int, int, int]
# What "reaches" means for the size of an effective field: 1 − 95.45 %, the share of a bell curve within two standard
# deviations of its middle, as Luo et al. round it.
REACHED = 1 - 0.9545


@dataclass(frozen=True)
class Field:
    """The part of an image of ``image_size`` (H, W) that each unit of a layer can see; see `Span`."""

    rows: Span
    columns: Span
    image_size: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels. At the border a part of it lies outside the image."""
        return tuple(last - first + 1 for first, last, _ in (self.rows, self.columns))

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """The top left pixel of what unit (row, column) sees; negative where that is outside the image."""
        return self.rows[0] + row * self.rows[2], self.columns[0] + column * self.columns[2]

    def mask(self, row: int, column: int) -> Tensor:
        """(H, W) booleans: True where unit (row, column) can see."""
        inside = torch.zeros(self.image_size, dtype=torch.bool)
        spans = zip(self.corner(row, column), self.size, strict=True)
        inside[tuple(slice(max(0, start), max(0, start + length)) for start, length in spans)] = True
        return inside

    def cut(self, image: Tensor, row: int, column: int) -> Tensor:
        """What unit (row, column) sees of an image (C, H, W): (C, *size), zeros where that is outside the image."""
        (top, left), (height, width) = self.corner(row, column), self.size
        below, right = top + height - image.shape[1], left + width - image.shape[2]
        return nn.functional.pad(image, (-left, right, -top, below))  # a negative padding cuts off


def theoretical_field(model: nn.Module, images: Tensor, layer: str) -> Field:
    """What the units of ``layer`` can see, whatever the weights are. Branches that meet see what each of them saw.

    Convolutions, poolings, slices and padding are followed. What else keeps the size of a map is taken to work on
    each place by itself, as ReLU and batch norm do. After anything else, such as a mean over the map, a unit sees
    the whole image.

    Args:
        images: (N, C, H, W) floats; only their shape matters.

    Raises:
        TypeError: the images are not floats.
        ValueError: there is no such layer, or it does not return maps.
    """
    images = on_device(model, images)[:1].clone()
    height, width = images.shape[2:]
    images.field = Field((0, 0, 1), (0, 0, 1), (height, width))
    with recorded(model, layer) as recording, torch.no_grad(), _Following():
        model(images)
        return recording.maps.field


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
    images = on_device(model, images).detach().requires_grad_()
    with recorded(model, layer) as recording, torch.enable_grad():
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


class _Following(TorchDispatchMode):
    """Inside, every tensor that is computed from one with a ``field`` gets its own."""

    def __torch_dispatch__(self, operation, types, arguments=(), keywords=None):
        result = operation(*arguments, **(keywords or {}))
        seen = [one.field for argument in arguments for one in _listed(argument) if hasattr(one, "field")]
        made = [one for one in _listed(result) if isinstance(one, Tensor)]
        if seen and made:
            field = _after(operation, arguments, seen, made[0])
            for one in made:
                one.field = field
        return result


def _listed(value) -> list:
    """Operations take and return tensors, and lists of them."""
    return value if isinstance(value, (list, tuple)) else [value]


def _after(operation, arguments: tuple, seen: list[Field], made: Tensor) -> Field:
    """The field of what ``operation`` has made, from those of the tensors it read."""
    field = reduce(_join, seen)
    if operation == aten.convolution.default and not arguments[6]:  # arguments[6]: transposed
        _, weight, _, stride, padding, dilation, *_ = arguments
        return _windows(field, weight.shape[2:], stride, padding, dilation)
    if operation in (aten.max_pool2d_with_indices.default, aten.avg_pool2d.default):
        _, kernel_size, stride, padding, *_ = (*arguments, (0, 0))  # the last arguments may be left out
        return _windows(field, _two(kernel_size), _two(stride or kernel_size), _two(padding), (1, 1))
    if operation == aten.slice.Tensor:
        return _sliced(field, *arguments)
    if operation == aten.constant_pad_nd.default:
        left, _, top, *_ = (*arguments[1], 0, 0)
        return Field(_moved(field.rows, -top), _moved(field.columns, -left), field.image_size)
    shapes = [one.shape[-2:] for one in arguments if hasattr(one, "field")]
    if all(shape == made.shape[-2:] for shape in shapes) and made.ndim >= 4:
        return field
    height, width = field.image_size
    return Field((0, height - 1, 0), (0, width - 1, 0), field.image_size)


def _join(one: Field, other: Field) -> Field:
    """Of maps that are added or put behind each other: from the first pixel that either sees to the last."""

    def join(a: Span, b: Span, size: int) -> Span:
        return (min(a[0], b[0]), max(a[1], b[1]), a[2]) if a[2] == b[2] else (0, size - 1, 0)

    height, width = one.image_size
    return Field(join(one.rows, other.rows, height), join(one.columns, other.columns, width), one.image_size)


def _windows(field: Field, kernel_size, stride, padding, dilation) -> Field:
    """After a convolution or pooling."""

    def widen(span: Span, k: int, s: int, p: int, d: int) -> Span:
        first, last, jump = _moved(span, -p)
        return first, last + d * (k - 1) * jump, s * jump

    rows, columns = (
        widen(*axis)
        for axis in zip((field.rows, field.columns), kernel_size, stride, padding, dilation, strict=True)
    )
    return Field(rows, columns, field.image_size)


def _sliced(field: Field, maps: Tensor, dim=0, start: int | None = 0, end=None, step: int = 1) -> Field:
    """After ``maps[..., start:end:step]`` along one dimension."""

    def take(span: Span) -> Span:
        first, last, jump = _moved(span, start or 0)
        return first, last, step * jump

    rows, columns = field.rows, field.columns
    if dim == maps.ndim - 2:
        rows = take(rows)
    if dim == maps.ndim - 1:
        columns = take(columns)
    return Field(rows, columns, field.image_size)


def _moved(span: Span, units: int) -> Span:
    """What unit i + ``units`` sees, as unit i."""
    first, last, jump = span
    return first + units * jump, last + units * jump, jump


def _two(size) -> tuple[int, int]:
    """Both dimensions of a setting that torch hands on as [one] or [height, width]."""
    height, *width = size
    return height, *(width or [height])
