"""A trained network put to a new task: what is frozen stays as it is, and the head is the best there is."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils import models, transfer
from utils.data import Dataset
from utils.models import Pretrained


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return models.create("resnet20", num_classes=5, in_channels=3, image_size=16)


def dataset(count: int = 40) -> Dataset:
    """Dark and bright images."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    images = torch.randint(100, (count, 3, 16, 16), generator=generator) + 150 * labels.view(-1, 1, 1, 1)
    return Dataset(images.to(torch.uint8), labels, ("dark", "bright"), "two brightnesses")


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    return copy.deepcopy(module.state_dict())


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_layers_do_not_move_and_others_do(frozen):
    """Running statistics too: with ``requires_grad_(False)`` alone, they move."""
    layers = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
    trunk = transfer.Frozen(*layers) if frozen else nn.Sequential(*layers).requires_grad_(False)
    model = nn.Sequential(trunk, nn.Flatten(), nn.Linear(4 * 6 * 6, 2)).train()
    before, head = state(trunk), model[2].weight.clone()
    x = 3 + torch.randn(8, 3, 8, 8)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    F.cross_entropy(model(x), torch.arange(8) % 2).backward()
    optimizer.step()
    assert not torch.equal(head, model[2].weight)
    same = {name: torch.equal(before[name], tensor) for name, tensor in trunk.state_dict().items()}
    assert same["0.weight"] and same["1.weight"]
    assert same["1.running_mean"] == same["1.running_var"] == frozen


def test_a_frozen_trunk_gives_the_same_features_in_every_mode():
    trunk = transfer.Frozen(*small_network().features)
    x = torch.randn(4, 3, 16, 16)
    in_training = nn.Sequential(trunk).train()(x)
    torch.testing.assert_close(in_training, trunk.eval()(x), rtol=0, atol=1e-3)
    torch.testing.assert_close(in_training[:1], trunk(x[:1]), rtol=0, atol=1e-3)


def test_frozen_batch_norm_keeps_its_statistics_and_learns_its_weights():
    network = small_network()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_()
    x, keys = 3 + torch.randn(8, 3, 16, 16), list(network.state_dict())
    expected, before = network.eval()(x), state(network)
    transfer.freeze_batch_norm(network)
    assert list(network.state_dict()) == keys, "so that weights can be loaded into a plain network"
    logits = network.train()(x)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-3)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    F.cross_entropy(logits, torch.arange(8) % 5).backward()
    optimizer.step()
    for name, tensor in network.state_dict().items():
        kept = "running" in name or "tracked" in name
        assert torch.equal(tensor, before[name]) == kept, name


def test_the_head_is_where_the_gradient_of_the_loss_is_zero():
    """Written out: d loss / d W = mean of (p − y) xᵀ + weight_decay · W, and d loss / d b = mean of p − y."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(60, 5, generator=generator)
    labels = (features @ torch.randn(5, 3, generator=generator)).argmax(1)
    head = transfer.fit_head(features, labels, 3, weight_decay=0.01)
    error = (head(features).softmax(1) - F.one_hot(labels, 3)).detach()
    assert (error.T @ features / 60 + 0.01 * head.weight).abs().max() < 1e-4
    assert error.mean(0).abs().max() < 1e-4
    assert (head(features).argmax(1) == labels).float().mean() > 0.9


def test_the_head_does_not_depend_on_chance():
    features, labels = torch.randn(30, 4), torch.arange(30) % 3
    one, two = (transfer.fit_head(features, labels, 3) for _ in range(2))
    assert torch.equal(one.weight, two.weight)


@pytest.mark.parametrize("name", ["resnet20", "vgg11", "alexnet", "densenet121"])
def test_a_head_is_replaced_and_handed_back(name):
    torch.manual_seed(0)
    model = models.create(name, num_classes=5, in_channels=3, image_size=32).eval()
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        logits = model(x)
        head = models.replace_head(model, nn.Identity())
        features = model(x)
        torch.testing.assert_close(head(features), logits)
        models.replace_head(model, nn.Linear(head.in_features, 2))
        assert model(x).shape == (2, 2)


def test_starting_from_a_trained_network_keeps_its_trunk_and_learns_the_new_classes():
    network, train = small_network(), dataset()
    trunk = state(network.features)
    pretrained = Pretrained(network, 16, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    model = transfer.start_from(pretrained, train)
    assert all(torch.equal(trunk[name], tensor) for name, tensor in model.features.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert not any(layer.training for layer in model.train().modules() if isinstance(layer, nn.BatchNorm2d))
    mean, std = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in pretrained[2:])
    with torch.no_grad():
        logits = model.eval()((train.images / 255 - mean) / std)
    assert logits.shape == (40, 2) and torch.equal(logits.argmax(1), train.labels)
