"""The theoretical field is where a gradient can reach, exactly; the effective one is a gradient."""

import copy

import pytest
import torch
from torch import Tensor, nn

from utils import arithmetic, models
from utils.compat import import_torchvision
from utils.insight import effective_field, effective_size, theoretical_field
from utils.insight.fields import middle

torchvision = import_torchvision()


def reach(model: nn.Module, shape: tuple[int, ...], layer: str) -> Tensor:
    """(H, W) booleans: where the middle unit has a gradient if nothing cancels and no maximum hides anything.

    All weights and images are positive and poolings take the mean, so that every path counts.
    """
    model = copy.deepcopy(model).double().eval()
    for parent in model.modules():
        for name, part in parent.named_children():
            if isinstance(part, nn.MaxPool2d):
                mean = nn.AvgPool2d(part.kernel_size, part.stride, part.padding, part.ceil_mode)
                setattr(parent, name, mean)
    for parameter in model.parameters():
        parameter.data = torch.rand_like(parameter) / max(1, parameter[0].numel())
    found = {}
    model.get_submodule(layer).register_forward_hook(lambda _, __, output: found.update(maps=output))
    image = torch.rand(1, *shape, dtype=torch.double, requires_grad=True)
    model(image)
    maps = found["maps"]
    row, column = middle(maps)
    maps[0, :, row, column].sum().backward()
    return (image.grad[0] != 0).any(dim=0)


def box(mask: Tensor) -> tuple[int, int, int, int]:
    """First and last row, first and last column that hold a True."""
    rows, columns = torch.nonzero(mask).unbind(1)
    return rows.min().item(), rows.max().item(), columns.min().item(), columns.max().item()


def agrees(model: nn.Module, shape: tuple[int, ...], layer: str) -> None:
    torch.manual_seed(0)
    truth = reach(model, shape, layer)
    field = theoretical_field(model, torch.rand(1, *shape), layer)
    found = {}
    hook = model.get_submodule(layer).register_forward_hook(lambda _, __, output: found.update(maps=output))
    with torch.no_grad():
        model(torch.rand(2, *shape))
    hook.remove()
    mask = field.mask(*middle(found["maps"]))
    assert (truth <= mask).all(), f"{layer}: a gradient outside the field"
    assert box(truth) == box(mask), layer


OURS = {  # name: image size, layers
    "small_cnn": (28, ["features.0", "features.2", "features.3", "features.5"]),
    "cnn": (28, ["features.0", "features.5"]),
    "global_pool": (32, ["features.3", "features.6", "features.9"]),
    "lenet": (28, ["features.3", "features.5"]),
    "alexnet_two_gpus": (32, ["features.2", "features.6"]),
    "vgg11": (32, ["features.1", "features.2"]),
    "nin": (64, ["features.1", "features.2"]),
    "googlenet": (96, ["features.stem", "features.inception_3a"]),
    "resnet18": (96, ["features.0", "features.1.0", "features.2.0"]),
    "resnet20": (64, ["features.3.2", "features.4.0", "features.4.1"]),
    "densenet121": (96, ["features.4.1"]),
    "all_cnn_c": (48, ["features.5", "features.8"]),
}
THEIRS = {
    "resnet18": (96, ["maxpool", "layer1.0", "layer2.0"]),
    "squeezenet1_1": (64, ["features.2", "features.3"]),  # poolings that round up
    "mobilenet_v2": (96, ["features.3", "features.5"]),
    "densenet121": (96, ["features.denseblock1.denselayer2"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
def test_the_field_of_our_networks_is_where_a_gradient_reaches(name):
    size, layers = OURS[name]
    torch.manual_seed(0)
    model = models.create(name, in_channels=3, image_size=size)
    for layer in layers:
        agrees(model, (3, size, size), layer)


@pytest.mark.slow
@pytest.mark.parametrize("name", THEIRS)
def test_the_field_of_torchvision_s_networks_is_where_a_gradient_reaches(name):
    size, layers = THEIRS[name]
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None)
    for layer in layers:
        agrees(model, (3, size, size + 5), layer)  # not square


def test_layers_of_every_kind_at_once():
    model = nn.Sequential(
        nn.Conv2d(1, 2, (3, 5), stride=(2, 1), padding=(1, 0)),
        nn.BatchNorm2d(2),
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.Conv2d(2, 2, 3, dilation=(1, 2), padding="same"),
        nn.AvgPool2d((2, 3)),
        nn.Conv2d(2, 2, 2, padding="same"),  # one more cell behind than before
        nn.ReLU(inplace=True),
    )
    agrees(model, (1, 64, 61), "6")


def test_a_chain_of_layers_has_the_field_of_the_arithmetic():
    model = models.create("cnn")
    field = theoretical_field(model, torch.zeros(1, 1, 28, 28), "features.5")
    chain = [(3, 1), (2, 2), (3, 1), (2, 2)]  # convolution, pooling, convolution, pooling
    assert field.size == (arithmetic.receptive_field(chain),) * 2 == (10, 10)
    assert field.corner(0, 0) == (0, 0) and field.corner(2, 1) == (8, 4)


def test_after_a_mean_over_the_map_a_unit_sees_everything():
    model = nn.Sequential(nn.Conv2d(1, 1, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(1, 1, 1))
    field = theoretical_field(model, torch.zeros(1, 1, 9, 7), "2")
    assert field.size == (9, 7) and field.mask(0, 0).all()
    assert theoretical_field(model, torch.zeros(1, 1, 9, 7), "0").size == (3, 3)


def test_squeeze_and_excitation_sees_everything():
    model = torchvision.models.get_model("mobilenet_v3_small", weights=None)
    field = theoretical_field(model, torch.zeros(1, 3, 64, 64), "features.1")
    assert field.mask(0, 0).all()


def test_a_network_that_looks_at_its_own_numbers():
    class Scaled(nn.Module):
        def forward(self, x):
            return x / max(1.0, x.max().item())

    model = nn.Sequential(nn.Conv2d(1, 1, 3), Scaled())
    assert theoretical_field(model, torch.ones(1, 1, 9, 7), "0").size == (3, 3)


def test_what_lies_outside_the_image_is_cut_as_zeros():
    model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1))
    field = theoretical_field(model, torch.zeros(1, 1, 4, 4), "0")
    image = torch.arange(1.0, 17).reshape(1, 4, 4)
    assert field.cut(image, 0, 3).tolist() == [[[0, 0, 0], [3, 4, 0], [7, 8, 0]]]
    assert field.cut(image, 2, 1).tolist() == [[[5, 6, 7], [9, 10, 11], [13, 14, 15]]]


def test_the_effective_field_is_what_small_changes_do(network, images):
    """Each pixel of two images moved up and down a little, by brute force, in double precision."""
    network.double().eval()
    images = images[:2].double()
    field = effective_field(network, images, "features.5")
    slopes = []
    steps = 1e-6 * torch.eye(28 * 28, dtype=torch.double).reshape(-1, 1, 28, 28)
    with torch.no_grad():
        for image in images:
            up, down = (network.features(image + step)[:, :, 3, 3].sum(dim=1) for step in (steps, -steps))
            slopes.append((up - down).abs() / 2e-6)
    expected = torch.stack(slopes).mean(dim=0).reshape(28, 28)
    torch.testing.assert_close(field, expected, atol=1e-6, rtol=1e-5)
    inside = theoretical_field(network, images, "features.5").mask(3, 3)
    assert field[inside].max() > 0 and not field[~inside].any()


def test_the_size_of_an_effective_field():
    field = torch.zeros(9, 9)
    field[2:6, 2:6] = 1
    field[0, 0] = 0.04  # below 1 − 0.9545
    assert effective_size(field) == 4
    field[0, 0] = 0.05
    assert effective_size(field) == pytest.approx(17**0.5)
