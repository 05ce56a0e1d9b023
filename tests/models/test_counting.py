"""Costs of a network: against torch's own counter, torchvision's published figures, and by hand."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import models
from utils.compat import import_torchvision
from utils.models.counting import layer_costs

torchvision = import_torchvision()

pytestmark = pytest.mark.slow  # seconds in all

SHARED = [name for name in models.names() if name in torchvision.models.list_models()]


@pytest.mark.parametrize("name", models.names())
def test_multiply_adds_are_those_that_torch_counts(name):
    size = 28 if name in ("mlp", "small_cnn", "cnn") else 32
    with torch.device("meta"):
        model = models.create(name, 10, 3, size).eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(torch.zeros(1, 3, size, size))
    assert 2 * models.count_multiply_adds(model, 3, size) == counter.get_total_flops()


@pytest.mark.parametrize("name", SHARED)
def test_multiply_adds_are_within_one_percent_of_torchvisions(name):
    published = torchvision.models.get_model_weights(name).DEFAULT.meta["_ops"] * 1e9
    with torch.device("meta"):
        model = models.create(name, 1000, 3, 224)
    # torchvision publishes three decimals of 10⁹, and adds the few products of biases and pooling
    assert models.count_multiply_adds(model, 3, 224) == pytest.approx(published, rel=0.01, abs=0.5e6)


def test_layers_come_in_order_with_shapes_and_costs():
    model = nn.Sequential(nn.Conv2d(3, 8, 3, groups=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 5 * 5, 4))
    costs = layer_costs(model, in_channels=3, image_size=7)
    assert [cost.name for cost in costs] == ["0", "1", "2", "3"]
    assert [cost.input_shape for cost in costs] == [(3, 7, 7), (8, 5, 5), (8, 5, 5), (200,)]
    assert [cost.output_shape for cost in costs] == [(8, 5, 5), (8, 5, 5), (200,), (4,)]
    assert [cost.parameters for cost in costs] == [3 * 8 * 9 + 8, 0, 0, 200 * 4 + 4]
    assert [cost.multiply_adds for cost in costs] == [3 * 8 * 9 * 25, 0, 0, 800]


def test_counting_leaves_the_model_as_it_was():
    model = models.create("resnet20", 10, 3, 32)
    frozen = model.features[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(RuntimeError):
        layer_costs(model, in_channels=1, image_size=32)  # it wants three channels
    layer_costs(model, in_channels=3, image_size=32)
    assert model.training and not frozen.training
    assert not any(module._forward_hooks for module in model.modules())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
