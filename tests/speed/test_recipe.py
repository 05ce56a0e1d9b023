"""The recipe: each of its ideas does what the lecture on GPUs says, and together they learn."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from utils.data import Batches, Dataset
from utils.models.fast_cifar import FastCifar
from utils.speed import accuracy_with_views, recipe, train_fast


def coloured(n: int, seed: int = 0) -> Dataset:
    """Ten classes of colour images that can be told apart: each class has a colour of its own, and noise."""
    generator = torch.Generator().manual_seed(seed)
    colours = torch.randint(40, 215, (10, 3, 1, 1), generator=torch.Generator().manual_seed(7))
    labels = torch.arange(n) % 10
    noise = torch.randint(-40, 40, (n, 3, 32, 32), generator=generator)
    images = (colours[labels] + noise).to(torch.uint8)
    return Dataset(images, labels, tuple("abcdefghij"), "made for a test", mean=(0.5,) * 3, std=(0.25,) * 3)


def test_the_triangle_goes_up_to_one_and_down_again():
    assert [recipe.triangle(part) for part in (0, 0.115, 0.23, 1)] == pytest.approx([0.2, 0.6, 1.0, 0.07])
    steps = [recipe.triangle(k / 1000) for k in range(1001)]
    top = steps.index(max(steps))
    assert steps[:top] == sorted(steps[:top]) and steps[top:] == sorted(steps[top:], reverse=True)


@pytest.mark.parametrize("batch_size", [64, 1024])
def test_a_gradient_moves_a_weight_by_the_rate_in_all(batch_size, monkeypatch):
    """One gradient of 1, then none: torch's SGD is run until nothing moves any more."""
    monkeypatch.setattr(recipe, "DECAY", 0.0)
    model = nn.Linear(1, 1).double()
    optimizer = recipe.make_optimizer(model, batch_size)
    before = [p.detach().clone() for p in (model.weight, model.bias)]
    for step in range(300):
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, float(step == 0))
        optimizer.step()
    moved = [(b - p).item() for b, p in zip(before, (model.weight, model.bias), strict=True)]
    share = batch_size / 1024
    assert moved == pytest.approx([recipe.RATE * share, recipe.BIAS_FACTOR * recipe.RATE * share])


def test_weights_shrink_by_the_decay_whatever_the_rate(monkeypatch):
    """Without gradients, after the momentum has built up, each step takes the same share of a weight."""
    for rate in (5.0, 20.0):
        monkeypatch.setattr(recipe, "RATE", rate)
        model = nn.Linear(1, 1).double()
        optimizer = recipe.make_optimizer(model, 64)
        values = []
        for _ in range(200):
            for parameter in model.parameters():
                parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
            values.append([model.weight.item(), model.bias.item()])
        for k in (0, 1):
            share = 1 - values[-1][k] / values[-2][k]
            assert share == pytest.approx(recipe.DECAY * 64 / 1024, rel=0.02)


def test_the_slow_copy_is_pulled_and_wins_in_the_end():
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    slow = recipe.LookAhead(model)
    nn.init.ones_(model.weight)
    slow.pull(0.5)
    kept = 0.5**3 * 0.95**5
    assert model.weight.item() == pytest.approx(1 - kept)
    nn.init.constant_(model.weight, 100)
    slow.pull(1.0)
    assert model.weight.item() == pytest.approx(1 - kept), "at the end the fast weights must not count"


def test_every_image_is_seen_both_ways_in_two_epochs(monkeypatch):
    kept = []

    class Watched(Batches):
        def epoch(self, number=0):
            kept.append(self.images.clone())
            return iter(())

    monkeypatch.setattr(recipe, "Batches", Watched)
    data = coloured(40)
    train_fast(FastCifar(), data, epochs=3, batch_size=20)
    as_it_is = torch.tensor([torch.equal(seen, image) for seen, image in zip(kept[0], data.images, strict=True)])
    assert 5 < as_it_is.sum() < 35, "about half of them"
    for seen, image, whole in zip(kept[0], data.images, as_it_is, strict=True):
        assert whole or torch.equal(seen, image.flip(-1))
    assert torch.equal(kept[1], kept[0].flip(-1)) and torch.equal(kept[2], kept[0])


def test_six_views():
    images = torch.arange(2 * 3 * 4 * 5.0).view(2, 3, 4, 5)
    views = recipe.six_views(images)
    assert len(views) == 6 and {view.shape for view in views} == {images.shape}
    assert torch.equal(views[0], images) and torch.equal(views[1], images.flip(-1))
    assert torch.equal(views[2][..., 1:, 1:], images[..., :-1, :-1])
    assert torch.equal(views[3][..., 1:, 1:], images.flip(-1)[..., :-1, :-1])
    assert torch.equal(views[4][..., :-1, :-1], images[..., 1:, 1:])
    assert torch.equal(views[5][..., :-1, :-1], images.flip(-1)[..., 1:, 1:])


class Framed(nn.Module):
    """Two logits: 1 for an image that fills its frame, ``elsewhere`` for one that was moved."""

    def __init__(self, elsewhere: float):
        super().__init__()
        self.elsewhere = nn.Parameter(torch.tensor(elsewhere))

    def forward(self, x):
        fills = x[:, 0, 0, 0] * x[:, 0, -1, -1]
        return torch.stack([fills, (1 - fills) * self.elsewhere], 1)


@pytest.mark.parametrize("elsewhere, answer", [(0.9, 0), (1.1, 1)])
def test_views_in_place_count_double(elsewhere, answer):
    """Two views in place, four moved: 2 · 2 against 4 · 1, so the larger logit wins. Alone, class 0 always does."""
    white = torch.full((3, 3, 32, 32), 255, dtype=torch.uint8)
    data = Dataset(white, torch.tensor([answer, answer, 1 - answer]), ("fills", "moved"), "made for a test")
    scores = accuracy_with_views(Framed(elsewhere), data, precision="fp32")
    assert scores["mean of six views"] == pytest.approx(2 / 3)
    assert scores["as it is"] == pytest.approx(2 / 3 if answer == 0 else 1 / 3)


def test_too_few_images_for_a_batch():
    with pytest.raises(ValueError, match="batch_size=1024 is more than the 20 images"):
        train_fast(FastCifar(), coloured(20))


@pytest.mark.slow
def test_it_learns_and_follows_its_seed():
    data, model = coloured(96), FastCifar()
    accuracies = []
    for _ in range(2):
        seconds = train_fast(model, data, epochs=3, batch_size=16, seed=1, precision="fp32")
        assert seconds > 0
        accuracies.append(accuracy_with_views(model, coloured(60, seed=1), precision="fp32"))
    assert accuracies[0] == accuracies[1], "the same seed, from a network that had learnt already"
    assert accuracies[0]["mean of six views"] > 0.5, "chance is 0.1"
    assert_close(model.blocks[0].layers[2].weight, torch.ones(64))  # a scale of batch norm, left alone
