"""Task 4: a residual block, ReLU(x + norm(conv(ReLU(norm(conv(x)))))), with 18 C² + 4 C parameters."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.networks import described
from utils.checks.plan import Plan, Run


class _Block(nn.Module):
    """Two convolutions and two batch norms, joined by a function of the block and its input."""

    def __init__(self, channels: int, forward: Callable, size: int = 3, padding: int = 1, bias: bool = False):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(channels, channels, size, padding=padding, bias=bias) for _ in range(2))
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.joined = forward

    def forward(self, x: Tensor) -> Tensor:
        return self.joined(self, x)

    def inner(self, x: Tensor) -> Tensor:
        return F.relu(self.norm1(self.conv1(x)))

    def outer(self, inner: Tensor) -> Tensor:
        return self.norm2(self.conv2(inner))


def _added(b: _Block, x: Tensor) -> Tensor:
    return F.relu(x + b.outer(b.inner(x)))


def _block(forward: Callable[[_Block, Tensor], Tensor] = _added, **settings: int) -> Callable[[int], nn.Module]:
    """An answer to the task, right or joined in another way, or with other convolutions."""
    return lambda channels: _Block(channels, forward, **settings)


def _of(run: Run, kind: type[nn.Module]) -> list[nn.Module]:
    return [layer for layer in run.network.modules() if isinstance(layer, kind)]


def _shared(channels: int) -> nn.Module:
    block = _block()(channels)
    block.norm2 = block.norm1
    return block


def _not_two(run: Run) -> str | None:
    convolutions, norms = len(_of(run, nn.Conv2d)), len(_of(run, nn.BatchNorm2d))
    if convolutions == norms == 2:
        return None
    hidden = " Layers of `torch.nn` count, kept in `self`; in a Python list torch does not see them."
    return f"Yours has {convolutions} convolutions and {norms} batch norms.{hidden if convolutions < 2 else ''}"


def _other_convolutions(run: Run) -> str | None:
    (channels,), convolutions = run.case, _of(run, nn.Conv2d)
    same = all(layer.weight.shape == (channels, channels, 3, 3) for layer in convolutions)  # one group
    return None if same else f"Yours: {described(convolutions)}."


def _twice(kind: type[nn.Module], number: int) -> Callable[[Run], bool]:
    """Whether the first or the second layer of a kind runs twice."""

    def seen(run: Run) -> bool:
        return [layer for layer, *_ in run.layers if isinstance(layer, kind)] == 2 * [_of(run, kind)[number]]

    return seen


RIM = "a convolution cuts the rim off: look at the padding."
WRITTEN_OVER = (
    "what you add is not the input of the block, but what the first convolution made of it. Has `x` been written over?"
)

residual_block = Plan(
    "residual_block",
    right=_block(),
    cases=lambda random: [(random.integer(3, 6),)],
    case=lambda channels: f"{channels} channels",
    images=lambda random, channels: random.normal(4, channels, *random.two_integers(5, 9)),
    kinds=(nn.Conv2d, nn.BatchNorm2d),
    mistakes=(
        (
            "planned are two convolutions and two batch norms. Each step with parameters is a layer of its own: what "
            "it learns for one place is wrong for the other.",
            _shared,
            _not_two,
        ),
        (
            "planned are two convolutions of 3×3 that keep the number of maps.",
            _block(size=1, padding=0),
            _other_convolutions,
        ),
        (
            "the first batch norm is used twice, the second never.",
            _block(lambda b, x: F.relu(x + b.norm1(b.conv2(b.inner(x))))),
            _twice(nn.BatchNorm2d, 0),
        ),
        (
            "the second batch norm is used twice, the first never.",
            _block(lambda b, x: F.relu(x + b.outer(F.relu(b.norm2(b.conv1(x)))))),
            _twice(nn.BatchNorm2d, 1),
        ),
        (
            "the first convolution is used twice, the second never.",
            _block(lambda b, x: F.relu(x + b.norm2(b.conv1(b.inner(x))))),
            _twice(nn.Conv2d, 0),
        ),
        (
            "the second convolution is used twice, the first never.",
            _block(lambda b, x: F.relu(x + b.outer(F.relu(b.norm1(b.conv2(x)))))),
            _twice(nn.Conv2d, 1),
        ),
        (RIM, _block(padding=0)),
        (RIM, _block(lambda b, x: F.relu(b.outer(b.inner(x))), padding=0)),
        (
            "`torch.cat` stacks maps. Adding is `+`.",
            _block(lambda b, x: F.relu(torch.cat([x, b.outer(b.inner(x))], 1))),
        ),
        ("the convolutions have a bias. Planned are none: `bias=False`.", _block(bias=True)),
        ("the input of the block is not added.", _block(lambda b, x: F.relu(b.outer(b.inner(x))))),
        (
            "the input of the block is not added, and the last ReLU is missing.",
            _block(lambda b, x: b.outer(b.inner(x))),
        ),
        (
            "the ReLU stands before the sum. It comes after it, so that the block can also take away.",
            _block(lambda b, x: x + F.relu(b.outer(b.inner(x)))),
        ),
        (
            "one ReLU too many: none stands between the second batch norm and the sum.",
            _block(lambda b, x: F.relu(x + F.relu(b.outer(b.inner(x))))),
        ),
        ("the ReLU after the sum is missing.", _block(lambda b, x: x + b.outer(b.inner(x)))),
        (WRITTEN_OVER, _block(lambda b, x: F.relu((inner := b.inner(x)) + b.outer(inner)))),
        (
            f"{WRITTEN_OVER} And the ReLU comes after the sum.",
            _block(lambda b, x: (inner := b.inner(x)) + F.relu(b.outer(inner))),
        ),
        (
            "the ReLU after the first batch norm is missing.",
            _block(lambda b, x: F.relu(x + b.outer(b.norm1(b.conv1(x))))),
        ),
        (
            "the first batch norm is made but not used.",
            _block(lambda b, x: F.relu(x + b.outer(F.relu(b.conv1(x))))),
        ),
        (
            "the second batch norm is made but not used.",
            _block(lambda b, x: F.relu(x + b.conv2(b.inner(x)))),
        ),
        (
            "the second batch norm stands after the sum. It comes before it.",
            _block(lambda b, x: F.relu(b.norm2(x + b.conv2(b.inner(x))))),
        ),
        (
            "the first ReLU stands before the batch norm. It follows it.",
            _block(lambda b, x: F.relu(x + b.outer(b.norm1(F.relu(b.conv1(x)))))),
        ),
        ("the input is added twice.", _block(lambda b, x: F.relu(2 * x + b.outer(b.inner(x))))),
    ),
)
