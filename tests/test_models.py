"""Every network: the counts of the syllabus, shapes, gradients, and what it says to impossible requests."""

import pytest
import torch

from utils import models


@pytest.mark.parametrize(
    "name, layers",
    [
        ("mlp", [785_000, 10_010]),  # syllabus 03: 795,010
        ("cnn", [640, 73_856, 640_200, 2_010]),  # syllabus 03: 716,706
        ("small_cnn", [40, 296, 3_930]),  # source 001: conv 1→4, conv 4→8, linear 7·7·8→10
    ],
)
def test_parameters_per_layer(name, layers):
    model = models.create(name)
    weights = [m for m in model.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert [sum(p.numel() for p in m.parameters()) for m in weights] == layers
    assert models.count_parameters(model) == sum(layers)


def test_counts_of_the_syllabus():
    assert models.count_parameters(models.create("mlp")) == 795_010
    assert models.count_parameters(models.create("cnn")) == 716_706


def test_frozen_parameters_are_not_counted():
    model = models.create("mlp")
    model.layers[1].requires_grad_(False)
    assert models.count_parameters(model) == 10_010


@pytest.mark.parametrize("name", models.names())
@pytest.mark.parametrize("in_channels, image_size", [(1, 28), (3, 32), (2, 17)])
def test_forward_and_backward(name, in_channels, image_size):
    model = models.create(name, num_classes=7, in_channels=in_channels, image_size=image_size)
    logits = model(torch.randn(2, in_channels, image_size, image_size))
    assert logits.shape == (2, 7)
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 6])).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name


@pytest.mark.parametrize("name, smallest", [("cnn", 10), ("small_cnn", 4), ("mlp", 1)])
def test_smallest_image(name, smallest):
    model = models.create(name, image_size=smallest)
    assert model(torch.zeros(1, 1, smallest, smallest)).shape == (1, 10)
    with pytest.raises(
        ValueError, match=f"smallest it can take is {smallest}×" if smallest > 1 else "image_size=0"
    ):
        models.create(name, image_size=smallest - 1)


def test_unknown_names_and_impossible_settings():
    with pytest.raises(ValueError, match="no model 'cmm': choose one of mlp, small_cnn, cnn"):
        models.create("cmm")
    with pytest.raises(ValueError, match="num_classes=0 must be at least 1"):
        models.create("cnn", num_classes=0)
    with pytest.raises(ValueError, match="in_channels=-1 must be at least 1"):
        models.create("mlp", in_channels=-1)
