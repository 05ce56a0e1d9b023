"""Task 1: a dilated kernel with its zeros written out."""

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.task import Task
from utils.checks.wording import shape_of


def _spread(kernel: Tensor, down: int, across: int) -> Tensor:
    """The kernel with its zeros written out: d(k − 1) + 1 cells in each direction."""
    output = torch.zeros([dilation * (k - 1) + 1 for k, dilation in zip(kernel.shape, (down, across), strict=True)])
    output[::down, ::across] = kernel
    return output


def _in_a_corner(kernel: Tensor, down: int, across: int) -> Tensor:
    rows, columns = ((dilation - 1) * (k - 1) for k, dilation in zip(kernel.shape, (down, across), strict=True))
    return F.pad(kernel, (0, columns, 0, rows))


spread = Task(
    "spread",
    right=_spread,
    cases=lambda random: [
        (random.normal(*random.two_integers(2, 5)), *dilations)
        for dilations in ((3, 4), (2, 2), (1, 3), (3, 1), (1, 1))
    ],
    case=lambda kernel, down, across: f"kernel {shape_of(kernel)}, dilation {down} down and {across} across",
    mistakes=(
        (
            "zeros stand between the cells only: after the last row and column there are none.",
            lambda kernel, down, across: F.pad(_spread(kernel, down, across), (0, across - 1, 0, down - 1)),
        ),
        (
            "`down` and `across` are swapped: rows are `down` apart.",
            lambda kernel, down, across: _spread(kernel, across, down),
        ),
        ("columns are `across` apart, not `down`.", lambda kernel, down, across: _spread(kernel, down, down)),
        ("rows are `down` apart, not `across`.", lambda kernel, down, across: _spread(kernel, across, across)),
        ("right for dilation 2 only, whatever `down` and `across` are.", lambda kernel, *_: _spread(kernel, 2, 2)),
        (
            "one zero too many: cells that are d apart have d − 1 zeros between them.",
            lambda kernel, down, across: _spread(kernel, down + 1, across + 1),
        ),
        (
            "one zero too few: cells that are d apart have d − 1 zeros between them.",
            lambda kernel, down, across: _spread(kernel, max(down - 1, 1), max(across - 1, 1)),
        ),
        (
            "every cell is repeated. Between the cells stand zeros.",
            lambda kernel, down, across: kernel.repeat_interleave(down, 0).repeat_interleave(across, 1),
        ),
        ("the kernel stands in a corner. Its cells must be `down` and `across` apart.", _in_a_corner),
    ),
)
