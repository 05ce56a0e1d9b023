"""Task 1: the images of two classes, under the labels 0 and 1."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from utils.checks.inputs import Random
from utils.checks.task import Task


def _kept(images: Tensor, labels: Tensor, first: int, second: int) -> tuple[Tensor, Tensor]:
    """The images of two classes, in their order, under the labels 0 and 1."""
    mask = (labels == first) | (labels == second)
    return images[mask], (labels[mask] == second).long()


def _renamed(rename: Callable) -> Callable:
    """An answer to task 1 with other new labels: ``rename(old labels that are kept, first, second)``."""

    def answer(images: Tensor, labels: Tensor, first: int, second: int) -> tuple[Tensor, Tensor]:
        mask = (labels == first) | (labels == second)
        return images[mask], rename(labels[mask], first, second)

    return answer


def _one_after_the_other(images: Tensor, labels: Tensor, first: int, second: int) -> tuple[Tensor, Tensor]:
    order = torch.cat([(labels == label).nonzero()[:, 0] for label in (first, second)])
    return images[order], (labels[order] == second).long()


def _written_over(labels: Tensor, *steps: tuple[int, int]) -> Tensor:
    labels = labels.clone()
    for old, new in steps:
        labels[labels == old] = new
    return labels


def _labelled(random: Random) -> Iterator[tuple]:
    for first, second, channels in [(3, 5, 3), (7, 2, 1), (1, 0, 3)]:
        number = random.integer(30, 40)
        labels = random.integers(0, 9, number)
        labels[:4] = torch.tensor([second, first, first, second])
        labels[4] = 5 if 5 not in (first, second) else 8  # one to leave out
        yield (
            random.integers(0, 255, number, channels, *random.two_integers(3, 6)).to(torch.uint8),
            labels,
            first,
            second,
        )


def _of_another_type(value: tuple, *case: object) -> bool:
    return value[1].dtype != torch.int64 and torch.equal(value[1].long(), _kept(*case)[1])


OVER = (
    "Did you write over the old labels, in two steps? The second step also meets what the first has just written. "
    "Ask the old labels, once."
)
NUMBER = "Do you ask for `second`, and not for a number?"

two_classes = Task(
    "two_classes",
    right=_kept,
    cases=_labelled,
    case=lambda images, labels, first, second: f"(classes {first} and {second}, {len(images)} images)",
    returns="images, labels",
    parts=("the images", "the labels"),
    mistakes=(
        (
            "the labels are right, but not of type torch.int64, which cross-entropy wants: `.long()`.",
            _renamed(lambda labels, first, second: labels == second),
            _of_another_type,
        ),
        (
            "first come all images of one class, then those of the other. Keep the order they come in: join the two "
            "masks with `|`.",
            _one_after_the_other,
        ),
        (
            "no label is both: join the two masks with `|`, not with `&`.",
            lambda x, y, first, second: (x[(y == first) & (y == second)], y[:0]),
        ),
        (
            "these are the images to leave out. Keep those where the mask is True.",
            lambda x, y, first, second: (x[(y != first) & (y != second)], y),
        ),
        (
            "all images are still there. A mask picks some: `images[mask]`.",
            lambda x, *rest: (x, _kept(x, *rest)[1]),
        ),
        ("only the first class is kept. Keep both.", lambda x, y, first, _: (x[y == first], y[y == first])),
        (
            "only the second class is kept. Keep both.",
            lambda x, y, _, second: (x[y == second], y[y == second]),
        ),
        (
            "these are cats and dogs, 3 and 5. Ask for `first` and `second`.",
            lambda x, y, *_: _kept(x, y, 3, 5),
        ),
        (
            "first come the images, then the labels: `return images, labels`.",
            lambda *given: _kept(*given)[::-1],
        ),
        ("the labels are still the old numbers. Make 0 and 1 of them.", _renamed(lambda y, *_: y)),
        (
            "the two are swapped: `first` becomes 0 and `second` becomes 1, whichever is larger.",
            _renamed(lambda y, first, _: (y == first).long()),
        ),
        (
            "the two are swapped: `first` becomes 0 and `second` becomes 1, whichever is larger.",
            _renamed(lambda y, *both: (y == max(both)).long()),
        ),
        (
            f"all new labels are 1. {OVER}",
            _renamed(lambda y, first, second: _written_over(y, (first, 0), (second, 1))),
        ),
        (
            f"all new labels are 0. {OVER}",
            _renamed(lambda y, first, second: _written_over(y, (second, 1), (first, 0))),
        ),
        (f"all new labels are 1. {NUMBER}", _renamed(lambda y, *_: (y != 3).long())),
        (f"all new labels are 0. {NUMBER}", _renamed(lambda y, *_: (y == 5).long())),
        (
            "there is a label for every image. Keep those of the images that stay: `labels[mask]`.",
            lambda x, y, first, second: (_kept(x, y, first, second)[0], (y == second).long()),
        ),
    ),
)
