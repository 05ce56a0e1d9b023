"""Gradients by the pixels against differences, loops and captum; images that please against what is best by hand."""

import pytest
import torch
from captum.attr import GuidedBackprop
from torch import nn

from utils.compat import import_torchvision
from utils.insight import feature_maps, guided_gradient, input_gradient, pleasing_images, probabilities, smooth_grad
from utils.insight.pleasing import roughness

GRADIENTS = (input_gradient, smooth_grad, guided_gradient)


def test_the_gradient_is_what_a_small_change_of_a_pixel_does(network, images):
    network, images = network.double().eval(), images.double()
    found = input_gradient(network, images, 3)
    for image, row, column in ((0, 5, 7), (2, 14, 14), (4, 0, 27)):
        step = torch.zeros_like(images)
        step[image, 0, row, column] = 1e-6
        with torch.no_grad():
            rise = (network(images + step) - network(images - step))[image, 3] / 2e-6
        assert found[image, 0, row, column].item() == pytest.approx(rise.item(), abs=1e-7)


class Cube(nn.Module):
    """One logit: the sum of the cubes of all pixels."""

    def forward(self, images):
        return images.pow(3).sum(dim=(1, 2, 3))[:, None]


def test_smooth_grad_is_the_mean_gradient_around_the_image():
    """The gradient of x³ is 3x². Around x, with noise of variance s², its mean is 3x² + 3s²."""
    images = torch.tensor([-1.0, 0.0, 2.0]).view(3, 1, 1, 1).expand(3, 1, 40, 40)
    assert input_gradient(Cube(), images, 0)[:, 0, 0, 0].tolist() == [3, 0, 12]
    smooth = smooth_grad(Cube(), images, 0, noise=0.5, count=20).mean(dim=(1, 2, 3))
    assert smooth.tolist() == pytest.approx([3.75, 0.75, 12.75], abs=0.1)
    assert torch.equal(smooth_grad(Cube(), images, 0, noise=0, count=3), input_gradient(Cube(), images, 0))
    with pytest.raises(ValueError, match="count=0"):
        smooth_grad(Cube(), images, count=0)


@pytest.mark.filterwarnings("ignore:Setting backward hooks")
def test_guided_gradients_are_captum_s(network, images):
    classes = torch.tensor([3, 1, 4, 1, 5])
    theirs = GuidedBackprop(network.eval()).attribute(images.clone().requires_grad_(), target=classes)
    ours = guided_gradient(network, images, classes)
    torch.testing.assert_close(ours, theirs.detach())
    assert not torch.allclose(ours, input_gradient(network, images, classes))


def test_guided_gradients_follow_every_way_of_writing_relu(images):
    """In place, as torchvision writes it, or as a function: captum sees layers alone."""
    first, second = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 3, 26)

    class Functions(nn.Module):
        def __init__(self, relu):
            super().__init__()
            self.first, self.second, self.relu = first, second, relu

        def forward(self, x):
            return self.second(self.relu(self.first(x))).flatten(1)

    ways = [nn.ReLU(), nn.ReLU(inplace=True), nn.functional.relu, torch.relu, lambda x: x.relu(), lambda x: x.relu_()]
    found = [guided_gradient(Functions(way), images, 1) for way in ways]
    assert all(torch.equal(found[0], other) for other in found[1:])
    assert not torch.allclose(found[0], input_gradient(Functions(ways[0]), images, 1))
    resnet = import_torchvision().models.get_model("resnet18", weights=None)
    assert guided_gradient(resnet, torch.randn(1, 3, 64, 64), 7).isfinite().all()
    with pytest.raises(ValueError, match="Sequential has no ReLU"):
        guided_gradient(nn.Sequential(second, nn.Flatten()), torch.randn(1, 2, 26, 26))


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_the_answer_is_asked_where_no_class_is_named(gradient, network, images):
    answers = probabilities(network, images).argmax(1)
    assert torch.equal(gradient(network, images), gradient(network, images, answers))
    with pytest.raises(IndexError, match=r"classes must lie in 0\.\.9"):
        gradient(network, images, 10)


WHOLE = {"image_size": (6, 7), "mean": (0.5, 0.5), "std": (0.25, 0.25)}


def test_an_image_that_pleases_is_the_best_there_is():
    """Of a 1×1 convolution: as bright as can be where the weight is positive, black where it is negative."""
    model = nn.Sequential(nn.Conv2d(2, 2, 1))
    model[0].weight.data = torch.tensor([[1.0, -2.0], [-0.5, 0.3]]).view(2, 2, 1, 1)
    images = pleasing_images(model, "0", [0, 1], smoothness=0, **WHOLE)
    assert images.shape == (2, 2, 6, 7)
    assert (
        images[0, 0].eq(1).all() and images[0, 1].eq(0).all() and images[1, 0].eq(0).all() and images[1, 1].eq(1).all()
    )


def test_a_smooth_image_pleases_less():
    """A channel that likes what falls from left to right likes stripes best, one pixel wide."""
    model = nn.Sequential(nn.Conv2d(1, 1, (1, 2), bias=False), nn.ReLU())
    model[0].weight.data = torch.tensor([[[[1.0, -1.0]]]])
    settings = {"image_size": (9, 8), "mean": (0.5,), "std": (0.25,)}
    rough, smooth = (pleasing_images(model, "1", [0], smoothness=s, **settings) for s in (0, 2))
    rough_pleased, smooth_pleased = (
        feature_maps(model, images / 0.25, "1").mean().item() for images in (rough, smooth)
    )
    assert 0.25 < smooth_pleased < 0.8 * rough_pleased, "of at most 4, where black follows on white"
    assert roughness(smooth).item() < roughness(rough).item() / 2
    assert torch.equal(rough, pleasing_images(model, "1", [0], smoothness=0, **settings)), "by its seed"


def test_roughness_by_hand():
    """Differences downwards 2 and 0, to the right 1 and 3: (4 + 0) / 2 + (1 + 9) / 2."""
    assert roughness(torch.tensor([[[[0.0, -1.0], [2.0, -1.0]]]])).tolist() == [7.0]


@pytest.mark.parametrize("channels", [[4], [-1], []])
def test_channels_that_are_not_there_cannot_be_pleased(channels, network):
    settings = {"image_size": (28, 28), "mean": (0.5,), "std": (0.25,)}
    with pytest.raises(IndexError, match=r"channels must lie in 0\.\.3"):
        pleasing_images(network, "features.1", channels, **settings)
