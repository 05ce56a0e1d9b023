"""The network of the recipe: its size, its first weights, and what whitening does."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close

from utils import models
from utils.models.fast_cifar import SOFTENING, FastCifar, whitening_filters


@pytest.fixture(scope="module")
def images():
    """Images whose pixels depend on their neighbours and whose channels depend on each other."""
    noise = torch.randn(64, 3, 18, 18, generator=torch.Generator().manual_seed(0))
    mixed = torch.einsum("dc,nchw->ndhw", torch.tensor([[1.0, 0.5, 0.5], [0.4, 1, 0.5], [0.2, 0.7, 1]]), noise)
    return F.avg_pool2d(mixed, 3, stride=1) * 3


def test_sizes_are_those_of_the_table():
    model = FastCifar()
    assert models.count_parameters(model) == 1_971_352
    outputs = []
    for layer in [model.whitening, *(layer for block in model.blocks for layer in block.layers)]:
        layer.register_forward_hook(lambda _, __, output: outputs.append(tuple(output.shape[1:])))
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    assert list(dict.fromkeys(outputs)) == [
        *[(24, 31, 31), (64, 31, 31), (64, 15, 15), (256, 15, 15), (256, 7, 7), (256, 3, 3)]
    ]


def test_whitened_patches_are_uncorrelated_with_variance_one(images):
    filters = whitening_filters(images)
    patches = F.conv2d(images, filters[:12]).transpose(0, 1).flatten(1)
    second_moments = patches @ patches.T / patches.shape[1]
    variances = 1 / filters[:12].flatten(1).square().sum(1) - SOFTENING
    expected = torch.diag(variances / (variances + SOFTENING))
    assert_close(second_moments, expected, atol=1e-4, rtol=0)
    assert variances.min() > 10 * SOFTENING, "the images of this test must have no faint direction"


def test_each_axis_comes_with_both_signs(images):
    filters = whitening_filters(images)
    assert filters.shape == (24, 3, 2, 2)
    assert torch.equal(filters[12:], -filters[:12])


def test_convolutions_begin_by_handing_their_input_on():
    model = FastCifar()
    for block in model.blocks:
        for layer in block.layers:
            if isinstance(layer, nn.Conv2d):
                x = torch.randn(1, layer.in_channels, 6, 6)
                assert_close(layer(x)[:, : layer.in_channels], x)
    rest = model.blocks[1].layers[0].weight[64:]
    assert rest.std() > 0.01 and abs(rest.mean()) < 0.01


def test_resetting_forgets_everything_and_follows_the_seed(images):
    torch.manual_seed(0)
    model = FastCifar()
    first = {name: value.clone() for name, value in model.state_dict().items()}
    model.whiten(images)
    F.cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.arange(4)).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    torch.manual_seed(0)
    torch.empty(0).normal_()
    model.reset_parameters()
    for name, value in model.state_dict().items():
        assert value.shape == first[name].shape
        if "norm" in name or name.endswith(("bias", "running_mean", "running_var", "num_batches_tracked")):
            assert torch.equal(value, first[name]), name
    torch.manual_seed(1)
    model.reset_parameters()
    again = model.classifier.weight.clone()
    torch.manual_seed(1)
    model.reset_parameters()
    assert torch.equal(model.classifier.weight, again)


def test_the_first_layer_and_the_scales_are_not_learnt():
    model = FastCifar()
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    scales = {name for name, p in model.named_parameters() if p.ndim == 1 and name.endswith("weight")}
    assert frozen == {"whitening.weight"} | scales and len(scales) == 6
