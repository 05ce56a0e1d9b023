"""Models come back as they went in: no hooks, same mode, no gradients; also after an error."""

import pytest
import torch
from torch import nn

from utils.compat import import_torchvision
from utils.data import Dataset
from utils.insight import (
    effective_field,
    feature_maps,
    grad_cam,
    guided_gradient,
    input_gradient,
    inputs,
    occlusion,
    pleasing_images,
    probabilities,
    smooth_grad,
    strongest_patches,
    theoretical_field,
)

torchvision = import_torchvision()

LOOKS = {
    "feature_maps": lambda model, images, layer: feature_maps(model, images, layer),
    "grad_cam": lambda model, images, layer: grad_cam(model, images, layer, 3),
    "effective_field": lambda model, images, layer: effective_field(model, images, layer),
    "theoretical_field": lambda model, images, layer: theoretical_field(model, images, layer),
    "strongest_patches": lambda model, images, layer: strongest_patches(model, images, layer, 0),
}
WITHOUT_LAYER = {
    "probabilities": lambda model, images: probabilities(model, images),
    "input_gradient": lambda model, images: input_gradient(model, images, 3),
    "smooth_grad": lambda model, images: smooth_grad(model, images, 3, count=2),
    "guided_gradient": lambda model, images: guided_gradient(model, images, 3),
    "occlusion": lambda model, images: occlusion(model, images[0], size=4, stride=4),
}


def state(model: nn.Module) -> tuple:
    """All that looking into a model must leave alone."""
    hooks = [len(part._forward_hooks) + len(part._backward_hooks) for part in model.modules()]
    return (
        sum(hooks),
        [part.training for part in model.modules()],
        [parameter.grad is None for parameter in model.parameters()],
        [parameter.requires_grad for parameter in model.parameters()],
        [tensor.sum().item() for tensor in model.state_dict().values()],
    )


def mixed_modes(model: nn.Module) -> nn.Module:
    """In training mode but for one layer, as somebody who fine-tunes has it."""
    model.train()
    next(part for part in model.modules() if not list(part.children())).eval()
    return model


@pytest.mark.parametrize("look", LOOKS)
def test_the_model_is_left_as_it_was(look, network, images):
    before = state(mixed_modes(network))
    LOOKS[look](network, images, "features.3")
    assert state(network) == before


@pytest.mark.parametrize("look", WITHOUT_LAYER)
def test_the_model_is_left_as_it_was_without_a_layer(look, network, images):
    before = state(mixed_modes(network))
    WITHOUT_LAYER[look](network, images)
    assert state(network) == before


def test_the_model_is_left_as_it_was_by_an_image_that_pleases(network):
    before = state(mixed_modes(network))
    settings = {"image_size": (28, 28), "mean": (0.5,), "std": (0.25,), "steps": 2}
    with torch.inference_mode():
        pleasing_images(network, "features.3", [0], **settings)
    assert state(network) == before


@pytest.mark.parametrize("look", LOOKS)
def test_also_after_an_error_in_the_middle(look, network, images):
    class Breaks(nn.Module):
        def forward(self, x):
            raise RuntimeError("it broke")

    network.classifier = Breaks()
    before = state(mixed_modes(network))
    with pytest.raises(RuntimeError, match="it broke"):
        LOOKS[look](network, images, "features.3")
    assert state(network) == before


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("features.99", "there is no layer 'features.99' in SmallCNN: choose one of features, features.0"),
        ("", "there is no layer ''"),
        ("classifier", r"'classifier' returns shape \(\d, 10\), and maps have shape"),
    ],
)
def test_a_layer_that_cannot_be_looked_at(look, layer, message, network, images):
    before = state(network)
    with pytest.raises(ValueError, match=message):
        LOOKS[look](network, images, layer)
    assert state(network) == before


@pytest.mark.parametrize("look", [*LOOKS, "probabilities", "input_gradient", "smooth_grad", "guided_gradient"])
def test_images_that_cannot_be(look, network, images):
    layer = ["features.3"] if look in LOOKS else []
    look = (LOOKS | WITHOUT_LAYER)[look]
    data = Dataset(images.to(torch.uint8), torch.zeros(5).long(), ("a",), "test", mean=(0.5,), std=(0.5,))
    for wrong in (data.images, data):
        with pytest.raises(TypeError, match=r"must be floats, normalised.*inputs\(dataset\)"):
            look(network, wrong, *layer)
    for wrong in (images[0], images[:0]):
        with pytest.raises(ValueError, match=r"images\[:1\], not images\[0\]"):
            look(network, wrong, *layer)


def test_a_layer_that_is_not_used(network, images):
    network.spare = nn.Conv2d(1, 1, 1)
    with pytest.raises(ValueError, match="did not pass layer 'spare'"):
        feature_maps(network, images, "spare")


def test_feature_maps_are_those_of_the_layers_by_hand(network, images):
    network.eval()
    x = images
    for number, layer in enumerate(network.features):
        x = layer(x)
        torch.testing.assert_close(feature_maps(network, images, f"features.{number}"), x.detach())


def test_a_relu_that_works_in_place_does_not_change_what_is_recorded():
    model = torchvision.models.get_model("resnet18", weights=None).eval()
    images = torch.randn(2, 3, 64, 64)
    by_hand = model.bn1(model.conv1(images)).detach()
    assert by_hand.min() < 0
    torch.testing.assert_close(feature_maps(model, images, "bn1"), by_hand)


def test_evaluation_mode_is_used(images):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.9), nn.ReLU())
    maps = feature_maps(model.train(), images, "3")
    torch.testing.assert_close(maps, model.eval()(images).detach())


def test_inputs_are_normalised_as_in_training():
    pixels = torch.randint(0, 256, (4, 2, 3, 5), dtype=torch.uint8)
    data = Dataset(pixels, torch.zeros(4).long(), ("a",), "test", mean=(0.2, 0.4), std=(0.5, 2.0))
    expected = pixels.double() / 255
    expected = (expected - torch.tensor([0.2, 0.4]).view(2, 1, 1)) / torch.tensor([0.5, 2.0]).view(2, 1, 1)
    torch.testing.assert_close(inputs(data), expected.float())
