"""A device that is not the processor, without one: its tensors refuse to be mixed with the processor's.

``pretended()`` makes torch's device ``lazy`` compute, which nobody uses. (``meta``, shapes without numbers, stays as it
is: there lectures count large networks, which costs nothing.) A tensor that is sent there keeps its numbers in a tensor
of the processor, inside; every operation is done on that one. An operation on tensors of both raises what a GPU would
raise ("Expected all tensors to be on the same device"), and so does ``.numpy()``. Single numbers may be mixed, as on a
GPU.

So it finds every forgotten ``.to(device)``. What it cannot see: branches for ``cuda`` or ``mps`` by name (16 bits,
the scaler, the fused optimizer, waiting for the device), several devices, what a real device cannot compute, speed.

A kernel whose startup files enter ``pretended()`` runs a whole notebook on it (tests/notebooks/test_run.py).
"""

import contextlib
from collections.abc import Iterator
from unittest.mock import patch

import torch
import torch.optim.optimizer as optimizers  # `torch.optim` deletes the name
from numpy import ndarray
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

DEVICE = torch.device("lazy")
aten = torch.ops.aten

# What may take tensors of two devices: copies from one to the other, and an index, which is brought along.
COPIES = {aten.copy_.default, aten._to_copy.default, aten._foreach_copy_.default}
INDEXED = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default}


class There(Tensor):
    """A tensor that says it is on the pretended device; its numbers are in ``inside``, on the processor."""

    @staticmethod
    def __new__(cls, inside: Tensor):
        place = {"strides": inside.stride(), "storage_offset": inside.storage_offset()}
        there = Tensor._make_wrapper_subclass(cls, inside.size(), **place, dtype=inside.dtype, device=DEVICE)
        there.inside = inside
        return there

    def __repr__(self) -> str:
        return f"There({self.inside})"

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})

    # A list or a range of places would be copied past all modes.
    def __getitem__(self, places):
        return super().__getitem__(as_tensors(places))

    def __setitem__(self, places, values):
        super().__setitem__(as_tensors(places), values)

    def __reduce_ex__(self, protocol):
        return self.inside.__reduce_ex__(protocol)  # a file holds the numbers, and is read on the processor

    def tolist(self):
        return self.inside.tolist()

    def numpy(self, **_):
        raise TypeError("can't convert a tensor of the pretended device to numpy: .cpu() copies it first")


def as_tensors(places):
    """An index with tensors in the place of sequences of numbers."""
    if isinstance(places, tuple):
        return tuple(as_tensors(place) for place in places)
    return torch.as_tensor(places) if isinstance(places, list | range | ndarray) else places


class Mode(TorchDispatchMode):
    """Catches what makes a tensor there out of nothing, or out of one of the processor."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})


def each(change, x):
    """``x`` with ``change`` done to what is in its lists and tuples. Faster than torch's own, which is for any tree."""
    return type(x)([each(change, y) for y in x]) if isinstance(x, list | tuple) else change(x)


def compute(function, args, kwargs):
    """The operation on the tensors inside; the result is where a GPU would leave it."""
    there, here = [], []

    def taken_inside(x):
        if isinstance(x, There):
            there.append(x)
            return x.inside
        if isinstance(x, Tensor):
            here.append(x)
        return x

    device = kwargs.get("device")
    first_is_there = bool(args) and isinstance(args[0], There)
    args = each(taken_inside, args)
    kwargs = {name: each(taken_inside, x) for name, x in kwargs.items()}
    if function in INDEXED:
        if there and not first_is_there:
            raise RuntimeError("indices should be on the same device as the indexed tensor (cpu)")
    elif there and function not in COPIES and any(x.dim() for x in here):
        raise RuntimeError(f"Expected all tensors to be on the same device, but found {DEVICE} and cpu ({function})")
    if device is not None:
        goes_there = torch.device(device) == DEVICE
    elif function in INDEXED or function is aten.copy_.default:
        goes_there = first_is_there
    else:
        goes_there = bool(there)
    if device is not None and goes_there:
        kwargs["device"] = torch.device("cpu")
    if "pin_memory" in kwargs:
        kwargs["pin_memory"] = False
    # What an operation in place returns is the tensor that it was given.
    known = {id(x.inside): x for x in there} | {id(x): x for x in here}

    def outside(x):
        if not isinstance(x, Tensor):
            return x
        return known[id(x)] if id(x) in known else There(x) if goes_there else x

    return each(outside, function(*args, **kwargs))


def sent(make):
    """``torch.tensor`` and ``torch.as_tensor`` copy numbers past all modes: make it here, then send it."""

    def made(*args, device=None, **kwargs):
        if args and isinstance(args[0], There):
            tensor = args[0] if "dtype" not in kwargs else args[0].to(kwargs["dtype"])
        else:
            tensor = make(*args, **kwargs)
        return tensor if device is None else tensor.to(device)

    return made


class Generator(torch._C.Generator):
    """Random numbers for any device, drawn by the processor."""

    def __new__(cls, device="cpu"):
        return torch._C.Generator("cpu")


def no_autocast(real):
    return lambda kind, **how: contextlib.nullcontext() if kind == DEVICE.type else real(kind, **how)


def no_inference_mode(mode=True):
    """A tensor with another inside cannot be an inference tensor."""
    return torch.no_grad() if mode is True else contextlib.nullcontext()


@contextlib.contextmanager
def pretended() -> Iterator[torch.device]:
    """Inside, the course takes the pretended device for the fastest there is."""
    from utils import settings
    from utils.training import machine

    fused = optimizers._get_fused_kernels_supported_devices
    together = optimizers._get_foreach_kernels_supported_devices
    changes = [
        patch.object(settings, "device", lambda: DEVICE),
        patch.object(machine, "usable", torch.device),
        patch.object(torch, "tensor", sent(torch.tensor)),
        patch.object(torch, "as_tensor", sent(torch.as_tensor)),
        patch.object(torch, "Generator", Generator),
        patch.object(torch, "inference_mode", no_inference_mode),
        patch.object(torch, "autocast", no_autocast(torch.autocast)),
        patch.object(optimizers, "_get_fused_kernels_supported_devices", lambda: [*fused(), DEVICE.type]),
        # All weights in one operation, as on a GPU.
        patch.object(optimizers, "_get_foreach_kernels_supported_devices", lambda: [*together(), DEVICE.type]),
        patch.object(optimizers, "_foreach_supported_types", [*optimizers._foreach_supported_types, There]),
    ]
    with contextlib.ExitStack() as stack:
        for change in changes:
            stack.enter_context(change)
        stack.enter_context(Mode())
        yield DEVICE
