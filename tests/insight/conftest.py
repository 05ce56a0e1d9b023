"""What the tests of insight share."""

import pytest
import torch
from torch import Tensor, nn

from utils import models


@pytest.fixture
def network() -> nn.Module:
    """A small CNN in training mode, its weights random: (N, 1, 28, 28) -> (N, 10)."""
    torch.manual_seed(0)
    return models.create("small_cnn")


@pytest.fixture
def images() -> Tensor:
    """(5, 1, 28, 28)"""
    return torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
