"""Task 3: the share of right answers, over batches of which the last is smaller."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.fashion_mnist.networks import random_linear
from utils.checks.inputs import Random
from utils.checks.task import Task


class _Watched(nn.Module):
    """A network that notices whether it is run with gradients."""

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner, self.saw_gradients = inner, False

    def forward(self, x: Tensor) -> Tensor:
        self.saw_gradients |= torch.is_grad_enabled()
        return self.inner(x)


def _hits(model: nn.Module, batches: list) -> list[Tensor]:
    """For each batch 1.0 where the answer is right, else 0.0."""
    with torch.no_grad():
        return [(model(x).argmax(1) == y).float() for x, y in batches]


def _share(of: Callable[[list[Tensor]], Tensor] = lambda hits: torch.cat(hits).mean()) -> Callable:
    """An answer to the task, right or with another number of the hits."""
    return lambda model, batches: of(_hits(model, batches)).item()


def _with_gradients(model: nn.Module, batches: list) -> float:
    for x, _ in batches:
        model(x)
    return _share()(model, batches)


def _batches(random: Random) -> Iterator[tuple]:
    for _ in range(3):  # one number can be right by chance
        model = random_linear(random, inputs=6, classes=4)
        batches = [(random.normal(size, 6), random.integers(0, 3, size)) for size in (8, 8, 3)]
        x, _ = batches[-1]  # a last batch that is all right, so that weights matter
        batches[-1] = (x, model(x).argmax(1))
        yield _Watched(model), batches


accuracy = Task(
    "accuracy",
    right=_share(),
    cases=_batches,
    case=lambda *_: "batches of 8, 8 and 3 images",
    kind=float,
    mistakes=(
        (
            "you averaged the accuracies of the batches, so the 3 images of the last count as much as 8. Count right "
            "answers, and divide once.",
            _share(lambda hits: torch.stack([hit.mean() for hit in hits]).mean()),
        ),
        ("a share is asked for, from 0 to 1, not percent.", _share(lambda hits: 100 * torch.cat(hits).mean())),
        (
            "that is the number of right answers. Divide by the number of images.",
            _share(lambda hits: torch.cat(hits).sum()),
        ),
        (
            "you divide by the number of batches. Divide by the number of images.",
            _share(lambda hits: torch.cat(hits).sum() / len(hits)),
        ),
        ("that is the share of wrong answers.", _share(lambda hits: 1 - torch.cat(hits).mean())),
        ("only the first batch counts. Is the `return` inside the loop?", _share(lambda hits: hits[0].mean())),
        ("only the last batch counts. Add up over all.", _share(lambda hits: hits[-1].mean())),
    ),
    beside=(
        (
            "the number is right, but torch keeps everything for a gradient. Use `torch.no_grad()`.",
            _with_gradients,
            lambda value, model, _: model.saw_gradients,
        ),
    ),
)
