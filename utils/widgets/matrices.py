"""Matrices of a widget as tensors to compute with, and as words."""

import torch
from torch import Tensor

from utils.words import short


def tensor(rows: list[list[float]]) -> Tensor:
    """Rows of numbers as a tensor (H, W) of doubles: exact for the whole numbers of a widget."""
    return torch.tensor(rows, dtype=torch.float64)


def words(matrix: Tensor | list[list[float]]) -> str:
    """ "2×2: 19 25 / 37 43", or for a large one its size and range."""
    matrix = torch.as_tensor(matrix, dtype=torch.float64)
    height, width = matrix.shape
    if matrix.numel() > 144:
        return f"{height}×{width}, numbers from {short(matrix.min().item())} to {short(matrix.max().item())}"
    return f"{height}×{width}: " + " / ".join(" ".join(short(cell) for cell in row) for row in matrix.tolist())


def size(height: int, width: int) -> str:
    return f"{height}×{width}"
