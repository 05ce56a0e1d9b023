"""Task 5: a kernel that is a column times a row."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from utils.checks.base import Mistake
from utils.checks.comparing import nearly_equal
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _by_largest(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """Column (kH,) and row (kW,) through the cell that is farthest from zero."""
    y, x = divmod(kernel.abs().argmax().item(), kernel.shape[1])
    return kernel[:, x] / kernel[y, x], kernel[y]


def _through_the_first(kernel: Tensor) -> tuple[Tensor, Tensor]:
    return kernel[:, 0] / kernel[0, 0], kernel[0]


def _times(column_by: float, row_by: float) -> Callable:
    """An answer to task 5 whose column and row are so many times the right ones."""

    def answer(kernel: Tensor) -> tuple[Tensor, Tensor]:
        column, row = _by_largest(kernel)
        return column_by * column, row_by * row

    return answer


def _kernels(random: Random) -> Iterator[tuple]:
    sobel = torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 0.0, -1.0]))
    yield from [(sobel,), (sobel.T.contiguous(),)]
    for _ in range(3):
        rows, columns = random.two_integers(2, 6)
        column, row = random.normal(rows), random.normal(columns)
        column[0] = 0.0  # its first row is all zero
        yield (column.outer(row),)


def _product(pair: tuple, kernel: Tensor) -> tuple[Tensor]:
    if not all(type(part) is Tensor for part in pair):
        raise Mistake("your function must return two tensors: `return column, row`.")
    (column, row), wanted = pair, (kernel.shape[:1], kernel.shape[1:])
    if (column.shape, row.shape) != wanted:
        hint = " The column comes first." if (row.shape, column.shape) == wanted else ""
        raise Mistake(
            f"for a kernel of {shape_of(kernel)} the shapes must be {tuple(kernel.shape[:1])} and "
            f"{tuple(kernel.shape[1:])}, but yours are {tuple(column.shape)} and {tuple(row.shape)}.{hint}"
        )
    return (column.outer(row),)


def _multiple(pair: tuple, kernel: Tensor) -> str | None:
    (product,) = _product(pair, kernel)
    factor = (product.abs().max() / kernel.abs().max()).item()
    other = factor and abs(factor - 1) > 1e-3 and nearly_equal(product, factor * kernel)
    return f"It is {factor:.3g} times the kernel." if other else None


separated = Task(
    "separated",
    right=_by_largest,
    cases=_kernels,
    case=lambda kernel: f"of a kernel of {shape_of(kernel)}",
    returns="column, row",
    read=_product,
    parts=("column times row",),
    mistakes=(
        (
            "you divide by zero. Take a row and a column that are not zero.",
            _through_the_first,
            lambda pair, kernel: not _product(pair, kernel)[0].isfinite().all(),
        ),
        (
            "column times row is a multiple of the kernel. Divide one of the two by its factor.",
            _times(1, 2),
            _multiple,
        ),
        ("the product has the wrong sign.", _times(1, -1)),
        ("the column comes first, then the row.", lambda kernel: _by_largest(kernel)[::-1]),
    ),
)
