"""Random inputs for answers, the same for everybody who checks with the same seed."""

import torch
from torch import Tensor, nn


class Random:
    """Random inputs from one seed: the same seed gives every learner the same."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def integer(self, least: int, most: int) -> int:
        return torch.randint(least, most + 1, (), generator=self.generator).item()

    def two_integers(self, least: int, most: int) -> tuple[int, int]:
        """Two that differ, so that an answer that mixes up rows and columns is found out."""
        first, second = torch.randperm(most + 1 - least, generator=self.generator)[:2].tolist()
        return least + first, least + second

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.randn(shape, generator=self.generator, dtype=torch.float64).to(dtype)

    def integers(self, least: int, most: int, *shape: int) -> Tensor:
        return torch.randint(least, most + 1, shape, generator=self.generator)


def randomise(layer: nn.Module, random: Random) -> None:
    """Random numbers for all that a layer has learnt, also for the running statistics of a batch norm. They keep a
    signal's size, and are far from its first ones.
    """
    for name, tensor in layer.state_dict().items():  # these share the layer's memory
        if name == "running_var":
            tensor.copy_(random.normal(*tensor.shape).abs() + 0.5)
        elif tensor.is_floating_point():
            size = (2 / tensor[0].numel()) ** 0.5 if tensor.ndim > 1 else 1
            tensor.copy_(size * random.normal(*tensor.shape))
