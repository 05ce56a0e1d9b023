"""Task 3 of assignment 06: group norm."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.forbidding import NORMALISATIONS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of

EPS = 1e-5


def _grouped(
    *axes: int, correction: int = 0, root: Callable = lambda var: (var + EPS).sqrt(), mean: bool = True
) -> Callable:
    """An answer to task 3: maps as (N, groups, C/groups, H·W), normalised over these axes."""

    def answer(x: Tensor, groups: int) -> Tensor:
        parts = x.reshape(len(x), groups, x.shape[1] // groups, -1)
        var = parts.var(axes, correction=correction, keepdim=True)
        centred = parts - parts.mean(axes, keepdim=True) if mean else parts
        return (centred / root(var)).reshape(x.shape)

    return answer


def _every_so_many(x: Tensor, groups: int) -> Tensor:
    mixed = x.reshape(len(x), -1, groups, *x.shape[2:]).transpose(1, 2)
    return F.group_norm(mixed.reshape(x.shape), groups).reshape(mixed.shape).transpose(1, 2).reshape(x.shape)


def _maps(random: Random) -> Iterator[tuple]:
    for each, groups in [(2, 3), (random.integer(2, 4), 2), (6, 1), (1, 5)]:
        channels = each * groups
        x = random.normal(random.integer(2, 4) if each > 1 else 1, channels, *random.two_integers(3, 7))
        yield 0.01 * (x + 3 * random.normal(len(x), channels, 1, 1)), groups  # so small that eps is seen


N_STD = "`torch.std` divides by n − 1 unless you write `correction=0`, and ε"

group_norm = Task(
    "group_norm",
    right=F.group_norm,
    cases=_maps,
    case=lambda x, groups: f"x {shape_of(x)} and groups={groups}",
    forbidden=Rule("Means and sums are allowed, a normalisation that is there already is not.", NORMALISATIONS),
    mistakes=(
        (
            "the groups are normalised. Reshape back to (N, C, H, W).",
            lambda x, groups: F.group_norm(x, groups).reshape(len(x), groups, -1),
        ),
        (
            "a group is every so many channels. It should be channels that follow each other.",
            _every_so_many,
        ),
        (
            "`groups` is the number of groups, not the number of channels in a group.",
            lambda x, groups: F.group_norm(x, x.shape[1] // groups),
        ),
        (
            "that is layer norm: all channels of an image share a mean. Divide them into groups.",
            lambda x, groups: F.layer_norm(x, x.shape[1:]),
        ),
        (
            "that is instance norm: each channel has its own mean. The channels of a group share one.",
            lambda x, groups: F.instance_norm(x),
        ),
        ("the images of the batch share a mean. Each image has its own.", _grouped(0, 2, 3)),
        (
            "that is batch norm. Each image has its own means, and channels share one in groups.",
            lambda x, groups: F.batch_norm(x, None, None, training=True),
        ),
        ("each place has its own mean. All places of a group share one.", _grouped(2)),
        (
            "nearly: the variance is divided by n. `torch.var` and `torch.std` divide by n − 1 unless you write "
            "`correction=0`.",
            _grouped(2, 3, correction=1),
        ),
        (
            "ε is missing. It stands under the root, beside the variance.",
            _grouped(2, 3, root=Tensor.sqrt),
        ),
        (
            "ε stands under the root: √(variance + ε), not √variance + ε.",
            _grouped(2, 3, root=lambda var: var.sqrt() + EPS),
        ),
        (
            f"{N_STD} is missing. It stands under the root, beside the variance.",
            _grouped(2, 3, correction=1, root=Tensor.sqrt),
        ),
        (
            f"{N_STD} stands under the root, beside the variance.",
            _grouped(2, 3, correction=1, root=lambda var: var.sqrt() + EPS),
        ),
        ("the mean is not subtracted.", _grouped(2, 3, mean=False)),
        ("you divide by the variance. Divide by its root.", _grouped(2, 3, root=lambda var: var + EPS)),
        (
            "you subtract the mean. Divide by √(variance + ε) as well.",
            _grouped(2, 3, root=torch.ones_like),
        ),
    ),
)
