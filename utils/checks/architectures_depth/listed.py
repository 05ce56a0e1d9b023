"""Task 3 of assignment 07: a VGG from a list of numbers and poolings."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from torch import Tensor, nn

from utils.checks.inputs import Random
from utils.checks.plan import Plan, Run


def _built(
    relu: Callable[[list], bool] = lambda rest: True,
    pool: Callable[[], nn.Module] = lambda: nn.MaxPool2d(2),
    padding: int = 1,
    kernel: int = 3,
    more: int = 1,
    reads: Callable[[int, int], int] = lambda before, in_channels: before,
    after_each: bool = False,
) -> Callable:
    """An answer to task 3, right or with one thing done otherwise; ``relu`` is asked with the rest of the list."""

    def make(configuration: list, in_channels: int) -> nn.Module:
        layers: list[nn.Module] = []
        before = in_channels
        for number, entry in enumerate(configuration, 1):
            if entry != "pool":
                layers.append(nn.Conv2d(reads(before, in_channels), more * entry, kernel, padding=padding))
                layers.append(nn.ReLU() if relu(configuration[number:]) else nn.Identity())
                before = more * entry
            if after_each != (entry == "pool"):
                layers.append(pool())
        return nn.Sequential(*layers)

    return make


def _convolutions(run: Run) -> list[nn.Conv2d]:
    return [layer for layer in run.network.modules() if isinstance(layer, nn.Conv2d)]


def _widths(run: Run) -> list[int]:
    return [entry for entry in run.case[0] if entry != "pool"]


def _other_number(run: Run) -> str:
    listed, found = len(_widths(run)), len(_convolutions(run))
    return f"{listed} are listed, and yours has {found}." if listed != found else ""


def _reads_others(run: Run) -> str:
    for number, (one, following) in enumerate(pairwise(_convolutions(run)), 2):
        if following.in_channels != one.out_channels:
            return f"Convolution {number} gets {one.out_channels} maps, and yours reads {following.in_channels}."
    return ""


def _makes_others(run: Run) -> str:
    for number, (layer, width) in enumerate(zip(_convolutions(run), _widths(run), strict=True), 1):
        if layer.out_channels != width:
            return f"Convolution {number} makes {width}, and yours {layer.out_channels}."
    return ""


def _other_kernel(run: Run) -> str:
    other = [layer.kernel_size for layer in _convolutions(run) if layer.kernel_size != (3, 3)]
    return f"Yours has {other[0]}." if other else ""


def _configurations(random: Random) -> Iterator[tuple]:
    a, b = random.two_integers(3, 9)
    for configuration in [[a, "pool", b, b, "pool"], [a, b, a, "pool", b, a, "pool", b], [b, "pool"]]:
        yield configuration, random.integer(1, 4)


def _images(random: Random, configuration: list, in_channels: int) -> Tensor:
    return random.normal(2, in_channels, *random.two_integers(64, 72))  # enough for every mistake below


vgg = Plan(
    "vgg",
    right=_built(),
    cases=_configurations,
    case=lambda configuration, in_channels: f"{configuration}, {in_channels} channels in",
    images=_images,
    kinds=(nn.Conv2d,),
    mistakes=(
        (
            "only the first convolution is there. Does the `return` stand inside the loop?",
            lambda configuration, in_channels: _built()(configuration[:1], in_channels),
            lambda run: len(_convolutions(run)) == 1 < len(_widths(run)),
        ),
        (
            "each number of the list is one convolution.",
            lambda configuration, in_channels: _built()([*configuration, 3], in_channels),
            _other_number,
        ),
        (
            "the first convolution reads the image: `in_channels` maps.",
            lambda configuration, in_channels: _built()(configuration, in_channels + 1),
            lambda run: _convolutions(run)[0].in_channels != run.case[1],
        ),
        (
            "what one convolution makes, the next one reads.",
            _built(reads=lambda before, in_channels: in_channels),
            _reads_others,
        ),
        ("each convolution makes as many maps as its number in the list says.", _built(more=2), _makes_others),
        ("every kernel of VGG is 3×3.", _built(kernel=5, padding=2), _other_kernel),
        (
            "there is a batch norm. After a convolution of the list comes a ReLU, nothing else.",
            lambda *case: nn.Sequential(nn.BatchNorm2d(case[1]), _built()(*case)),
            lambda run: any(isinstance(layer, nn.BatchNorm2d) for layer in run.network.modules()),
        ),
        ("the convolutions cut the rim off. Padding 1 keeps the size.", _built(padding=0)),
        ("the ReLUs are missing. One follows each convolution.", _built(relu=lambda rest: False)),
        (
            "a ReLU is missing where no pooling follows. One follows each convolution.",
            _built(relu=lambda rest: rest[:1] == ["pool"]),
        ),
        (
            "the last ReLU is missing. One follows each convolution.",
            _built(relu=lambda rest: set(rest) - {"pool"} != set()),
        ),
        ("the poolings are missing.", _built(pool=nn.Identity)),
        ("that is average pooling. VGG takes the maximum.", _built(pool=lambda: nn.AvgPool2d(2))),
        ("the windows of the pooling overlap: its stride is 2.", _built(pool=lambda: nn.MaxPool2d(2, stride=1))),
        ("there is a pooling after each convolution. Only “pool” asks for one.", _built(after_each=True)),
    ),
)
