"""Checks of assignment 03: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils.checks import fashion_mnist as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def step(order=("zero", "backward", "step"), late=False, number=True, loss_function=F.cross_entropy):
    def answer(model, optimizer, x, y):
        loss = loss_function(model(x), y)
        actions = {"zero": optimizer.zero_grad, "backward": loss.backward, "step": optimizer.step}
        for action in order:
            actions[action]()
        if late:
            loss = loss_function(model(x), y)
        return loss.item() if number else loss

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (step(("backward", "step")), "gradients pile up"),
        (step(("zero", "backward")), "Is there an `optimizer.step()`"),
        (step(("zero", "step")), "Is there a `loss.backward()`"),
        (step(("backward", "zero", "step")), "every `zero_grad` before it"),
        (step(late=True), "the loss after the step"),
        (step(number=False), "Tensors have `.item()`"),
        (step(loss_function=lambda x, y: F.cross_entropy(x.softmax(1), y)), "Give the loss function logits"),
        (step(("zero", "backward", "step", "step")), "take one step"),
    ],
)
def test_wrong_steps(answer, words, message):
    assert words in message(check.train_batch, answer)


def cleared_too_late(model, optimizer, x, y):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    for parameter in model.parameters():
        parameter.grad.zero_()
    optimizer.step()
    return loss.item()


def test_gradients_cleared_before_the_step(message):
    assert "Clear them earlier" in message(check.train_batch, cleared_too_late)


@torch.no_grad()
def hits(model, batches):
    return [(model(x).argmax(1) == y).float() for x, y in batches]


@torch.no_grad()
def best_of_all(model, batches):
    """argmax without an axis: right by chance now and then."""
    return torch.cat([(model(x).argmax() == y).float() for x, y in batches]).mean().item()


def test_an_argmax_without_an_axis_is_no_right_answer(message):
    assert "but yours is" in message(check.accuracy, best_of_all)


def cnn(
    paddings=(1, 1),
    relus=(nn.ReLU, nn.ReLU),
    channels=16,
    end=nn.Identity,
    inputs=None,
    pool=nn.MaxPool2d,
    kernel=3,
):
    return lambda: nn.Sequential(
        nn.Conv2d(1, 8, kernel, padding=paddings[0]),
        relus[0](),
        pool(2),
        nn.Conv2d(8, channels, 3, padding=paddings[1]),
        relus[1](),
        pool(2),
        nn.Flatten(),
        nn.Linear(inputs or channels * 7 * 7, 10),
        end(),
    )


class Functional(nn.Module):
    """The same network without a single nn.ReLU, and with the pooling before it."""

    def __init__(self, second=F.relu):
        super().__init__()
        self.convolutions = nn.ModuleList([nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)])
        self.last = nn.Linear(784, 10)
        self.second = second

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.convolutions[0](x), 2))
        x = self.second(F.max_pool2d(self.convolutions[1](x), 2))
        return self.last(x.flatten(1))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (cnn(inputs=400), "tried with 3×1×28×28"),
        (cnn(paddings=(2, 1)), "a convolution does not keep the size"),
        (lambda: Functional(second=nn.Identity()), "the ReLU after the second convolution is missing"),
        (cnn(kernel=5, paddings=(2, 1)), "the plan 9,098: 80 + 1,168 + 7,850"),
        (cnn(channels=12), "the plan 9,098: 80 + 1,168 + 7,850"),
        (cnn(end=lambda: nn.Unflatten(1, (2, 5))), "must become (3, 10)"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


def moved(images, left, top=0):
    return F.pad(images, (left, 0, top, 0))[..., : images.shape[2], : images.shape[3]]


def kept(model, before, after):
    return (model(before).argmax(1) == model(after).argmax(1)).float().mean().item()


def loss_by_loop(logits, labels):
    losses = []
    for row, label in zip(logits, labels, strict=True):
        row = row - row.max()
        losses.append(row.exp().sum().log() - row[label])
    return torch.stack(losses).mean()


def step_with_none(model, optimizer, x, y):
    model.zero_grad(set_to_none=False)
    loss = -model(x).log_softmax(1)[torch.arange(len(y)), y].mean()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def counted(model, batches):
    right = images = 0
    with torch.inference_mode():
        for x, y in batches:
            right += int((model(x).max(1).indices == y).sum())
            images += len(y)
    return right / images


def by_slices(model, images, pixels):
    shifted = torch.zeros_like(images)
    shifted[..., pixels:] = images[..., : images.shape[-1] - pixels]
    same = 0
    for image, other in zip(images, shifted, strict=True):
        same += (model(image[None]).argmax() == model(other[None]).argmax()).item()
    return same / len(images)


RIGHT = [
    (check.cross_entropy, F.cross_entropy),
    (check.cross_entropy, loss_by_loop),
    (check.train_batch, step()),
    (check.train_batch, step_with_none),
    (check.accuracy, lambda m, b: torch.cat(hits(m, b)).mean().item()),
    (check.accuracy, counted),
    (check.repaired, cnn()),
    (check.repaired, cnn(paddings=("same", "same"))),
    (check.repaired, Functional),
    (check.unchanged, lambda m, x, p: kept(m, x, moved(x, p))),
    (check.unchanged, by_slices),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
