"""Grad-CAM, occlusion, patches and mistakes against captum and against loops."""

import pytest
import torch
from captum.attr import LayerGradCam, Occlusion
from torch import nn
from torch.nn import functional as F

from utils import models
from utils.compat import import_torchvision
from utils.insight import (
    confusion_counts,
    effective_field,
    feature_maps,
    grad_cam,
    guided_gradient,
    input_gradient,
    occlusion,
    over_pixels,
    probabilities,
    smooth_grad,
    strongest_patches,
    worst_mistakes,
)

torchvision = import_torchvision()


def assert_like_captum(model: nn.Module, images: torch.Tensor, layer: str, classes: torch.Tensor) -> None:
    model.eval()
    theirs = LayerGradCam(model, model.get_submodule(layer)).attribute(images, classes, relu_attributions=True)
    ours = grad_cam(model, images, layer, classes)
    assert ours.max() > 0 and (ours == 0).any(), "both parts of the ReLU are tried"
    torch.testing.assert_close(ours, theirs[:, 0].detach(), rtol=1e-4, atol=1e-6 * ours.max().item())


@pytest.mark.parametrize("layer", ["features.0", "features.3", "features.5"])
def test_grad_cam_is_captum_s(layer, network, images):
    assert_like_captum(network, images, layer, torch.tensor([3, 1, 4, 1, 5]))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "layer"), [("resnet20", "features.4"), ("global_pool", "features.6")])
def test_grad_cam_is_captum_s_for_our_networks(name, layer):
    torch.manual_seed(0)
    model = models.create(name, in_channels=3, image_size=32)
    assert_like_captum(model, torch.randn(3, 3, 32, 32), layer, torch.tensor([2, 0, 9]))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "layer"), [("resnet18", "layer3"), ("squeezenet1_1", "features.7")])
def test_grad_cam_is_captum_s_for_torchvision_s_networks(name, layer):
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None)
    assert_like_captum(model, torch.randn(2, 3, 64, 64), layer, torch.tensor([7, 777]))


def test_grad_cam_by_hand():
    """Two maps of 2×2, their means, and a linear layer: the gradient of a mean over four places is weight / 4."""
    model = nn.Sequential(nn.Identity(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2))
    model[3].weight.data = torch.tensor([[3.0, -1.0], [-3.0, 1.0]])
    maps = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]], [[0.0, 2.0], [0.0, 2.0]]]])
    assert grad_cam(model, maps, "0", 0).tolist() == [[[0.75, 0], [0, 0]]]
    assert grad_cam(model, maps, "0", 1).tolist() == [[[0, 0.5], [0, 0.5]]]


def test_grad_cam_of_the_answer_is_the_default(network, images):
    answers = probabilities(network, images).argmax(1)
    torch.testing.assert_close(
        grad_cam(network, images, "features.5"), grad_cam(network, images, "features.5", answers)
    )


def test_grad_cam_of_a_frozen_network(network, images):
    expected = grad_cam(network, images, "features.5", 2)
    network.requires_grad_(False)
    with torch.no_grad():
        torch.testing.assert_close(grad_cam(network, images, "features.5", 2), expected)


@pytest.mark.parametrize("wrong", [10, -1, torch.tensor([0, 1, 2, 3, 10])])
def test_grad_cam_of_a_class_that_is_not_there(wrong, network, images):
    with pytest.raises(IndexError, match=r"classes must lie in 0\.\.9"):
        grad_cam(network, images, "features.5", wrong)


@pytest.mark.parametrize("wrong", [1.5, True, torch.ones(5)])
def test_grad_cam_of_a_class_that_is_no_whole_number(wrong, network, images):
    with pytest.raises(TypeError, match="classes must be whole numbers"):
        grad_cam(network, images, "features.5", wrong)


def test_gradients_are_found_where_they_are_switched_off(network, images):
    def looks(images):
        of_a_layer = [look(network, images, "features.5") for look in (grad_cam, effective_field)]
        return of_a_layer + [look(network, images) for look in (input_gradient, smooth_grad, guided_gradient)]

    expected = looks(images)
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            found = looks(images.clone())
        assert all(map(torch.equal, found, expected)), off


def test_images_that_are_not_finite_are_refused(network, images):
    images[3, 0, 2, 2] = torch.nan
    for look in (grad_cam, effective_field, feature_maps):
        with pytest.raises(ValueError, match="infinite or not a number"):
            look(network, images, "features.5")
    with pytest.raises(ValueError, match="infinite or not a number"):
        probabilities(network, images)
    with pytest.raises(ValueError, match="infinite or not a number"):
        strongest_patches(network, images, "features.1", channel=0)
    with pytest.raises(ValueError, match="fill=nan must be a finite number"):
        occlusion(network, images[0], size=4, stride=4, fill=torch.nan)


@pytest.mark.parametrize("count, error", [(-1, ValueError), (0, ValueError), (1.5, TypeError)])
def test_patches_are_at_least_one(count, error, network, images):
    with pytest.raises(error, match=f"count={count}"):
        strongest_patches(network, images, "features.1", channel=0, count=count)


def test_grad_cam_of_too_few_classes(network, images):
    with pytest.raises(ValueError, match=r"one for all 5 images or one for each, and have \(3,\)"):
        grad_cam(network, images, "features.5", torch.tensor([0, 1, 2]))


def test_grad_cam_where_nothing_depends_on_the_layer():
    class Aside(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.aside = nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 3)

        def forward(self, x):
            self.aside(x)
            return self.used(x).mean(dim=(2, 3))

    with pytest.raises(ValueError, match="do not depend on what layer 'aside' returns"):
        grad_cam(Aside(), torch.zeros(1, 1, 5, 5), "aside")


@pytest.mark.parametrize(("size", "stride", "fill"), [(7, 7, 0.0), (5, 3, 0.5), (28, 1, 0.0)])
def test_occlusion_is_a_loop_over_squares(size, stride, fill, network, images):
    network.eval()
    falls = occlusion(network, images[0], size=size, stride=stride, fill=fill)
    whole = network(images[:1]).softmax(1)[0]
    corners = range(0, 28 - size + 1, stride)
    assert falls.shape == (len(corners), len(corners), 10)
    for row, top in enumerate(corners):
        for column, left in enumerate(corners):
            image = images[:1].clone()
            for y in range(size):
                for x in range(size):
                    image[0, 0, top + y, left + x] = fill
            expected = whole - network(image).softmax(1)[0]
            torch.testing.assert_close(falls[row, column], expected.detach(), atol=1e-6, rtol=1e-4)


def test_occlusion_over_pixels_is_captum_s(network, images):
    network.eval()
    falls = occlusion(network, images[0], size=6, stride=4)
    ours = over_pixels(falls[..., 3], size=6, stride=4, image_size=(28, 28))
    theirs = Occlusion(lambda x: network(x).softmax(1)).attribute(
        images[:1], sliding_window_shapes=(1, 6, 6), strides=(1, 4, 4), target=3, baselines=0
    )
    covered = 6 + 4 * ((28 - 6) // 4)  # captum moves a last, smaller square to the border as well
    assert covered == 26 and not ours[26:].any() and not ours[:, 26:].any()
    inner = slice(0, 24)  # pixels that only full squares cover
    torch.testing.assert_close(ours[inner, inner], theirs[0, 0, inner, inner].float(), atol=1e-6, rtol=1e-3)


def test_occlusion_explains_a_square_that_does_not_fit(network, images):
    with pytest.raises(ValueError, match="kernel_size=29"):
        occlusion(network, images[0], size=29, stride=1)
    with pytest.raises(ValueError, match=r"image must have shape \(C, H, W\)"):
        occlusion(network, images, size=4, stride=4)


@pytest.mark.parametrize("layer", ["features.1", "features.4"])
def test_strongest_patches_by_a_loop(layer, network, images):
    maps = feature_maps(network, images, layer)[:, 2]
    patches = strongest_patches(network, images, layer, channel=2, count=3)
    assert [patch.value for patch in patches] == sorted((one.max().item() for one in maps), reverse=True)[:3]
    for patch in patches:
        assert maps[patch.image, patch.row, patch.column].item() == patch.value == maps[patch.image].max()


def test_a_patch_holds_all_that_its_unit_sees(network, images):
    """Put into an empty image at its own place, the patch alone gives the unit the same value."""
    patch = strongest_patches(network, images, "features.3", channel=5, count=1)[0]
    inside = patch.field.mask(patch.row, patch.column)
    alone = torch.where(inside, images[patch.image], torch.full((), 7.0))
    maps = feature_maps(network, alone[None], "features.3")
    assert maps[0, 5, patch.row, patch.column].item() == pytest.approx(patch.value, abs=1e-6)
    cut = patch.cut(images)
    assert cut.shape == (1, *patch.field.size)
    assert cut.sum().item() == pytest.approx(images[patch.image][:, inside].sum().item(), abs=1e-4)


def test_patches_of_more_images_than_a_batch(network):
    images = torch.randn(600, 1, 28, 28)
    best = strongest_patches(network, images, "features.1", channel=0, count=1)[0]
    maps = network.eval().features[:2](images)[:, 0]
    assert best.value == pytest.approx(maps.max().item(), abs=1e-6)
    assert best.image == maps.amax(dim=(1, 2)).argmax().item()


def test_a_channel_that_is_not_there(network, images):
    with pytest.raises(IndexError, match=r"channel=4 must lie in 0\.\.3"):
        strongest_patches(network, images, "features.1", channel=4)


def test_confusions_are_counted():
    labels, answers = torch.randint(4, (2, 100), generator=torch.Generator().manual_seed(0)).unbind()
    counts = torch.zeros(4, 4, dtype=torch.long)
    for label, answer in zip(labels, answers, strict=True):
        counts[label, answer] += 1
    assert torch.equal(confusion_counts(labels, answers, 4), counts)
    assert torch.equal(confusion_counts(labels.numpy(), answers.tolist(), 4), counts)
    for wrong in (answers + 0.5, answers > 0):
        with pytest.raises(TypeError, match="predictions must be whole numbers"):
            confusion_counts(labels, wrong, 4)
    assert confusion_counts(labels[:0], answers[:0], 4).tolist() == [[0] * 4] * 4


def test_worst_mistakes_by_a_loop():
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(40, 3, generator=generator), torch.randint(3, (40,), generator=generator)
    losses = {i: F.cross_entropy(logits[i], labels[i]).item() for i in range(40) if logits[i].argmax() != labels[i]}
    by_hand = sorted(losses, key=losses.get, reverse=True)
    assert 10 < len(by_hand) < 40
    assert worst_mistakes(logits, labels, 5).tolist() == by_hand[:5]
    assert worst_mistakes(logits, labels, 40).tolist() == by_hand
    assert not len(worst_mistakes(logits, logits.argmax(1), 5))
