"""Receptive fields that follow a computation: every tensor that is made from the image gets the field of its units.

A field may be larger than the truth, and never smaller. So what is known to work place by place is listed, and what
moves a window is followed; after any other operation, a unit sees the whole image.
"""

from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

# first, last, jump: unit i sees the cells first + i·jump … last + i·jump of an axis
Span = tuple[int, int, int]

# By the names of torch's own operations (`torch.ops.aten`); one in place ends in "_".
_PLACE_BY_PLACE = """
    abs add addcdiv addcmul ceil celu clamp clamp_max clamp_min clone cos detach div elu erf exp expm1 floor gelu
    hardshrink hardsigmoid hardswish hardtanh leaky_relu lerp log log1p log_sigmoid_forward logical_and logical_not
    logical_or masked_fill maximum minimum mish mul native_dropout neg pow prelu reciprocal relu relu6 round rsqrt
    rsub rrelu_with_noise selu sigmoid sign silu sin softplus softshrink sqrt square sub tanh threshold where eq ge
    gt le lt ne native_channel_shuffle channel_shuffle _to_copy _prelu_kernel alias lift_fresh nan_to_num copy fill
    _native_batch_norm_legit_no_training
"""
PLACE_BY_PLACE = set(_PLACE_BY_PLACE.split())
# They move numbers between axes, or keep their order: nothing between places as long as the last two axes stay.
RESHAPING = {"view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "expand", "_reshape_alias"}
# They mix the numbers along an axis or several, which are their second argument.
ALONG_AN_AXIS = {"mean", "sum", "amax", "amin", "_softmax", "_log_softmax", "cumsum", "glu"}
SPLITTING = {"split", "split_with_sizes"}  # along an axis, their third argument
BATCH_NORMS = {
    "native_batch_norm",
    "cudnn_batch_norm",
    "_native_batch_norm_legit",
}  # argument 5: by this batch?
WITHOUT_NUMBERS = {"new_empty", "new_zeros", "new_ones", "new_full", "empty_like", "zeros_like", "ones_like"}


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


def whole(image_size: tuple[int, int]) -> Field:
    """The field of a unit that sees the whole image."""
    height, width = image_size
    return Field((0, height - 1, 0), (0, width - 1, 0), image_size)


class Following(TorchDispatchMode):
    """Inside, every tensor that is computed from ``image`` (N, C, H, W) has a field: see `field_of`."""

    def __init__(self, image: Tensor):
        super().__init__()
        height, width = image.shape[2:]
        self.everything = whole((height, width))
        # Parts of these were written to: who reads another part, or the old name of it, sees anything. Kept, so that
        # their memory is not used again for what has nothing to do with the image.
        self.written: list[Tensor] = []
        self._give(image, Field((0, 0, 1), (0, 0, 1), (height, width)))

    def field_of(self, tensor: Tensor) -> Field | None:
        """None: the tensor has nothing to do with the image."""
        field, version = getattr(tensor, "field", (None, None))
        if field is not None:
            return field if version == tensor._version else self.everything  # or somebody has changed it since
        place = tensor.untyped_storage()._cdata
        return self.everything if any(one.untyped_storage()._cdata == place for one in self.written) else None

    def _give(self, tensor: Tensor, field: Field, changed: bool = False) -> None:
        tensor.field = field, tensor._version + changed  # torch counts a change only after we have returned

    def __torch_dispatch__(self, operation, types, arguments=(), keywords=None):
        keywords = keywords or {}
        name = operation.overloadpacket.__name__
        read = [(one, self.field_of(one)) for one in _tensors((*arguments, *keywords.values()))]
        read = [(one, field) for one, field in read if field is not None]
        shapes = [one.shape for one, _ in read]
        result = operation(*arguments, **keywords)
        if not read or name in WITHOUT_NUMBERS:
            return result
        in_place = operation._schema.is_mutable
        for made in _tensors((result,)):
            field = self._after(name.rstrip("_"), arguments, read, shapes, made)
            if in_place and getattr(made, "field", None) is None:
                self.written.append(made)
            self._give(made, field, changed=in_place)
        return result

    def _after(self, name: str, arguments: tuple, read: list, shapes: list, made: Tensor) -> Field:
        """The field of what an operation has made."""
        field = reduce(_join, (one for _, one in read))
        ndim = getattr(arguments[0], "ndim", made.ndim)
        if len(read) == 1 and arguments[0] is read[0][0]:
            if name == "convolution":
                return self._convolved(field, *arguments)
            if name in ("max_pool2d_with_indices", "avg_pool2d", "avg_pool3d"):
                return _pooled(field, name, arguments)
            if name == "slice":
                return _sliced(field, *arguments)
            if name == "constant_pad_nd":
                left, _, top, *_ = (*arguments[1], 0, 0)
                return Field(_moved(field.rows, -top), _moved(field.columns, -left), field.image_size)
        stays = made.ndim >= 4 and all(shape[-2:] == made.shape[-2:] and len(shape) >= 4 for shape in shapes)
        if not stays:
            return self.everything
        if name in PLACE_BY_PLACE or name in RESHAPING or (name in BATCH_NORMS and not arguments[5]):
            return field
        rest = arguments[1:]
        if name == "transpose":
            axes = list(rest)
        elif name == "permute":
            axes = [axis for place, axis in enumerate(rest[0]) if place != axis % ndim]
        elif name in ALONG_AN_AXIS and rest:
            axes = rest[0] if isinstance(rest[0], (list, tuple)) else [rest[0]]
        elif name == "cat":
            axes, ndim = [rest[0] if rest else 0], made.ndim
        elif name in SPLITTING:
            axes = [rest[1] if len(rest) > 1 else 0]
        else:
            axes = []
        return field if axes and all(axis % ndim < ndim - 2 for axis in axes) else self.everything

    def _convolved(self, field: Field, _, weight, bias, stride, padding, dilation, transposed, *rest) -> Field:
        if not transposed:
            return _windows(field, weight.shape[2:], stride, padding, dilation)
        if any(step != 1 for step in stride):
            return self.everything  # neighbours see windows at other distances: no span says so
        around = [d * (k - 1) - p for k, p, d in zip(weight.shape[2:], padding, dilation, strict=True)]
        return _windows(field, weight.shape[2:], stride, around, dilation)


def _tensors(values) -> list[Tensor]:
    """Operations take and return tensors, and lists of them."""
    listed = [one for value in values for one in (value if isinstance(value, (list, tuple)) else [value])]
    return [one for one in listed if isinstance(one, Tensor)]


def _join(one: Field, other: Field) -> Field:
    """Of maps that are added or put behind each other: from the first pixel that either sees to the last."""

    def join(a: Span, b: Span, size: int) -> Span:
        return (min(a[0], b[0]), max(a[1], b[1]), a[2]) if a[2] == b[2] else (0, size - 1, 0)

    height, width = one.image_size
    return Field(join(one.rows, other.rows, height), join(one.columns, other.columns, width), one.image_size)


def _pooled(field: Field, name: str, arguments: tuple) -> Field:
    """After a pooling: the last two axes of its settings. The last arguments may be left out."""
    _, kernel_size, stride, padding, dilation, *_ = (*arguments, *[None] * 4)
    window = _two(kernel_size)
    dilation = _two(dilation or 1) if name.startswith("max") else (1, 1)
    return _windows(field, window, _two(stride) if stride else window, _two(padding or 0), dilation)


def _windows(field: Field, kernel_size, stride, padding, dilation) -> Field:
    """After a convolution or pooling."""

    def widen(span: Span, k: int, s: int, p: int, d: int) -> Span:
        first, last, jump = _moved(span, -p)
        return first, last + d * (k - 1) * jump, s * jump

    rows, columns = (
        widen(*axis) for axis in zip((field.rows, field.columns), kernel_size, stride, padding, dilation, strict=True)
    )
    return Field(rows, columns, field.image_size)


def _sliced(field: Field, maps: Tensor, dim=0, start: int | None = 0, end=None, step: int = 1) -> Field:
    """After ``maps[..., start:end:step]`` along one dimension."""
    axis = dim % maps.ndim
    begin = start or 0
    begin = min(max(begin + maps.shape[axis] if begin < 0 else begin, 0), maps.shape[axis])

    def take(span: Span) -> Span:
        first, last, jump = _moved(span, begin)
        return first, last, step * jump

    rows, columns = field.rows, field.columns
    if axis == maps.ndim - 2:
        rows = take(rows)
    if axis == maps.ndim - 1:
        columns = take(columns)
    return Field(rows, columns, field.image_size)


def _moved(span: Span, units: int) -> Span:
    """What unit i + ``units`` sees, as unit i."""
    first, last, jump = span
    return first + units * jump, last + units * jump, jump


def _two(size) -> tuple[int, int]:
    """The last two dimensions of a setting that torch hands on as one number, [one], [height, width] or more."""
    sizes = list(size) if isinstance(size, (list, tuple)) else [size]
    return tuple(sizes[-2:]) if len(sizes) > 1 else (sizes[0], sizes[0])
