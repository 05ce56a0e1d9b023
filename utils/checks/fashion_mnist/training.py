"""Task 2: one step of training."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree_numbers, nearly_equal
from utils.checks.fashion_mnist.networks import random_linear
from utils.checks.inputs import Random


@check
def train_batch(answer, random: Random) -> None:
    """``answer(model, optimizer, x, y)`` takes one step of training and returns the loss before it, a float."""
    model = random_linear(random, inputs=6, classes=3)
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
        [("that is the loss after the step. Return the one before it.", late)],
        kind=float,
    )


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
