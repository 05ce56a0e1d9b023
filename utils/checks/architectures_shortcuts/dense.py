"""Task 3 of assignment 08: a dense block, which appends to what it reads."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.inputs import Random
from utils.checks.networks import layer_count
from utils.checks.plan import Plan, Run


def _appended(x: Tensor, layer: nn.Module) -> Tensor:
    return torch.cat([x, F.relu(layer(x))], dim=1)


def _nothing(x: Tensor) -> Tensor:
    return x


class _Dense(nn.Module):
    """Layers one after the other, and what ``join(x, layer)`` makes of each."""

    def __init__(self, layers: list[nn.Module], join: Callable, start: Callable, end: Callable):
        super().__init__()
        self.layers, self.join, self.start, self.end = nn.ModuleList(layers), join, start, end

    def forward(self, x: Tensor) -> Tensor:
        x = self.start(x)
        for layer in self.layers:
            x = self.join(x, layer)
        return self.end(x)


def _built(
    join: Callable = _appended,
    start: Callable = _nothing,
    end: Callable[[Tensor, int, int], Tensor] = lambda x, in_channels, growth_rate: x,
    reads: Callable[[int, int, int], int] = lambda in_channels, growth_rate, number: in_channels + number * growth_rate,
    makes: int = 1,
    kernel: int = 3,
    padding: int = 1,
    more: int = 0,
) -> Callable:
    """An answer to task 3, right or with one thing done otherwise."""

    def make(in_channels: int, growth_rate: int, depth: int) -> nn.Module:
        layers: list[nn.Module] = [
            nn.Conv2d(reads(in_channels, growth_rate, number), makes * growth_rate, kernel, padding=padding)
            for number in range(depth + more)
        ]
        return _Dense(layers, join, start, lambda x: end(x, in_channels, growth_rate))

    return make


def _normed(in_channels: int, growth_rate: int, depth: int) -> nn.Module:
    return nn.Sequential(nn.BatchNorm2d(in_channels), _built()(in_channels, growth_rate, depth))


def _layers(run: Run) -> list[nn.Conv2d]:
    return [layer for layer in run.network.modules() if isinstance(layer, nn.Conv2d)]


def _other_number(run: Run) -> str:
    found = layer_count(run.network, nn.Conv2d)
    return f"Yours has {found} convolutions in all." if found != run.case[2] else ""


def _reads_others(run: Run) -> str:
    in_channels, growth_rate, _ = run.case
    for number, layer in enumerate(_layers(run)):
        right = in_channels + number * growth_rate
        if layer.in_channels != right:
            return f"Layer {number + 1} reads {right}, and yours {layer.in_channels}."
    return ""


def _other_maps(run: Run) -> str:
    wrong = [layer.out_channels for layer in _layers(run) if layer.out_channels != run.case[1]]
    return f"Yours makes {wrong[0]}." if wrong else ""


def _other_kernel(run: Run) -> str:
    wrong = [layer.kernel_size for layer in _layers(run) if layer.kernel_size != (3, 3)]
    return f"Yours has {wrong[0]}." if wrong else ""


def _images(random: Random, in_channels: int, growth_rate: int, depth: int) -> Tensor:
    return random.normal(2, in_channels, *random.two_integers(5, 9))


dense_block = Plan(
    "dense_block",
    right=_built(),
    cases=lambda random: [(*random.two_integers(2, 6), depth) for depth in (3, 1, 4)],
    case=lambda in_channels, growth_rate, depth: f"in_channels={in_channels}, growth_rate={growth_rate}, depth={depth}",
    images=_images,
    kinds=(nn.Conv2d,),
    counted=False,
    mistakes=(
        ("there is a batch norm. In this block it is left out.", _normed, lambda run: "BatchNorm" in str(run.network)),
        ("each layer has one convolution.", _built(more=1), _other_number),
        (
            "each layer reads the input and all maps appended so far, in_channels + i · growth_rate.",
            _built(reads=lambda in_channels, growth_rate, number: in_channels),
            _reads_others,
        ),
        ("each layer makes growth_rate maps.", _built(makes=2), _other_maps),
        ("the kernels are 3×3.", _built(kernel=1, padding=0), _other_kernel),
        (
            "the convolutions change the size. With padding 1 they keep it.",
            _built(padding=0),
            lambda run: any(layer.padding not in ((1, 1), "same") for layer in _layers(run)),
        ),
        (
            "the input is not in the output. A dense block keeps everything.",
            _built(end=lambda x, in_channels, growth_rate: x[:, in_channels:]),
        ),
        (
            "only the last layer's maps come out. A dense block keeps everything.",
            _built(end=lambda x, in_channels, growth_rate: x[:, -growth_rate:]),
        ),
        (
            "new maps are put before the old ones. Append them: `torch.cat([x, new], dim=1)`.",
            _built(lambda x, layer: torch.cat([F.relu(layer(x)), x], dim=1)),
        ),
        (
            "the ReLUs are missing. One follows each convolution.",
            _built(lambda x, layer: torch.cat([x, layer(x)], dim=1)),
        ),
        (
            "the ReLU is applied to all maps. What was kept stays as it is; only the new ones get it.",
            _built(lambda x, layer: F.relu(torch.cat([x, layer(x)], dim=1))),
        ),
        (
            "the input has lost its negative numbers. It is kept as it is; no ReLU on it.",
            _built(start=F.relu),
        ),
        (
            "the ReLU stands before the convolution. In this plan it follows it.",
            _built(lambda x, layer: torch.cat([x, layer(F.relu(x))], dim=1)),
        ),
    ),
)
