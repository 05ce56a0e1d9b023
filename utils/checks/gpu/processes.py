"""Task 5: one gradient from those of several processes."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.base import Mistake
from utils.checks.comparing import is_tuple_of
from utils.checks.inputs import Random, randomise
from utils.checks.task import Task


def _combined(weigh: Callable) -> Callable:
    """An answer to task 5: ``weigh(gradients, counts)`` has those of one parameter, (processes, ...), in float64."""

    def answer(gradients: list[list[Tensor]], counts: list[int]) -> list[Tensor]:
        stacks = [torch.stack(each).double() for each in zip(*gradients, strict=True)]
        return [weigh(stack, torch.tensor(counts).view(-1, *[1] * (stack.ndim - 1))) for stack in stacks]

    return answer


def _gradients(random: Random) -> Iterator[tuple]:
    """Of the mean loss of each process, one for each of four parameters."""
    for processes in (2, 3):
        counts = [random.integer(1, 4), random.integer(5, 9), random.integer(10, 14)][:processes]
        network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        for layer in (network[0], network[2]):
            randomise(layer, random)
        images, labels = random.normal(sum(counts), 4), random.integers(0, 1, sum(counts))
        losses = [
            F.cross_entropy(network(x), y) for x, y in zip(images.split(counts), labels.split(counts), strict=True)
        ]
        yield [list(torch.autograd.grad(loss, list(network.parameters()))) for loss in losses], counts


def _four(value: object, gradients: list, counts: list) -> tuple:
    if not is_tuple_of(4, value):
        raise Mistake("your function must return a list of 4 tensors, one for each parameter of the network.")
    return tuple(value)


combine = Task(
    "combine",
    right=_combined(lambda each, n: (n * each).sum(0) / n.sum()),
    cases=_gradients,
    case=lambda _, counts: f"from parts of {', '.join(map(str, counts))} examples",
    read=_four,
    parts=tuple(f"parameter {number}" for number in range(4)),
    mistakes=(
        ("that is the sum over processes. A mean is wanted.", _combined(lambda each, n: each.sum(0))),
        (
            "that is the mean over processes. A part with more examples must count for more.",
            _combined(lambda each, n: each.mean(0)),
        ),
        (
            "each part counts by its examples; divide by the number of all examples.",
            _combined(lambda each, n: (n * each).sum(0)),
        ),
        (
            "you divided by the number of processes. Divide by the number of examples.",
            _combined(lambda each, n: (n * each).mean(0)),
        ),
        (
            "a part with more examples must count for more, not for less.",
            _combined(lambda each, n: (each / n).sum(0) / (1 / n).sum()),
        ),
    ),
)
