"""Task 4: a small network that is to be repaired."""

from collections.abc import Callable

from torch import nn

from utils.checks.plan import Plan, Run, ends_in_softmax


def _built(
    first: type = nn.ReLU,
    second: type = nn.ReLU,
    pool: type = nn.MaxPool2d,
    padding: int = 1,
    end: Callable[[], nn.Module] = nn.Identity,
) -> Callable:
    """An answer to task 4, right or with another layer in its place: (N, 1, 28, 28) → logits (N, 10)."""
    size = 7 if padding else 5
    return lambda: nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=padding),
        first(),
        pool(2),
        nn.Conv2d(8, 16, 3, padding=padding),
        second(),
        pool(2),
        nn.Flatten(),
        nn.Linear(16 * size * size, 10),
        end(),
    )


def _is_relu(run: Run) -> bool:
    return bool((run.output >= 0).all() and (run.output == 0).any())


def _cuts(run: Run) -> bool:
    """Whether a convolution does not keep the size."""
    convolutions = [each for each in run.layers if isinstance(each[0], nn.Conv2d)]
    return any(maps.shape[2:] != read.shape[2:] for _, read, maps in convolutions)


repaired = Plan(
    "repaired",
    right=_built(),
    images=lambda random: random.normal(3, 1, 28, 28),
    mistakes=(
        (
            "the network ends in a softmax. `F.cross_entropy` wants logits and does the softmax itself.",
            _built(end=lambda: nn.Softmax(1)),
            ends_in_softmax,
        ),
        (
            "the network ends in a ReLU, so no logit is ever below zero.",
            _built(end=nn.ReLU),
            _is_relu,
        ),
        (
            "a convolution does not keep the size. With the right padding the maps stay 28×28 and 14×14.",
            _built(padding=0),
            _cuts,
        ),
        (
            "the network ends in a log-softmax. `F.cross_entropy` wants logits.",
            _built(end=lambda: nn.LogSoftmax(1)),
        ),
        ("the network ends in a sigmoid. `F.cross_entropy` wants logits.", _built(end=nn.Sigmoid)),
        ("the ReLU after the first convolution is missing.", _built(first=nn.Identity)),
        ("the ReLU after the second convolution is missing.", _built(second=nn.Identity)),
        (
            "each of the two convolutions is followed by a ReLU. Both are missing.",
            _built(first=nn.Identity, second=nn.Identity),
        ),
        ("your pooling averages. The plan has max pooling.", _built(pool=nn.AvgPool2d)),
    ),
)
