"""Task 5: a new head that learns two classes, and leaves the rest alone."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.base import Mistake
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.transfer.networks import SmallNetwork, changed, last_layer


def _wide(numbers: Tensor) -> Tensor:
    """(C,) → (1, C, 1, 1)."""
    return numbers.view(1, -1, 1, 1)


def _by_own(correction: int) -> Callable:
    def normalise(images: Tensor, *_: Tensor) -> Tensor:
        x = images.float() / 255
        return (x - _wide(x.mean((0, 2, 3)))) / _wide(x.std((0, 2, 3), correction=correction))

    return normalise


def _taught(
    normalise: Callable = lambda images, mean, std: (images.float() / 255 - _wide(mean)) / _wide(std),
    learning: Callable = lambda model, old: model.classifier.parameters(),
    *,
    classes: int = 2,
    zero: bool = True,
    training: bool = False,
    optimizer_of: Callable = lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    reduction: str = "mean",
    most: int = 1000,
    more: int = 0,
    forget: bool = True,
    ready: bool = True,
) -> Callable:
    """An answer to the task, right or with one of its options; ``learning`` is what the optimizer is given."""

    def answer(model: nn.Module, images: Tensor, labels: Tensor, mean: Tensor, std: Tensor, steps: int) -> nn.Module:
        old, x = model.classifier, normalise(images, mean, std)
        model.classifier = nn.Linear(old.in_features, classes)
        for parameter in model.classifier.parameters() if zero else ():
            nn.init.zeros_(parameter)
        optimizer = optimizer_of(learning(model, old))
        model.train(training)
        for _ in range(steps + more):
            if forget:
                optimizer.zero_grad()
            F.cross_entropy(model(x[:most]), labels[:most], reduction=reduction).backward()
            optimizer.step()
        return model.train(not ready)

    return answer


def _sgd(rate: float, momentum: float = 0.0) -> Callable:
    return lambda parameters: torch.optim.SGD(parameters, lr=rate, momentum=momentum)


def _photos(random: Random) -> Iterator[tuple]:
    for steps in (0, random.integer(3, 6), random.integer(3, 6)):
        number = random.integer(5, 8)
        images = random.integers(0, 255, number, 3, 7, 6).to(torch.uint8)
        mean, std = random.normal(3).abs(), random.normal(3).abs() + 0.5
        yield SmallNetwork(random), images, torch.arange(number) % 2, mean, std, steps


def _head(network: object, *_: object) -> Tensor:
    """The weights of the new head."""
    if not isinstance(network, nn.Module):
        raise Mistake("your function must return the network: `return model`.")
    return last_layer(network).weight.detach()


def _of_another_size(network: nn.Module, model: SmallNetwork, *_: object) -> str | None:
    head, inputs = last_layer(network), model.begun["classifier.weight"].shape[1]
    right = (head.in_features, head.out_features) == (inputs, 2)
    return (
        None if right else f"It must lead from {inputs} to 2, and leads from {head.in_features} to {head.out_features}."
    )


def _begins_elsewhere(network: nn.Module, *given: object) -> bool:
    return given[-1] == 0 and any(bool(parameter.any()) for parameter in last_layer(network).parameters())


def _moved(network: nn.Module, model: SmallNetwork) -> list[str]:
    """What is not as it was below the head."""
    before = {name: tensor for name, tensor in model.begun.items() if name.startswith("features.")}
    return changed(network.features.state_dict(), before)


def _moved_statistics(network: nn.Module, model: SmallNetwork, *_: object) -> bool:
    return any("running" in name or "tracked" in name for name in _moved(network, model))


def _moved_features(network: nn.Module, model: SmallNetwork, *_: object) -> str:
    return "".join(f"`{name}` has changed." for name in _moved(network, model)[:1])


NOT_ZERO = (
    "after 0 steps the new head must still be zero. `nn.init.zeros_(…)` sets weights, and biases, to zero; and "
    "`steps` counts every step."
)
OWN = (
    "the images were normalised with their own mean and std. The network expects those of the images it was trained "
    "with."
)

repaired = Task(
    "repaired",
    right=_taught(),
    cases=_photos,
    case=lambda _, images, *others: f"{len(images)} images and {others[-1]} steps, the weights of the head,",
    read=_head,
    may_change=("weights", "mode", "frozen", "gradients"),
    mistakes=(
        (
            "the new head must lead from as many features as the old one to 2 logits.",
            _taught(classes=3),
            _of_another_size,
        ),
        (NOT_ZERO, _taught(zero=False), _begins_elsewhere),
        (NOT_ZERO, _taught(more=1), _begins_elsewhere),
        (
            "the running statistics of the batch norm have moved. The network was in training mode while the head "
            "learnt.",
            _taught(training=True),
            _moved_statistics,
        ),
        ("only the head may learn.", _taught(learning=lambda model, _: model.parameters()), _moved_features),
        (
            "the head has learnt nothing: it is still zero. Which layer's parameters were given to the optimizer?",
            _taught(learning=lambda _, old: old.parameters()),
            lambda network, *given: given[-1] > 0 and not _head(network).any(),
        ),
        (
            "hand the network back in evaluation mode: its users want answers.",
            _taught(ready=False),
            lambda network, *_: network.training,
        ),
        (OWN, _taught(_by_own(correction=0))),
        (OWN, _taught(_by_own(correction=1))),
        ("the images were not normalised at all.", _taught(lambda images, *_: images.float() / 255)),
        (
            "images and mean are on two scales. Divide the images by 255; mean and std are for 0 to 1 already.",
            _taught(lambda images, mean, std: (images.float() - _wide(mean)) / _wide(std)),
        ),
        ("that is one step too few.", _taught(more=-1)),
        (
            "the images are not divided by `std`. They are prepared in two steps: take `mean` away, then divide.",
            _taught(lambda images, mean, std: images.float() / 255 - _wide(mean)),
        ),
        ("momentum was not asked for.", _taught(optimizer_of=_sgd(0.1, momentum=0.9))),
        ("the learning rate is 0.01. Planned is 0.1.", _taught(optimizer_of=_sgd(0.01))),
        ("the learning rate is 1. Planned is 0.1.", _taught(optimizer_of=_sgd(1))),
        (
            "that is Adam. Planned is plain gradient descent, `torch.optim.SGD`.",
            _taught(optimizer_of=lambda parameters: torch.optim.Adam(parameters, lr=0.1)),
        ),
        (
            "that is Adam with a learning rate of 0.001. Planned is plain gradient descent, `torch.optim.SGD`.",
            _taught(optimizer_of=torch.optim.Adam),
        ),
        (
            "the losses of the images are added up. `F.cross_entropy` takes their mean, if nothing else is said.",
            _taught(reduction="sum"),
        ),
        ("not all images take part in a step.", _taught(most=4)),
        ("gradients pile up from step to step: where is `zero_grad`?", _taught(forget=False)),
    ),
)
