"""How much two maps have in common, and which images are alike."""

import torch
from torch import Tensor

from utils.arithmetic import integer

CHUNK = 500  # queries whose distances are in memory at a time


def rank_correlation(maps: Tensor, others: Tensor) -> Tensor:
    """Spearman's rank correlation of each map with its other (Spearman 1904): do the same places stand out in both?

    Only the order of the numbers counts, not their size. Equal numbers share the mean of their ranks. A map whose
    numbers are all equal has no order, and gets 0.

    Shapes: maps and others (N, …) with the same numbers in each → (N,), from −1 to 1.

    Raises:
        ValueError: the shapes differ.
    """
    if maps.shape != others.shape or maps.ndim < 2:
        raise ValueError(f"both must have the same shape (N, …), and have {tuple(maps.shape)}, {tuple(others.shape)}")
    one, other = (ranks - ranks.mean(dim=1, keepdim=True) for ranks in (_ranks(maps), _ranks(others)))
    lengths = one.norm(dim=1) * other.norm(dim=1)
    return torch.where(lengths > 0, (one * other).sum(dim=1) / lengths, 0.0)


def _ranks(maps: Tensor) -> Tensor:
    """Of each number, how many of its map are below it, and half of those that are equal: (N, numbers)."""
    numbers = maps.flatten(1).double()
    ordered = numbers.sort(dim=1).values
    below, not_above = (torch.searchsorted(ordered, numbers, right=right) for right in (False, True))
    return (below + not_above) / 2


def nearest(queries: Tensor, features: Tensor, count: int) -> Tensor:
    """The ``count`` rows of ``features`` at the smallest distance (Euclidean) from each query, the nearest first.

    Shapes: queries (Q, D), features (N, D) → indices of features (Q, count).

    Raises:
        TypeError: ``count`` is no int.
        ValueError: another shape, or ``count`` is not in 1..N.
    """
    count = integer("count", count, least=1)
    if queries.ndim != 2 or features.ndim != 2 or queries.shape[1] != features.shape[1]:
        raise ValueError(
            f"queries must have shape (Q, D) and features (N, D), and these have {tuple(queries.shape)} and "
            f"{tuple(features.shape)}: flatten images with .flatten(1)"
        )
    if count > len(features):
        raise ValueError(f"count={count} is more than there are features, {len(features)}")
    found = [torch.cdist(part, features).topk(count, largest=False).indices for part in queries.split(CHUNK)]
    return torch.cat(found)
