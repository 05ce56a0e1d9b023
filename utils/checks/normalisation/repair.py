"""Task 5 of assignment 06: a network with batch norm and dropout, which must hear of `eval()`."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.comparing import nearly_equal
from utils.checks.networks import layer_count, trace
from utils.checks.plan import Plan, Run, ends_in_softmax
from utils.modes import evaluating

LAYERS = {
    "conv1": lambda: nn.Conv2d(3, 16, 3, padding=1, bias=False),
    "norm1": lambda: nn.BatchNorm2d(16),
    "relu1": nn.ReLU,
    "pool": lambda: nn.MaxPool2d(2),
    "drop1": lambda: nn.Dropout2d(0.2),
    "conv2": lambda: nn.Conv2d(16, 32, 3, padding=1, bias=False),
    "norm2": lambda: nn.BatchNorm2d(32),
    "relu2": nn.ReLU,
    "mean": lambda: nn.AdaptiveAvgPool2d(1),
    "flat": nn.Flatten,
    "drop2": lambda: nn.Dropout(0.5),
    "linear": lambda: nn.Linear(32, 10),
    "last": nn.Identity,
}
START, MIDDLE, END = "conv1 norm1 relu1 pool drop1", "conv2 norm2 relu2", "mean flat drop2 linear last"


def _built(start: str = START, middle: str = MIDDLE, end: str = END, **others: Callable) -> Callable:
    """An answer to task 5, right or with other layers, or with its layers in another order."""
    return lambda: nn.Sequential(*[(LAYERS | others)[name]() for name in f"{start} {middle} {end}".split()])


class _AlwaysDrops(nn.Dropout):
    def forward(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.p)


def _evaluated(run: Run, images: Tensor) -> Tensor:
    with evaluating(run.network):
        return trace(run.network, images)[0]


def _differs(run: Run) -> bool:
    """Whether the network gives two answers to one question."""
    return not run.failed and not nearly_equal(_evaluated(run, run.images), _evaluated(run, run.images))


def _depends(run: Run) -> bool:
    """Whether what an image gets depends on the others."""
    if run.failed:
        return False
    of_many, alone = _evaluated(run, run.images)[:1], _evaluated(run, run.images[:1])
    return of_many.shape == alone.shape and not nearly_equal(of_many, alone)


def _planned(kind: type[nn.Module], number: int, wrong: Callable) -> tuple:
    """The mistake of having another number of layers of a kind."""

    def seen(run: Run) -> str:
        found = layer_count(run.network, kind)
        return f"Your network has {found}." if found != number else ""

    return f"planned: {number} × nn.{kind.__name__}.", wrong, seen


def _other_share(kind: type[nn.Module], planned: float, wrong: Callable) -> tuple:
    """The mistake of another p."""

    def seen(run: Run) -> str:
        other = [layer.p for layer in run.network.modules() if isinstance(layer, kind) and layer.p != planned]
        return f"Yours is {other[0]}." if other else ""

    return f"nn.{kind.__name__} has another p. Planned is {planned}.", wrong, seen


def _convolutions(run: Run) -> list[nn.Conv2d]:
    return [layer for layer in run.network.modules() if isinstance(layer, nn.Conv2d)]


def _read(run: Run, kind: type[nn.Module]) -> list[tuple[int, ...]]:
    """The shapes for each image that layers of a kind have read."""
    return [tuple(read.shape[1:]) for layer, read, _ in run.layers if isinstance(layer, kind)]


def _drops_first(run: Run) -> bool:
    kinds = [type(layer) for layer, *_ in run.layers]
    return kinds[:2] == [nn.Conv2d, nn.Dropout2d] or kinds[:1] == [nn.Dropout2d]


repaired = Plan(
    "repaired",
    right=_built(),
    images=lambda random: random.normal(5, 3, *(2 * n for n in random.two_integers(4, 8))),
    kinds=(nn.Conv2d, nn.BatchNorm2d, nn.Dropout2d, nn.Dropout, nn.Linear),
    mistakes=(
        (
            "in eval mode two runs on the same images differ, so something is still being dropped. `F.dropout` drops "
            "always unless told otherwise; the layer `nn.Dropout` hears of `eval()`.",
            _built(drop2=_AlwaysDrops),
            _differs,
        ),
        (
            "in eval mode an image's logits depend on the other images of the batch. A batch norm must keep running "
            "statistics for that: `nn.BatchNorm2d` does.",
            _built(norm1=lambda: nn.BatchNorm2d(16, track_running_stats=False)),
            _depends,
        ),
        ("the network ends in a softmax. Logits are planned.", _built(last=lambda: nn.Softmax(1)), ends_in_softmax),
        _planned(nn.Conv2d, 2, _built(relu2=lambda: nn.Conv2d(32, 32, 1))),
        _planned(nn.BatchNorm2d, 2, _built(norm2=nn.Identity)),
        _planned(nn.Dropout2d, 1, _built(drop1=lambda: nn.Dropout(0.2))),
        _planned(nn.Dropout, 1, _built(drop2=nn.Identity)),
        _planned(nn.Linear, 1, _built(last=lambda: nn.Linear(10, 10))),
        (
            "a convolution before a batch norm has a bias. It is subtracted with the mean at once: `bias=False`.",
            _built(conv1=lambda: nn.Conv2d(3, 16, 3, padding=1)),
            lambda run: any(layer.bias is not None for layer in _convolutions(run)),
        ),
        (
            "a convolution cuts the rim off. With padding the maps stay H×W and H/2×W/2.",
            _built(conv1=lambda: nn.Conv2d(3, 16, 3, bias=False)),
            lambda run: any(
                layer.padding not in ("same", (layer.kernel_size[0] // 2,) * 2) for layer in _convolutions(run)
            ),
        ),
        (
            "nn.Dropout2d stands before the first batch norm, which then counts the zeros in its mean. It stands after "
            "the first pooling.",
            _built("conv1 drop1 norm1 relu1 pool"),
            _drops_first,
        ),
        (
            "dropout after the linear layer makes logits 0, right or wrong. It comes before that layer.",
            _built(end="mean flat linear drop2"),
            lambda run: (10,) in _read(run, nn.Dropout),
        ),
        (
            "nn.Dropout2d stands after the first pooling: it should read 16 maps.",
            _built("conv1 norm1 relu1 pool", f"{MIDDLE} drop1"),
            lambda run: any(shape[0] != 16 for shape in _read(run, nn.Dropout2d)),
        ),
        (
            "nn.Dropout stands after the mean of each map: it should read 32 numbers for each image.",
            _built(end="drop2 mean flat linear"),
            lambda run: any(torch.Size(shape).numel() != 32 for shape in _read(run, nn.Dropout)),
        ),
        _other_share(nn.Dropout2d, 0.2, _built(drop1=nn.Dropout2d)),
        _other_share(nn.Dropout, 0.5, _built(drop2=lambda: nn.Dropout(0.2))),
        ("the ReLU after the first batch norm is missing.", _built(relu1=nn.Identity)),
        ("the ReLU after the second batch norm is missing.", _built(relu2=nn.Identity)),
        ("both ReLUs are missing.", _built(relu1=nn.Identity, relu2=nn.Identity)),
        (
            "the first ReLU stands before the batch norm. It follows it.",
            _built("conv1 relu1 norm1 pool drop1"),
        ),
        ("the second ReLU stands before the batch norm. It follows it.", _built(middle="conv2 relu2 norm2")),
        (
            "the ReLUs stand before the batch norms. They follow them.",
            _built("conv1 relu1 norm1 pool drop1", "conv2 relu2 norm2"),
        ),
        ("the pooling is missing.", _built(pool=nn.Identity)),
        (
            "the first batch norm stands after the pooling. It follows the convolution.",
            _built("conv1 pool norm1 relu1 drop1"),
        ),
        ("the network ends in a log-softmax. Logits are planned.", _built(last=lambda: nn.LogSoftmax(1))),
        (
            "at the end stands the largest number of each map. Planned is the mean.",
            _built(mean=lambda: nn.AdaptiveMaxPool2d(1)),
        ),
        ("the first pooling takes the mean. Planned is the maximum.", _built(pool=lambda: nn.AvgPool2d(2))),
        ("the network ends in a ReLU. Logits may be negative.", _built(last=nn.ReLU)),
    ),
)
