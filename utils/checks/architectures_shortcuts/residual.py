"""Tasks 2 and 5 of assignment 08: residual blocks, the basic one and the bottleneck, and what goes wrong in both."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.inputs import Random
from utils.checks.networks import layer_count
from utils.checks.plan import Plan, Run
from utils.models.resnet import BasicBlock, Bottleneck


class _Block(nn.Module):
    """A block whose two parts are joined in another way."""

    def __init__(self, block: nn.Module, join: Callable[[Tensor, Tensor], Tensor]):
        super().__init__()
        self.residual, self.shortcut, self.join = block.residual, block.shortcut, join

    def forward(self, x: Tensor) -> Tensor:
        return self.join(self.residual(x), self.shortcut(x))


def _joined(kind: type[nn.Module], join: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    """A block whose sum is another one."""
    return lambda *settings: _Block(kind(*settings), join)


def _changed(kind: type[nn.Module], change: Callable[[nn.Module], None]) -> Callable:
    """A block in whose layers something is changed."""

    def make(*settings: int) -> nn.Module:
        block = kind(*settings)
        change(block)
        return block

    return make


def _of(network: nn.Module, size: int) -> list[nn.Conv2d]:
    """The convolutions with kernels of this size."""
    return [layer for layer in network.modules() if isinstance(layer, nn.Conv2d) and layer.kernel_size == (size, size)]


def _without_relus(block: nn.Module) -> None:
    block.residual = nn.Sequential(*(layer for layer in block.residual if not isinstance(layer, nn.ReLU)))


def _always_projected(block: nn.Module) -> None:
    if isinstance(block.shortcut, nn.Identity):
        maps = block.residual[-1].num_features
        block.shortcut = nn.Sequential(nn.Conv2d(maps, maps, 1, bias=False), nn.BatchNorm2d(maps))


def _never_projected(block: nn.Module) -> None:
    block.shortcut = nn.Identity()


def _with_bias(block: nn.Module) -> None:
    block.residual[0].bias = nn.Parameter(torch.zeros(block.residual[0].out_channels))


def _projected_by(size: int, stride: int | None = None, maps: Callable[[nn.Module], int] | None = None) -> Callable:
    """A change: the projection has another kernel, no stride, or makes another number of maps."""

    def change(block: nn.Module) -> None:
        if not isinstance(block.shortcut, nn.Identity):
            old = block.shortcut[0]
            makes = maps(block) if maps else old.out_channels
            stride_now = stride or old.stride
            new = nn.Conv2d(old.in_channels, makes, size, stride_now, padding=size // 2, bias=False)
            block.shortcut = nn.Sequential(new, nn.BatchNorm2d(makes))

    return change


def _cut(block: nn.Module) -> None:
    for layer in _of(block, 3):
        layer.padding = (0, 0)


def _with_strides(place: int, away: int | None = None) -> Callable:
    """A change: the layer at a place of F has the block's stride, and the one at ``away`` has none."""

    def change(block: nn.Module) -> None:
        first = max((layer.stride for layer in block.residual if isinstance(layer, nn.Conv2d)), key=max)
        block.residual[place].stride = first
        if away is not None:
            block.residual[away].stride = (1, 1)

    return change


def _with_fewer_norms(block: nn.Module) -> None:
    block.residual[-1] = nn.Identity()


def _mistakes(kind: type[nn.Module], planned: int) -> tuple[tuple, ...]:
    """What goes wrong in blocks of both kinds. F has so many convolutions."""

    def stays(run: Run) -> bool:
        in_channels, channels, stride = run.case
        return stride == 1 and in_channels == kind.expansion * channels

    def norms(run: Run) -> str:
        convolutions, found = layer_count(run.network, nn.Conv2d), layer_count(run.network, nn.BatchNorm2d)
        return f"Yours has {found} for {convolutions} convolutions." if convolutions != found else ""

    return (
        (
            "the shape changes, so x cannot be added as it is. Its shortcut needs a projection, a 1×1 convolution with "
            "the block's stride, and batch norm, both made in `__init__` and kept in `self`.",
            _changed(kind, _never_projected),
            lambda run: not stays(run) and layer_count(run.network, nn.Conv2d) == planned,
        ),
        (
            "the shape stays, so the shortcut is x itself. Yours has a convolution there.",
            _changed(kind, _always_projected),
            lambda run: stays(run) and layer_count(run.network, nn.Conv2d) == planned + 1,
        ),
        (
            "a convolution before batch norm has no bias (`bias=False`): batch norm would remove it.",
            _changed(kind, _with_bias),
            lambda run: any(layer.bias is not None for size in (1, 3) for layer in _of(run.network, size)),
        ),
        (
            "the projection on the shortcut is a 1×1 convolution, yours is 3×3.",
            _changed(kind, _projected_by(3)),
            lambda run: not stays(run) and len(_of(run.network, 3)) == len(_of(kind(*run.case), 3)) + 1,
        ),
        (
            "a 3×3 convolution cuts the rim off. Padding 1 keeps the size.",
            _changed(kind, _cut),
            lambda run: any(layer.padding not in ((1, 1), "same") for layer in _of(run.network, 3)),
        ),
        (
            "each convolution is followed by a batch norm of its own, also on the shortcut.",
            _changed(kind, _with_fewer_norms),
            norms,
        ),
        (
            "the projection has no stride, so its maps are larger than those of F(x).",
            _changed(kind, _projected_by(1, stride=1)),
        ),
        (
            "the ReLU stands before the sum, so a block can only add. It comes after the sum.",
            _joined(kind, lambda f, s: F.relu(f) + s),
        ),
        (
            "there is a ReLU before the sum, and one after it. Only the second belongs there.",
            _joined(kind, lambda f, s: F.relu(F.relu(f) + s)),
        ),
        ("the ReLU after the sum is missing.", _joined(kind, lambda f, s: f + s)),
        ("nothing is added: the shortcut is missing.", _joined(kind, lambda f, s: F.relu(f))),
        ("nothing is added, and there is no ReLU at the end.", _joined(kind, lambda f, s: f)),
        (
            "F(x) is added to itself: x was written over. Give F(x) a name of its own.",
            _joined(kind, lambda f, s: F.relu(2 * f)),
        ),
        ("the ReLUs between the convolutions are missing.", _changed(kind, _without_relus)),
        (
            "there is a ReLU on the shortcut. It passes on what it gets.",
            _joined(kind, lambda f, s: F.relu(f + F.relu(s))),
        ),
    )


def _case(in_channels: int, channels: int, stride: int) -> str:
    return f"in_channels={in_channels}, channels={channels}, stride={stride}"


def _images(random: Random, in_channels: int, channels: int, stride: int) -> Tensor:
    return random.normal(3, in_channels, *random.two_integers(6, 11))


def _basic_blocks(random: Random) -> Iterator[tuple]:
    maps, others = random.two_integers(4, 9)
    yield from [(maps, maps, 1), (maps, others, 2), (maps, others, 1), (maps, maps, 2)]


residual_block = Plan(
    "residual_block",
    right=BasicBlock,
    cases=_basic_blocks,
    case=_case,
    images=_images,
    kinds=(nn.Conv2d, nn.BatchNorm2d),
    mistakes=(
        *_mistakes(BasicBlock, planned=2),
        (
            "two 3×3 convolutions have a stride, so the size is cut twice. Only the first has it.",
            _changed(BasicBlock, _with_strides(3)),
            lambda run: sum(layer.stride != (1, 1) for layer in _of(run.network, 3)) > 1,
        ),
        (
            "the second 3×3 convolution has the block's stride. The first should.",
            _changed(BasicBlock, _with_strides(3, away=0)),
        ),
    ),
)


def _bottlenecks(random: Random) -> Iterator[tuple]:
    channels, others = random.two_integers(2, 5)
    whole = 4 * channels
    yield from [(whole, channels, 1), (whole, others, 2), (others, channels, 1), (whole, channels, 2)]


repaired = Plan(
    "repaired",
    right=Bottleneck,
    cases=_bottlenecks,
    case=_case,
    images=_images,
    kinds=(nn.Conv2d, nn.BatchNorm2d),
    mistakes=(
        *_mistakes(Bottleneck, planned=3),
        (
            "the first 1×1 convolution has the block's stride. The 3×3 convolution should.",
            _changed(Bottleneck, _with_strides(0, away=3)),
        ),
        (
            "the projection makes `channels` maps, and F(x) has 4 · channels.",
            _changed(Bottleneck, _projected_by(1, maps=lambda block: block.residual[0].out_channels)),
        ),
    ),
)
