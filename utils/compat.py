"""Importing torchvision beside a torch that was built for other hardware.

torchvision's compiled operators must come from the same build as torch. Where they do not (a CPU-only torch
beside the CUDA-built torchvision that pip serves on Linux), ``import torchvision`` stops at the first of them
that is missing, although all that this course uses, models, transforms and data sets, is plain Python.
"""

import importlib
from types import ModuleType

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_declared: list[torch.library.Library] = []  # an operator lives only as long as the library that declared it


def import_torchvision() -> ModuleType:
    """Import and return torchvision, declaring the operators whose absence would stop the import.

    Box operators (``torchvision.ops``) still fail when called, with torch's own message.

    Raises:
        ImportError: torchvision is not installed.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _SCHEMAS:
        library.define(schema)
    _declared.append(library)
    return importlib.import_module("torchvision")
