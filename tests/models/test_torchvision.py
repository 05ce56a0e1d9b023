"""Networks that torchvision has: the same number of parameters, and with its weights the same logits."""

import re
from collections import Counter

import pytest
import torch
from random_networks import assert_same, randomise, two_images
from torch import nn

from utils import models
from utils.compat import import_torchvision
from utils.models.googlenet import GoogLeNet
from utils.models.weights.torchvision import copy_weights, key_map

pytestmark = pytest.mark.slow  # seconds in all

torchvision = import_torchvision()

COUNTS = {  # torchvision's documentation
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg11_bn": 132_868_840,
    "vgg13": 133_047_848,
    "vgg13_bn": 133_053_736,
    "vgg16": 138_357_544,
    "vgg16_bn": 138_365_992,
    "vgg19": 143_667_240,
    "vgg19_bn": 143_678_248,
    "googlenet": 6_624_904,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "densenet121": 7_978_856,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
    "densenet161": 28_681_000,
}
WITHOUT_HEADS = {"googlenet": {"aux_logits": False, "init_weights": False}}


def build(make, *args, **settings) -> nn.Module:
    """A network with memory but without numbers: filling 144 million weights twice would take seconds."""
    with torch.device("meta"):
        model = make(*args, **settings)
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0  # two networks cannot drop the same units
    return model.to_empty(device="cpu")


def test_every_network_that_torchvision_has_is_compared():
    assert set(COUNTS) == set(models.names()) & set(torchvision.models.list_models())


@pytest.mark.parametrize("name", COUNTS)
def test_same_number_of_parameters(name):
    with torch.device("meta"):
        ours = models.create(name, 1000, 3, 224)
    published = torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"]
    assert models.count_parameters(ours) == published == COUNTS[name]


COMPARED = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.BatchNorm2d, nn.Linear, nn.Dropout)


def settings(model: nn.Module) -> Counter[str]:
    """What these layers say of themselves, each with how often it is said."""
    said = [str(layer) for layer in model.modules() if isinstance(layer, COMPARED)]
    # At stride 1, with padding, no window reaches over the edge, so rounding up changes nothing.
    return Counter(re.sub(r"(stride=1.*), ceil_mode=\w+", r"\1", text) for text in said)


@pytest.mark.parametrize("name", COUNTS)
def test_the_same_kernels_strides_paddings_and_dropouts(name):
    """What logits in evaluation mode cannot show, and what they would show, said by its name."""
    with torch.device("meta"):
        ours = models.create(name, 1000, 3, 224)
        theirs = torchvision.models.get_model(name, **WITHOUT_HEADS.get(name, {}))
    assert settings(ours) == settings(theirs)


@pytest.mark.parametrize("name", COUNTS)
@torch.no_grad()
def test_same_logits_with_torchvisions_weights(name):
    """In eval and in train mode, which must also leave the same running statistics behind."""
    theirs = build(torchvision.models.get_model, name, **WITHOUT_HEADS.get(name, {}))
    ours = build(models.create, name, 1000, 3, 64)
    randomise(theirs)
    copy_weights(theirs, ours)
    images = two_images(64)
    assert_same(ours.eval()(images), theirs.eval()(images))
    assert_same(ours.train()(images), theirs.train()(images))
    state, their_state = ours.state_dict(), theirs.state_dict()
    for their_key, key in key_map(theirs, ours).items():
        if "running" in key or "tracked" in key:
            torch.testing.assert_close(state[key], their_state[their_key])


@pytest.mark.parametrize("name", ["alexnet", "googlenet"])
@torch.no_grad()
def test_same_logits_at_224_pixels(name):
    theirs = build(torchvision.models.get_model, name, **WITHOUT_HEADS.get(name, {}))
    ours = build(models.create, name, 1000, 3, 224)
    randomise(theirs)
    copy_weights(theirs, ours)
    images = two_images(224)
    assert_same(ours.eval()(images), theirs.eval()(images))


@torch.no_grad()
def test_same_auxiliary_logits():
    theirs = build(torchvision.models.get_model, "googlenet", init_weights=False)
    ours = build(GoogLeNet, auxiliary_heads=True)
    randomise(theirs)
    copy_weights(theirs, ours)
    images = two_images(96)
    expected = theirs.train()(images)
    logits, after_4a, after_4d = ours.train()(images)
    assert_same(logits, expected.logits)
    assert_same(after_4a, expected.aux_logits1)
    assert_same(after_4d, expected.aux_logits2)
    assert_same(ours.eval()(images), theirs.eval()(images))


@pytest.mark.parametrize("name", ["resnet18", "densenet121"])
def test_weights_start_as_torchvisions_do(name):
    """The same spread of every layer's weights (within what chance allows)."""
    torch.manual_seed(0)
    theirs = torchvision.models.get_model(name, num_classes=10).state_dict()
    ours = models.create(name, 10, 3, 64).state_dict()
    for (key, mine), their in zip(ours.items(), theirs.values(), strict=True):
        if mine.numel() > 1000:
            assert mine.std().item() == pytest.approx(their.std().item(), rel=0.1), key
        elif not key.endswith("classifier.bias"):
            assert mine.float().mean().item() == pytest.approx(their.float().mean().item(), abs=1e-6), key
