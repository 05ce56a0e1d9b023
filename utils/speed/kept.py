"""What training keeps in memory between the forward and the backward pass."""

import torch
from torch import Tensor, nn


def kept_for_backward(model: nn.Module, images: Tensor) -> int:
    """Bytes that autograd keeps from ``model(images)`` for the backward pass: images and maps, not the model's own.

    Two layers may keep the same numbers, which lie in memory once and are counted once. On the device "meta" a network
    of any size costs nothing, and the count is the same.
    """
    storages = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage._cdata] = storage  # held, so that no other gets its place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(images)
    own = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}
    return sum(storage.nbytes() for place, storage in storages.items() if place not in own)
