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
    """Give a layer random weights that keep a signal's size, and random biases, all far from their first values."""
    inputs = layer.weight[0].numel()
    with torch.no_grad():
        layer.weight.copy_((2 / inputs) ** 0.5 * random.normal(*layer.weight.shape))
        if layer.bias is not None:
            layer.bias.copy_(random.normal(*layer.bias.shape))
