"""Every network: logits, gradients, sizes, and what it says to impossible requests."""

import importlib
import inspect
import pkgutil

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from utils import models
from utils.models import registry

pytestmark = pytest.mark.slow  # seconds in all

SMALLEST = {name: smallest for name, (_, smallest) in registry._MODELS.items()}
BUILDS = {name: getattr(build, "func", build) for name, (build, _) in registry._MODELS.items()}


def test_every_model_has_a_name():
    files = [importlib.import_module(f"utils.models.{file.name}") for file in pkgutil.iter_modules(models.__path__)]
    networks = {
        kind
        for file in files
        for kind in vars(file).values()
        if isinstance(kind, type) and issubclass(kind, nn.Module) and "image_size" in inspect.signature(kind).parameters
    }
    missing = sorted(f"{kind.__module__}.{kind.__name__}" for kind in networks - {*BUILDS.values()})
    assert not missing, "give each a row in utils/models/registry.py: its name, what makes it, the smallest image"


@pytest.mark.parametrize("name", SMALLEST)
def test_forward_and_backward(name):
    """At 16×16 at least: batch norm over two images of 1×1 divides by next to nothing, and gradients explode."""
    torch.manual_seed(0)
    size = max(SMALLEST[name], 16)
    model = models.create(name, num_classes=7, in_channels=3, image_size=size)
    logits = model(torch.randn(2, 3, size, size))
    assert logits.shape == (2, 7)
    cross_entropy(logits, torch.tensor([0, 6])).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name


@pytest.mark.parametrize("name, size", SMALLEST.items())
def test_a_smaller_image_is_refused(name, size):
    reason = f"smallest it can take is {size}×{size}" if size > 1 else "image_size=0 must be at least 1"
    with pytest.raises(ValueError, match=reason):
        models.create(name, image_size=size - 1)


@pytest.mark.parametrize("name", SMALLEST)
def test_the_smallest_image_and_larger_ones_are_taken(name):
    """Shapes only: tensors on the meta device have no numbers. Of siblings the first is tried with more sizes."""
    smallest = SMALLEST[name]
    first = name == next(other for other, kind in BUILDS.items() if kind is BUILDS[name])
    more = {smallest + 1, smallest + 2, smallest + 3, 28, 32, 63, 65, 224}
    for size in {smallest, 64} | (more if first else set()):
        with torch.device("meta"), torch.no_grad():
            model = models.create(name, num_classes=7, in_channels=2, image_size=size).eval()
            assert model(torch.empty(2, 2, size, size)).shape == (2, 7), size


@pytest.mark.parametrize("name", ["vgg11", "resnet18", "googlenet", "densenet121", "all_cnn_c"])
def test_weights_follow_the_seed(name):
    states = []
    for seed in [1, 1, 2]:
        torch.manual_seed(seed)
        states.append(torch.cat([p.flatten() for p in models.create(name).parameters()]))
    assert torch.equal(states[0], states[1]) and not torch.equal(states[0], states[2])


def test_frozen_parameters_are_not_counted():
    model = models.create("mlp")
    model.layers[1].requires_grad_(False)
    assert models.count_parameters(model) == 10_010


def test_unknown_names_and_impossible_settings():
    with pytest.raises(ValueError, match="no model 'cmm': choose one of mlp, small_cnn, cnn"):
        models.create("cmm")
    for name in ("ResNet18", "resnet-18", "resnet_18"):
        with pytest.raises(ValueError, match=f"no model '{name}': did you mean 'resnet18'"):
            models.create(name)
    with pytest.raises(ValueError, match="num_classes=0 must be at least 1"):
        models.create("cnn", num_classes=0)
    with pytest.raises(ValueError, match="in_channels=-1 must be at least 1"):
        models.create("mlp", in_channels=-1)


def test_the_small_image_form_ends_at_64_pixels():
    """A first layer with stride would leave a small image too little; a large one needs it."""
    with torch.device("meta"):
        kernels = [models.create("resnet18", 10, 3, size).features[0][0].kernel_size for size in (63, 64)]
    assert kernels == [(3, 3), (7, 7)]
