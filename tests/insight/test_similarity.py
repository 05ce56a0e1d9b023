"""Rank correlations and neighbours against loops."""

import pytest
import torch

from utils.insight import nearest, rank_correlation


def ranks(numbers: list[float]) -> list[float]:
    """The mean place in the order, for equal numbers of all their places."""
    ordered = sorted(numbers)
    return [ordered.index(n) + (ordered.count(n) - 1) / 2 for n in numbers]


def test_rank_correlation_by_a_loop():
    generator = torch.Generator().manual_seed(0)
    maps, others = torch.randint(6, (2, 20, 3, 5), generator=generator).float().unbind()  # many are equal
    for one, other, found in zip(maps, others, rank_correlation(maps, others), strict=True):
        pair = torch.tensor([ranks(one.flatten().tolist()), ranks(other.flatten().tolist())])
        assert found.item() == pytest.approx(torch.corrcoef(pair)[0, 1].item(), abs=1e-6)


def test_rank_correlations_that_are_known():
    row = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert rank_correlation(row, row**9).item() == pytest.approx(1)
    assert rank_correlation(row, -row).item() == pytest.approx(-1)
    # Spearman's own formula, 1 − 6 Σd² / (n³ − n), with four ranks that are one off
    assert rank_correlation(row, torch.tensor([[2.0, 1.0, 4.0, 3.0, 5.0]])).item() == pytest.approx(0.8)
    assert rank_correlation(row, torch.full((1, 5), 7.0)).item() == 0, "no order at all"
    with pytest.raises(ValueError, match=r"the same shape \(N, …\)"):
        rank_correlation(row, row[:, :4])


def test_neighbours_by_a_loop():
    generator = torch.Generator().manual_seed(0)
    queries, features = torch.randn(700, 4, generator=generator), torch.randn(60, 4, generator=generator)
    found = nearest(queries, features, 3)
    assert found.shape == (700, 3)
    for query, three in zip(queries[::50], found[::50], strict=True):
        distances = [sum((a - b) ** 2 for a, b in zip(query.tolist(), f.tolist(), strict=True)) for f in features]
        assert three.tolist() == sorted(range(60), key=distances.__getitem__)[:3]


def test_neighbours_that_cannot_be():
    features = torch.zeros(5, 4)
    with pytest.raises(ValueError, match=r"flatten images with \.flatten\(1\)"):
        nearest(torch.zeros(2, 1, 2, 2), features, 1)
    with pytest.raises(ValueError, match="more than there are features, 5"):
        nearest(features, features, 6)
    with pytest.raises(ValueError, match="count=0"):
        nearest(features, features, 0)
