"""Task 3: how far a class's probability falls where a square covers the image."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.inputs import Random
from utils.checks.seeing.networks import small_network
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _score(network: nn.Module, images: Tensor, target: int, *, softmax: bool = True) -> Tensor:
    """The target's probability, or logit, for each image."""
    with torch.no_grad():
        logits = network(images)
    return (logits.softmax(1) if softmax else logits)[:, target]


def _falls(*, score: Callable = _score, fresh: bool = True, channels: tuple = (slice(None),), by_stride: bool = False):
    """An answer to the task, right or with one of its options."""

    def answer(network: nn.Module, image: Tensor, target: int, size: int, stride: int) -> Tensor:
        tops, lefts = (range(0, length - size + 1, stride) for length in image.shape[1:])
        side, covered = stride if by_stride else size, [image]
        for top in tops:
            for left in lefts:
                one = (image if fresh else covered[-1]).clone()
                one[*channels, top : top + side, left : left + side] = 0
                covered.append(one)
        scores = score(network, torch.stack(covered), target)
        return (scores[0] - scores[1:]).reshape(len(tops), len(lefts))

    return answer


_right = _falls()


def _squares(random: Random) -> Iterator[tuple]:
    size, stride = 3, 2
    rows, columns = random.two_integers(2, 5)
    rest = random.integer(0, 1)  # one way the last square ends at the edge, the other way a pixel before
    height, width = size + stride * (rows - 1) + rest, size + stride * (columns - 1) + 1 - rest
    yield small_network(random), random.normal(2, height, width), random.integer(0, 2), size, stride


occlusion = Task(
    "occlusion",
    right=_right,
    cases=_squares,
    case=lambda _, image, __, size, stride: f"an image of {shape_of(image)}, a square of {size}, stride {stride}",
    mistakes=(
        (
            "that is the probability with the square there. How far has it fallen?",
            lambda network, image, target, *square: (
                _score(network, image[None], target) - _right(network, image, target, *square)
            ),
        ),
        ("the sign is the other way round: a fall counts as positive.", lambda *given: -_right(*given)),
        (
            "squares of earlier places are still on the image. Begin each time with a fresh copy: `image.clone()`.",
            _falls(fresh=False),
        ),
        (
            "those are falls of the logit. Take softmax first.",
            _falls(score=lambda *given: _score(*given, softmax=False)),
        ),
        (
            "nothing falls: of one image alone `softmax(dim=0)` makes 1 everywhere. The classes are axis 1.",
            lambda *given: 0 * _right(*given),
        ),
        (
            "only the first channel is covered. A square covers all of them: `covered[:, i : i + size, j : j + size]`.",
            _falls(channels=(0,)),
        ),
        ("rows and columns are swapped.", lambda *given: _right(*given).T),
        (
            "your squares have no axis for the channels: `covered[:, i : i + size, j : j + size]`.",
            _falls(channels=()),
        ),
        ("your squares are `stride` pixels wide. They are `size` pixels wide.", _falls(by_stride=True)),
    ),
)
