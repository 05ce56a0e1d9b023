"""What the tests of the models share."""

from collections.abc import Iterator

import pytest
import torch
from torch import nn


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Deep networks on tiny images are thousands of small steps, which threads only slow down."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def output_shapes():
    """A function: the shapes (C, H, W) that the layers of certain kinds return, in the order they are called."""

    def shapes(model: nn.Module, *kinds: type[nn.Module], image: tuple[int, int, int]) -> list[tuple[int, ...]]:
        found = []
        for layer in model.modules():
            if isinstance(layer, kinds):
                layer.register_forward_hook(lambda _, __, y: found.append(tuple(y.shape[1:])))
        model.to("meta").eval()(torch.empty(1, *image, device="meta"))
        return found

    return shapes
