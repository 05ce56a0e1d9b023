"""Task 3: the share of answers of which one in k is right, over batches of which the last is smaller."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.fashion_mnist.networks import random_cnn
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


def _largest(logits: Tensor, k: int) -> Tensor:
    return logits.topk(k, dim=1).indices


def _hits(model: nn.Module, batches: list, k: int, chosen: Callable = _largest) -> list[Tensor]:
    """For each batch 1.0 where the right class is among the chosen ones, else 0.0."""
    with torch.no_grad():
        return [(chosen(model(x), k) == y[:, None]).any(1).float() for x, y in batches]


def _share(
    of: Callable[[list[Tensor]], Tensor] = lambda hits: torch.cat(hits).mean(), chosen: Callable = _largest
) -> Callable:
    """An answer to the task, right or with another number of the hits, or other classes."""
    return lambda model, batches, k: of(_hits(model, batches, k, chosen)).item()


def _with_gradients(model: nn.Module, batches: list, k: int) -> float:
    for x, _ in batches:
        model(x)
    return _share()(model, batches, k)


def _batches(random: Random) -> Iterator[tuple]:
    for k, training in ((1, True), (2, False), (3, True)):  # one number can be right by chance
        network = random_cnn(random, 1, 4, classes=6).eval()
        batches = [(random.normal(size, 1, 4, 4), random.integers(0, 5, size)) for size in (40, 40, 1)]
        x, _ = batches[-1]  # a last batch that is all right, so that weights matter
        batches[-1] = (x, network(x).argmax(1))
        model = _Watched(network)
        model.training = training  # whichever it is: the layers inside evaluate
        yield model, batches, k


accuracy = Task(
    "accuracy",
    right=_share(),
    cases=_batches,
    case=lambda _, __, k: f"batches of 40, 40 and 1 images and k={k}",
    kind=float,
    mistakes=(
        (
            "you averaged the accuracies of the batches, so the one image of the last counts as much as 40. Count "
            "right answers, and divide once.",
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
        ("only the largest logit counts, whatever `k` is.", _share(chosen=lambda logits, k: _largest(logits, 1))),
        (
            "only the logit in place `k` counts. A class counts that is among the `k` largest.",
            _share(chosen=lambda logits, k: _largest(logits, k)[:, -1:]),
        ),
        (
            "those are the `k` smallest logits.",
            _share(chosen=lambda logits, k: _largest(-logits, k)),
        ),
        ("that is the share of wrong answers.", _share(lambda hits: 1 - torch.cat(hits).mean())),
        ("only the first batch counts. Is the `return` inside the loop?", _share(lambda hits: hits[0].mean())),
        ("only the last batch counts. Add up over all.", _share(lambda hits: hits[-1].mean())),
    ),
    beside=(
        (
            "the number is right, but torch keeps everything for a gradient. Use `torch.no_grad()`.",
            _with_gradients,
            lambda value, model, *_: model.saw_gradients,
        ),
    ),
)
