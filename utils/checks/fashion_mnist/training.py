"""Task 2: one step of training on a batch that comes in parts."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_

from utils.checks.comparing import require_number
from utils.checks.fashion_mnist.networks import random_cnn, random_linear
from utils.checks.inputs import Random
from utils.checks.task import Task


def _images(parts: list) -> int:
    return sum(len(x) for x, _ in parts)


def _step(
    weigh: Callable = lambda x, parts: len(x) / _images(parts),
    loss_of: Callable = F.cross_entropy,
    returned: Callable = sum,
    *,
    zero: str = "once",
    steps: str = "once",
    training: bool = True,
    late: bool = False,
    largest: float = float("inf"),
    together: bool = False,
) -> Callable:
    """An answer to task 2, right or with one thing done otherwise; what is done "each" time is done for each part."""

    def answer(model: nn.Module, optimizer: torch.optim.Optimizer, parts: list) -> float:
        for parameter, gradient in zip(model.parameters(), model.before, strict=True):
            parameter.grad = gradient.clone()  # a copy of a network comes without them
        if together:
            parts = [tuple(torch.cat(each) for each in zip(*parts, strict=True))]
        if zero == "once":
            optimizer.zero_grad()
        losses = []
        for x, y in parts:
            if zero == "each":
                optimizer.zero_grad()
            loss = weigh(x, parts) * loss_of(model.train(training)(x), y)
            loss.backward()
            losses.append(loss.item())
            if steps == "each":
                optimizer.step()
        model.train()
        clip_grad_norm_(model.parameters(), largest)
        if steps == "once":
            optimizer.step()
        if late:
            losses = [(weigh(x, parts) * loss_of(model(x), y)).item() for x, y in parts]
        return returned(losses)

    return answer


def _note(model: nn.Module, read: tuple[Tensor]) -> None:
    model.asked.append(len(read[0]))


def _batches(random: Random) -> Iterator[tuple]:
    for sizes in ((5, 3, 2), (1, 6), (4,)):  # with gradients from before, and large ones
        cnn = len(sizes) == 2
        model = random_cnn(random, 2, 4, classes=3) if cnn else random_linear(random, inputs=6, classes=3)
        model.asked = []
        model.register_forward_pre_hook(_note)
        model.before = [random.normal(*parameter.shape) for parameter in model.parameters()]
        for parameter, gradient in zip(model.parameters(), model.before, strict=True):
            parameter.grad = gradient.clone()
        shape = (2, 4, 4) if cnn else (6,)
        parts = [(5 * random.normal(size, *shape), random.integers(0, 2, size)) for size in sizes]
        yield model, torch.optim.SGD(model.parameters(), lr=0.1), parts


def _done(value: object, model: nn.Module, optimizer: object, parts: list) -> tuple[Tensor, Tensor]:
    """The loss, and all parameters in a row."""
    require_number(value, "the loss", float)
    return torch.tensor(float(value)), torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def _too_many(value: object, model: nn.Module, optimizer: object, parts: list) -> str:
    most, largest = max(model.asked, default=0), max(len(x) for x, _ in parts)
    return f"It was given {most} images, and the largest part has {largest}." if most > largest else ""


train_batch = Task(
    "train_batch",
    right=_step(),
    cases=_batches,
    case=lambda model, _, parts: f"with parts of {', '.join(str(len(x)) for x, _ in parts)} images {_shape(parts)}",
    read=_done,
    parts=("the loss", "the parameters after the step"),
    may_change=("weights", "gradients"),
    mistakes=(
        (
            "the whole batch went through the network at once, which is what does not fit.",
            _step(together=True),
            _too_many,
        ),
        ("that is the loss after the step. Return the one before it.", _step(late=True)),
        (
            "each part counts alike, whatever its size. The mean over all images: a part counts by its images.",
            _step(lambda x, parts: 1 / len(parts)),
        ),
        ("you added the parts' means. The mean over all images is wanted.", _step(lambda x, parts: 1)),
        ("each part counts by its images; divide by the number of all images.", _step(lambda x, parts: len(x))),
        ("that is the loss of the last part alone.", _step(returned=lambda losses: losses[-1])),
        (
            "a softmax stands before the loss. `F.cross_entropy` wants logits, and does it itself.",
            _step(loss_of=lambda logits, y: F.cross_entropy(logits.softmax(1), y)),
        ),
        (
            "the network ran in evaluation mode. A network learns in the mode in which it is given.",
            _step(training=False),
        ),
        (
            "the loss is right, but no parameter has changed. Is there an `optimizer.step()`, after `backward`?",
            _step(steps="never"),
        ),
        ("gradients from before are still in it. `zero_grad` first, once for the whole batch.", _step(zero="never")),
        (
            "the gradients of earlier parts are gone: `backward` adds up, so `zero_grad` comes once, before the first.",
            _step(zero="each"),
        ),
        ("a step is taken after each part. Take one, after the last.", _step(steps="each")),
        (
            "two steps are wrong at once: `zero_grad` and `step` for each part. Each comes once for the whole batch.",
            _step(zero="each", steps="each"),
        ),
        ("the gradients were made smaller before the step. Take them as they are.", _step(largest=1.0)),
    ),
)


def _shape(parts: list) -> str:
    x, _ = parts[0]
    return f"of {'×'.join(map(str, x.shape[1:]))}"
