"""A field is never smaller than the truth: random networks of many kinds of layers, each pixel changed in turn."""

import random

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.insight import theoretical_field

HEIGHT, WIDTH, CHANNELS = 9, 8, 4


class Do(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Residual(nn.Module):
    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        y = self.layer(x)
        if y.shape == x.shape:
            y = y + x if random.random() < 0.5 else y.add_(x)
        return y


def into_a_buffer(x: Tensor) -> Tensor:
    """Written in part: what is read afterwards is not the tensor that was written."""
    buffer = torch.zeros_like(x)
    buffer[:, :, 1:] = x[:, :, :-1]
    buffer[:, :, :1] = x[:, :, -1:]
    return buffer.relu()


def changed_behind_its_back(x: Tensor) -> Tensor:
    before = x.clone()
    view = before.view(*x.shape)
    view.add_(x.mean((2, 3), keepdim=True))
    return before * 2


def attention(x: Tensor) -> Tensor:
    places = x.flatten(2).transpose(1, 2)
    return (places @ places.transpose(1, 2) @ places / 10).transpose(1, 2).reshape(x.shape)


def dynamic_filter(x: Tensor) -> Tensor:
    kernel = x.mean((0, 2, 3)).view(CHANNELS, 1, 1, 1)
    return F.conv2d(x, kernel, groups=CHANNELS)


LAYERS = {
    "conv": lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, stride=random.choice((1, 1, 2))),
    "dilated": lambda: nn.Conv2d(CHANNELS, CHANNELS, 2, padding=1, dilation=2),
    "grouped": lambda: nn.Conv2d(CHANNELS, CHANNELS, (1, 3), padding="same", groups=2),
    "circular": lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode="circular"),
    "reflect": lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, padding_mode="reflect"),
    "replicate": lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=2, padding_mode="replicate"),
    "transposed": lambda: nn.ConvTranspose2d(CHANNELS, CHANNELS, 3, padding=random.choice((0, 1)), dilation=1),
    "transposed, stride": lambda: nn.ConvTranspose2d(CHANNELS, CHANNELS, 2, stride=2),
    "max pool": lambda: nn.MaxPool2d(2, stride=random.choice((1, 2)), padding=1, ceil_mode=True),
    "dilated pool": lambda: nn.MaxPool2d(2, stride=1, dilation=2),
    "average pool": lambda: nn.AvgPool2d(2, stride=1, padding=1),
    "adaptive": lambda: nn.AdaptiveAvgPool2d(3),
    "batch norm": lambda: nn.BatchNorm2d(CHANNELS),
    "batch norm by the batch": lambda: nn.BatchNorm2d(CHANNELS, track_running_stats=False),
    "group norm": lambda: nn.GroupNorm(2, CHANNELS),
    "instance norm": lambda: nn.InstanceNorm2d(CHANNELS),
    "layer norm": lambda: Do(lambda x: F.layer_norm(x, x.shape[1:])),
    "local response": lambda: nn.LocalResponseNorm(3),
    "pointwise": lambda: random.choice([nn.ReLU(inplace=True), nn.GELU(), nn.Hardswish(), nn.PReLU(), nn.Dropout(0.5)]),
    "softmax over channels": lambda: nn.Softmax(1),
    "softmax over columns": lambda: nn.Softmax(3),
    "softmax over all places": lambda: Do(lambda x: x.flatten(2).softmax(2).view_as(x)),
    "cumsum": lambda: Do(lambda x: x.cumsum(random.choice((-1, -2, 1)))),
    "sort": lambda: Do(lambda x: x.sort(dim=-1).values),
    "flip": lambda: Do(lambda x: x.flip(-1)),
    "roll": lambda: Do(lambda x: x.roll(1, 2)),
    "turned": lambda: Do(lambda x: x.transpose(2, 3)),
    "permuted": lambda: Do(lambda x: x.permute(0, 1, 3, 2)),
    "fancy": lambda: Do(lambda x: x[:, :, torch.randperm(x.shape[2])]),
    "first cut": lambda: Do(lambda x: x[:, :, 1:, :-1]),
    "last cut": lambda: Do(lambda x: x[:, :, -3:, -4:]),
    "stepped cut": lambda: Do(lambda x: x[:, :, ::2, 1::2]),
    "padded": lambda: Do(lambda x: F.pad(x, (1, 0, 2, -1))),
    "shuffled channels": lambda: nn.ChannelShuffle(2),
    "pixel shuffle": lambda: Do(lambda x: F.pixel_shuffle(x.repeat(1, 4, 1, 1), 2)),
    "larger": lambda: nn.Upsample(scale_factor=2, mode=random.choice(("nearest", "bilinear"))),
    "a row for all": lambda: Do(lambda x: x + x[:, :, :1]),
    "gate": lambda: Do(lambda x: x * x.mean((2, 3), keepdim=True).sigmoid()),
    "mean of channels": lambda: Do(lambda x: x - x.mean(1, keepdim=True)),
    "two halves": lambda: Do(lambda x: torch.cat(x.chunk(2, dim=1)[::-1], dim=1)),
    "two halves of the map": lambda: Do(lambda x: torch.cat([x[:, :, 1:], x[:, :, :1]], dim=2)),
    "buffer": lambda: Do(into_a_buffer),
    "behind its back": lambda: Do(changed_behind_its_back),
    "attention": lambda: Do(attention),
    "dynamic filter": lambda: Do(dynamic_filter),
    "fourier": lambda: Do(lambda x: torch.fft.ifft2(torch.fft.fft2(x) * 0.5).real),
    "where": lambda: Do(lambda x: torch.where(x > 0, x, 0.1 * x)),
}


def never_smaller(model: nn.Module, layer: str) -> bool:
    """Whether every pixel that moves a unit lies in its field; each pixel is changed alone, in double precision."""
    model.double().eval()
    found = {}
    model.get_submodule(layer).register_forward_hook(lambda _, __, output: found.update(maps=output))
    image = torch.randn(1, CHANNELS, HEIGHT, WIDTH, dtype=torch.double)
    field = theoretical_field(model, image, layer)

    def maps(x: Tensor) -> Tensor:
        torch.manual_seed(0)
        random.seed(0)
        model(x)
        return found["maps"]

    with torch.no_grad():
        before = maps(image.clone())
        for row in range(HEIGHT):
            for column in range(WIDTH):
                other = image.clone()
                other[:, :, row, column] += 1 + torch.rand(CHANNELS, dtype=torch.double)
                moved = ((maps(other) - before).abs() > 1e-9).any(dim=1)[0]
                for r, c in moved.nonzero().tolist():
                    if not field.mask(r, c)[row, column]:
                        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_no_kind_of_layer_has_a_field_that_is_too_small(name):
    torch.manual_seed(1)
    random.seed(1)
    assert never_smaller(nn.Sequential(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), LAYERS[name](), nn.ReLU()), "2")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_no_random_network_has_a_field_that_is_too_small(seed):
    torch.manual_seed(seed)
    random.seed(seed)
    layers = []
    for name in random.sample(sorted(LAYERS), 4):
        layers.append(LAYERS[name]())
        if random.random() < 0.3:
            layers[-1] = Residual(layers[-1])
        try:
            nn.Sequential(*layers).double().eval()(torch.randn(1, CHANNELS, HEIGHT, WIDTH, dtype=torch.double))
        except (RuntimeError, ValueError):  # the map has become too small for it
            layers.pop()
    model = nn.Sequential(*layers, nn.Identity())
    assert never_smaller(model, str(len(layers) - 1))


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (nn.MaxPool2d(3, 2, dilation=2), (5, 5)),
        (nn.ConvTranspose2d(CHANNELS, CHANNELS, 3), (3, 3)),
        (nn.ConvTranspose2d(CHANNELS, CHANNELS, 3, padding=1, dilation=2), (5, 5)),
        (Do(lambda x: x[:, :, -3:]), (1, 1)),
        (nn.GroupNorm(1, CHANNELS), (HEIGHT, WIDTH)),
        (nn.Softmax(3), (HEIGHT, WIDTH)),
        (nn.Softmax(1), (1, 1)),
        (nn.BatchNorm2d(CHANNELS), (1, 1)),
        (nn.LocalResponseNorm(3), (1, 1)),
        (nn.ChannelShuffle(2), (1, 1)),
    ],
)
def test_it_is_no_larger_than_it_need_be(layer, size):
    field = theoretical_field(nn.Sequential(layer), torch.rand(1, CHANNELS, HEIGHT, WIDTH), "0")
    assert field.size == size


def test_a_slice_from_the_end_lies_at_the_end():
    model = nn.Sequential(Do(lambda x: x[:, :, -3:]))
    field = theoretical_field(model, torch.rand(1, CHANNELS, HEIGHT, WIDTH), "0")
    assert field.corner(0, 0) == (HEIGHT - 3, 0) and field.mask(2, 5)[HEIGHT - 1, 5]
