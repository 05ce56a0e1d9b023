"""Checks of assignment 03: a loss, a step of training, an accuracy, a repair, a measurement."""

import copy
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree_numbers, nearly_equal
from utils.checks.inputs import Random
from utils.checks.plan import Plan, Run, ends_in_softmax
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _log_softmax_of_all(logits: Tensor) -> Tensor:
    return logits - logits.flatten().logsumexp(0)


def _of_labels(log_probabilities: Tensor, labels: Tensor) -> Tensor:
    """For each image the logarithm of its own class's probability, (N,)."""
    return log_probabilities[torch.arange(len(labels)), labels]


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    return -_of_labels(logits.log_softmax(1), labels)


def _naive(logits: Tensor, labels: Tensor) -> Tensor:
    exponentials = logits.exp()
    return -_of_labels(exponentials / exponentials.sum(1, keepdim=True), labels).log().mean()


def _logits(random: Random) -> Iterator[tuple]:
    for scale, far in [(1, 0), (3, 0), (1, 1000), (1000, 0)]:
        images, classes = random.two_integers(4, 9)
        logits = scale * random.normal(images, classes)
        logits[::2] += far
        logits[1::2] -= far
        labels = random.integers(0, classes - 1, images)
        labels[:2] = torch.tensor([0, 1])  # never all the same
        yield logits, labels


def _is_far(logits: Tensor) -> bool:
    """Whether all logits are near 1000 or −1000."""
    return bool(logits.abs().min() > 900)


def _is_steep(logits: Tensor) -> bool:
    """Whether some logits are in the thousands, and not all."""
    return bool(logits.abs().max() > 100) and not _is_far(logits)


def _case(logits: Tensor, labels: Tensor) -> str:
    text = f"{len(logits)} images and {logits.shape[1]} classes"
    if _is_far(logits):
        text += ", logits near 1000 or −1000"
    return f"{text}, logits in the thousands" if _is_steep(logits) else text


cross_entropy = Task(
    "cross_entropy",
    right=lambda logits, labels: _losses(logits, labels).mean(),
    cases=_logits,
    case=_case,
    mistakes=(
        (
            "right for small logits, but exp(1000) is inf and exp(−1000) is 0. Subtract from each row its own largest "
            "logit first: softmax stays the same.",
            _naive,
            lambda value, logits, _: _is_far(logits) and not value.isfinite().all(),
        ),
        (
            "right for small logits, but in the thousands some probability is 0, and its logarithm −inf. Take the "
            "logarithm before you compute numbers: ln(eᵃ / s) = a − ln s.",
            lambda logits, labels: -_of_labels(logits.softmax(1), labels).log().mean(),
            lambda value, logits, _: _is_steep(logits) and not value.isfinite().all(),
        ),
        (
            "the minus is missing: logarithms of probabilities are negative.",
            lambda logits, labels: -_losses(logits, labels).mean(),
        ),
        ("you added the losses of the images. Take their mean.", lambda *given: _losses(*given).sum()),
        (
            "the logarithm is missing: that is the mean probability.",
            lambda *given: (-_losses(*given)).exp().mean(),
        ),
        (
            "the logarithm is missing: that is minus the mean probability.",
            lambda *given: -(-_losses(*given)).exp().mean(),
        ),
        (
            "take the logarithm of each probability first, then the mean.",
            lambda *given: -(-_losses(*given)).exp().mean().log(),
        ),
        (
            "softmax runs over the images. Each image has its own: the sum runs over its classes.",
            lambda logits, labels: -_of_labels(logits.log_softmax(0), labels).mean(),
        ),
        (
            "softmax runs over all images together. Each image has its own: its classes add up to 1.",
            lambda logits, labels: -_of_labels(_log_softmax_of_all(logits), labels).mean(),
        ),
        (
            "`[:, labels]` takes every label from every image. Each image has one label.",
            lambda logits, labels: -logits.log_softmax(1)[:, labels].mean(),
        ),
        (
            "the labels are not used: that is a mean over all classes.",
            lambda logits, _: -logits.log_softmax(1).mean(),
        ),
        (
            "you divide by images times classes. There is one loss for each image.",
            lambda logits, labels: _losses(logits, labels).mean() / logits.shape[1],
        ),
        (
            "softmax is applied twice.",
            lambda logits, labels: F.cross_entropy(logits.softmax(1), labels),
        ),
        (
            "the natural logarithm is meant, not the one of base 10.",
            lambda *given: _losses(*given).mean() / math.log(10),
        ),
        (
            "the natural logarithm is meant, not the one of base 2.",
            lambda *given: _losses(*given).mean() / math.log(2),
        ),
        ("one loss for all images is asked for: take the mean.", _losses),
    ),
)


@check
def train_batch(answer, random: Random) -> None:
    """``answer(model, optimizer, x, y)`` takes one step of training and returns the loss before it, a float."""
    model = _linear(random, inputs=6, classes=3)
    batches = [(random.normal(5, 6), random.integers(0, 2, 5)) for _ in range(2)]
    start, once = copy.deepcopy(model), copy.deepcopy(model)
    losses = _reference(once, batches[:1])
    twice, piled_up = copy.deepcopy(once), copy.deepcopy(start)
    losses += _reference(twice, batches[1:])
    _reference(piled_up, batches, forget=True)

    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    values = [ask(answer, model, optimizer, *batches[0])]
    if _same(model, start):
        if all(p.grad is None for p in model.parameters()):
            raise Mistake(
                "no parameter has a gradient when it is time to step. Is there a `loss.backward()`, and every "
                "`zero_grad` before it?"
            )
        if all(not p.grad.any() for p in model.parameters()):
            raise Mistake("the gradients are cleared after `backward` and before `step`. Clear them earlier.")
        raise Mistake("no parameter has changed. Is there an `optimizer.step()`, and after `backward`?")
    values.append(ask(answer, model, optimizer, *batches[1]))
    if _same(model, piled_up):
        raise Mistake("right for the first batch, but then gradients pile up. Where is `zero_grad`?")
    if not _same(model, twice):
        raise Mistake(
            "the parameters change, but not as one step on the mean cross-entropy changes them. "
            "Give the loss function logits, and take one step."
        )
    with torch.no_grad():
        late = [F.cross_entropy(network(x), y).item() for network, (x, y) in zip((once, twice), batches, strict=True)]
    agree_numbers(
        values,
        losses,
        ["the first batch", "the second batch"],
        {"that is the loss after the step. Return the one before it.": late},
        kind=float,
    )


@check
def accuracy(answer, random: Random) -> None:
    """``answer(model, batches)`` is the share of images whose largest logit is the right one, a float."""
    models, cases = [], []
    for _ in range(3):  # one number can be right by chance
        model = _Watched(_linear(random, inputs=6, classes=4))
        batches = [(random.normal(size, 6), random.integers(0, 3, size)) for size in (8, 8, 3)]
        x, _ = batches[-1]  # a last batch that is all right, so that weights matter
        batches[-1] = (x, model.inner(x).argmax(1))
        models.append(model)
        cases.append(batches)
    values = [ask(answer, model, batches) for model, batches in zip(models, cases, strict=True)]
    hits = [
        [(model.inner(x).argmax(1) == y).float() for x, y in batches]
        for model, batches in zip(models, cases, strict=True)
    ]
    right = [torch.cat(each).mean().item() for each in hits]
    agree_numbers(
        values,
        right,
        ["batches of 8, 8 and 3 images"] * 3,
        {
            "you averaged the accuracies of the batches, so the 3 images of the last count as much as 8. "
            "Count right answers, and divide once.": [sum(h.mean().item() for h in each) / 3 for each in hits],
            "a share is asked for, from 0 to 1, not percent.": [100 * share for share in right],
            "that is the number of right answers. Divide by the number of images.": [19 * share for share in right],
            "you divide by the number of batches. Divide by the number of images.": [19 * share / 3 for share in right],
            "that is the share of wrong answers.": [1 - share for share in right],
            "only the first batch counts. Is the `return` inside the loop?": [each[0].mean().item() for each in hits],
            "only the last batch counts. Add up over all.": [each[-1].mean().item() for each in hits],
        },
        kind=float,
    )
    if any(model.saw_gradients for model in models):
        raise Mistake("the number is right, but torch keeps everything for a gradient. Use `torch.no_grad()`.")


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


def _moved_right(images: Tensor, pixels: int) -> Tensor:
    return F.pad(images, (pixels, 0))[..., : images.shape[3]]


def _share_kept(move: Callable[[Tensor, int], Tensor] = _moved_right) -> Callable:
    """An answer to task 5, right or with another move of the images."""

    def answer(model: nn.Module, images: Tensor, pixels: int) -> float:
        with torch.no_grad():
            kept = model(images).argmax(1) == model(move(images, pixels)).argmax(1)
        return kept.float().mean().item()

    return answer


def _pictures(random: Random) -> Iterator[tuple]:
    height, width = random.two_integers(5, 8)
    model = nn.Sequential(nn.Flatten(), _linear(random, inputs=height * width, classes=5))
    for pixels in (0, 1, 2):
        yield model, random.normal(40, 1, height, width) + 1, pixels


unchanged = Task(
    "unchanged",
    right=_share_kept(),
    cases=_pictures,
    case=lambda _, images, pixels: f"40 images of {shape_of(images[0, 0])}, moved by {pixels},",
    kind=float,
    mistakes=(
        (
            "pixels that leave at the right come back at the left. They should be lost, and zeros come in.",
            _share_kept(lambda images, pixels: images.roll(pixels, 3)),
        ),
        ("the images move left.", _share_kept(lambda images, p: F.pad(images, (0, p))[..., p:])),
        (
            "zeros come in at the left, but yours keeps the old pixels there.",
            _share_kept(lambda images, p: torch.cat([images[..., :p], images[..., : images.shape[3] - p]], 3)),
        ),
        (
            "the images move down. Columns are the last axis.",
            _share_kept(lambda images, p: F.pad(images, (0, 0, p, 0))[..., : images.shape[2], :]),
        ),
        (
            "that is the share that changes. Asked for is the share that stays.",
            lambda *given: 1 - _share_kept()(*given),
        ),
        ("a share is asked for, from 0 to 1, not percent.", lambda *given: 100 * _share_kept()(*given)),
        (
            "that is the number of images that stay. Divide by how many there are.",
            lambda *given: 40 * _share_kept()(*given),
        ),
    ),
)


class _Watched(nn.Module):
    """A network that notices whether it is run with gradients."""

    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner, self.saw_gradients = inner, False

    def forward(self, x: Tensor) -> Tensor:
        self.saw_gradients |= torch.is_grad_enabled()
        return self.inner(x)


def _linear(random: Random, inputs: int, classes: int) -> nn.Linear:
    layer = nn.Linear(inputs, classes)
    with torch.no_grad():
        layer.weight.copy_(random.normal(classes, inputs))
        layer.bias.copy_(random.normal(classes))
    return layer


def _reference(model: nn.Module, batches: list, forget: bool = False) -> list[float]:
    """Train on each batch as the lecture does; with ``forget`` the gradients are never cleared."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        if not forget:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def _same(model: nn.Module, other: nn.Module) -> bool:
    return all(nearly_equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
