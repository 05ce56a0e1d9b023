"""Task 4: Grad-CAM, the maps of a layer weighed by the gradient of a logit."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.inputs import Random
from utils.checks.seeing.networks import small_network
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _chosen(logits: Tensor, classes: Tensor) -> Tensor:
    """For each image the number of the class asked for, (N,)."""
    return logits[range(len(classes)), classes]


def _cam(
    score: Callable = lambda logits, classes: _chosen(logits, classes).sum(),
    weights: Callable = lambda gradient: gradient.mean((2, 3), keepdim=True),
    end: Callable = lambda weighted: weighted.sum(1).relu(),
) -> Callable:
    """An answer to the task, right or with another step: ``score`` is what is differentiated, ``weights`` come from
    its gradient, and ``end`` makes (N, h, w) of the weighted maps.
    """

    def answer(network: nn.Module, layer: nn.Module, images: Tensor, classes: Tensor) -> Tensor:
        kept = []
        handle = layer.register_forward_hook(lambda _, read, returned: kept.append(returned))
        logits = network(images)
        handle.remove()
        (gradient,) = torch.autograd.grad(score(logits, classes), kept)
        return end(weights(gradient) * kept[0]).detach()

    return answer


def _classes(random: Random) -> Iterator[tuple]:
    network, images = small_network(random), random.normal(3, 2, *random.two_integers(9, 12))
    with torch.no_grad():
        other = (network(images)[0].argmax().item() + 1) % 3  # not the first image's largest logit
    yield network, network[3], images, torch.tensor([other, (other + 1) % 3, other])
    yield network, network[2], images[:1], torch.tensor([other])


grad_cam = Task(
    "grad_cam",
    right=_cam(),
    cases=_classes,
    case=lambda network, layer, images, _: (
        f"images {shape_of(images)}, maps {shape_of(network[: 1 + list(network).index(layer)](images))}"
    ),
    mistakes=(
        ("right up to the last step: the ReLU is missing.", _cam(end=lambda weighted: weighted.sum(1))),
        (
            "the size of the negative numbers is kept. What speaks against the class becomes 0: ReLU.",
            _cam(end=lambda weighted: weighted.sum(1).abs()),
        ),
        (
            "the ReLU comes too early: add up the weighted maps first.",
            _cam(end=lambda weighted: weighted.relu().sum(1)),
        ),
        (
            "α is the mean of the gradient over places; you took the sum.",
            _cam(weights=lambda gradient: gradient.sum((2, 3), keepdim=True)),
        ),
        (
            "each place has its own weight. A map has one weight: the mean of its gradient over places.",
            _cam(weights=lambda gradient: gradient),
        ),
        (
            "you took the gradient of all logits. Only that of the class asked for counts.",
            _cam(score=lambda logits, classes: logits.sum()),
        ),
        (
            "`logits[:, classes]` is all classes asked for, for each image. Each image has one: "
            "`logits[range(len(images)), classes]`.",
            _cam(score=lambda logits, classes: logits[:, classes].sum()),
        ),
        (
            "you took the largest logit, not that of `classes`.",
            _cam(score=lambda logits, classes: logits.amax(1).sum()),
        ),
        (
            "you took the mean of the images' logits, which divides each gradient by their number. Add them up.",
            _cam(score=lambda logits, classes: _chosen(logits, classes).mean()),
        ),
        (
            "you took the gradient of the probability. Grad-CAM takes the logit, before softmax.",
            _cam(score=lambda logits, classes: _chosen(logits.softmax(1), classes).sum()),
        ),
        (
            "the maps are weighted and averaged over channels. They are added up.",
            _cam(end=lambda weighted: weighted.mean(1).relu()),
        ),
    ),
)
