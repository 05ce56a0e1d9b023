"""Every network: logits, gradients, sizes, and what it says to impossible requests."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from utils import models

pytestmark = pytest.mark.slow  # seconds in all

SMALLEST = {  # the smallest image, in pixels
    "mlp": 1,
    "small_cnn": 4,
    "cnn": 10,
    "cat_dog": 1,
    "global_pool": 4,
    "global_pool_8x8": 4,
    "lenet": 12,
    "lenet_1998": 12,
    "alexnet": 15,
    "alexnet_two_gpus": 15,
    "zfnet": 9,
    **dict.fromkeys(["vgg11", "vgg11_lrn", "vgg13", "vgg16_c", "vgg16", "vgg19"], 16),
    **dict.fromkeys(["vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"], 16),
    "nin": 4,
    "googlenet": 4,
    "googlenet_2014": 4,
    **dict.fromkeys(["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"], 8),
    **dict.fromkeys(["resnet20", "resnet32", "resnet44", "resnet56", "resnet110"], 4),
    **dict.fromkeys(["densenet121", "densenet169", "densenet201", "densenet161"], 8),
    "efficientnet_lite0": 1,
    "all_cnn_a": 9,
    "all_cnn_b": 9,
    "all_cnn_c": 9,
}

# Members of a family whose siblings are tested anyway, and faster.

# One name of each family, for tests that try many sizes.
FAMILIES = [
    *[
        "mlp",
        "small_cnn",
        "cnn",
        "cat_dog",
        "global_pool",
        "global_pool_8x8",
        "lenet",
        "lenet_1998",
        "alexnet",
    ],
    *[
        "alexnet_two_gpus",
        "zfnet",
        "vgg11",
        "vgg16_c",
        "nin",
        "googlenet_2014",
        "resnet18",
        "resnet20",
        "all_cnn_b",
    ],
    "densenet121",
    "efficientnet_lite0",
]


def test_every_name_is_tested():
    assert list(SMALLEST) == models.names()


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


@pytest.mark.parametrize("name", FAMILIES)
def test_the_smallest_image_and_larger_ones_are_taken(name):
    """Shapes only: tensors on the meta device have no numbers."""
    smallest = SMALLEST[name]
    for size in {smallest, smallest + 1, smallest + 2, smallest + 3, 28, 32, 63, 64, 65, 224}:
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
