"""Task 5: the share of images whose answer changes when something is painted on them."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.inputs import Random
from utils.checks.seeing.networks import small_network
from utils.checks.task import Task

NUMBER = 25


def _answers(network: nn.Module, images: Tensor) -> Tensor:
    with torch.no_grad():
        return network(images).argmax(1)


def _share(network: nn.Module, images: Tensor, paint: Callable) -> float:
    return (_answers(network, images) != _answers(network, paint(images))).double().mean().item()


def _more_often(network: nn.Module, images: Tensor, paint: Callable) -> float:
    counts = [torch.bincount(_answers(network, some), minlength=3) for some in (images, paint(images))]
    return (counts[0] - counts[1]).abs().max().item() / len(images)


def _any_logit(network: nn.Module, images: Tensor, paint: Callable) -> float:
    return (network(images) != network(paint(images))).any(1).double().mean().item()


def _largest_of_all(network: nn.Module, images: Tensor, paint: Callable) -> float:
    return float(network(images).argmax() != network(paint(images)).argmax())


def _painter(colour: Tensor) -> Callable[[Tensor], Tensor]:
    def paint(images: Tensor) -> Tensor:
        painted = images.clone()
        painted[:, :, 5:, 5:] = 4 * colour.view(2, 1, 1)
        return painted

    return paint


def _painted(random: Random) -> Iterator[tuple]:
    """Some answers change, not all one way, and the largest of all logits moves."""
    images = random.normal(NUMBER, 2, 8, 8)
    while True:
        case = small_network(random), images, _painter(random.normal(2))
        share = _share(*case)
        if 0.1 < share < 0.45 and 0 < _more_often(*case) < share and _largest_of_all(*case):
            break
    yield case


CHANGES = "every answer seems to change. Compare one class for each image: `argmax(dim=1)`."

changed_answers = Task(
    "changed_answers",
    right=_share,
    cases=_painted,
    case=lambda *_: f"{NUMBER} images",
    kind=float,
    read=lambda value, *_: float(value) if type(value) is int else value,  # a count has its own words
    mistakes=(
        ("that is the share of answers that stay. Count those that change.", lambda *given: 1 - _share(*given)),
        (
            "that is how many change. Divide by the number of images.",
            lambda *given: round(NUMBER * _share(*given)),
        ),
        ("that is a percentage. A share goes from 0 to 1.", lambda *given: 100 * _share(*given)),
        (
            "every answer seems to stay: is the painted image what the network sees the second time?",
            lambda network, images, _: _share(network, images, lambda same: same),
        ),
        (CHANGES, _any_logit),
        (CHANGES, _largest_of_all),
        (
            "that is how much more often a class is the answer. Answers change both ways: compare image by image.",
            _more_often,
        ),
    ),
)
