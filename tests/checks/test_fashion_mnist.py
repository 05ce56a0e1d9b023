"""Checks of assignment 03: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils.checks import fashion_mnist as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def in_one_sum(model, optimizer, parts):
    """All parts' losses are added up before one backward: more memory, the same step."""
    number = sum(len(x) for x, _ in parts)
    total = torch.stack([F.cross_entropy(model(x), y, reduction="sum") for x, y in parts]).sum() / number
    model.zero_grad(set_to_none=False)
    total.backward()
    optimizer.step()
    return float(total.detach())


def divided_at_the_end(model, optimizer, parts):
    optimizer.zero_grad()
    total = number = 0
    for x, y in parts:
        loss = -model(x).log_softmax(1)[torch.arange(len(y)), y].sum()
        loss.backward()
        total, number = total + loss.item(), number + len(y)
    for parameter in model.parameters():
        parameter.grad /= number
    optimizer.step()
    return total / number


def leaving_its_images_behind(model, optimizer, parts):
    for x, _ in parts:
        x.requires_grad_()
    return in_one_sum(model, optimizer, parts)


def flattening(model, optimizer, parts):
    return in_one_sum(model, optimizer, [(x.flatten(1), y) for x, y in parts])


def leaving_it_in_evaluation_mode(model, optimizer, parts):
    loss = in_one_sum(model, optimizer, parts)
    model.eval()
    return loss


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (flattening, "your code raised RuntimeError"),
        (leaving_its_images_behind, "changes `parts`, which it is given"),
        (leaving_it_in_evaluation_mode, "leaves `model` in another mode"),
        (lambda model, optimizer, parts: torch.tensor(1.0), "Tensors have `.item()`"),
        (lambda model, optimizer, parts: model.requires_grad_(False) and 0.0, "leaves parameters of `model` frozen"),
    ],
)
def test_wrong_steps(answer, words, message):
    assert words in message(check.train_batch, answer)


@torch.no_grad()
def hits(model, batches, k):
    return [(model(x).argsort(1, descending=True)[:, :k] == y[:, None]).any(1).float() for x, y in batches]


@torch.no_grad()
def best_of_all(model, batches, k):
    """Without an axis: right by chance now and then."""
    return torch.cat([torch.isin(y, model(x).flatten().topk(k).indices).float() for x, y in batches]).mean().item()


def left(**settings):
    """An answer that leaves something as it was not."""

    def answer(model, batches, k):
        share = torch.cat(hits(model, batches, k)).mean().item()
        for name, value in settings.items():
            getattr(model, name)(value)
        return share

    return answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (best_of_all, "but yours is"),
        (left(train=False), "leaves `model` in another mode"),
        (left(train=True), "leaves `model` in another mode"),
        (left(requires_grad_=False), "leaves parameters of `model` frozen"),
        (lambda m, b, k: len([b.pop() for _ in range(2)]) / 4, "changes `b`, which it is given"),
    ],
)
def test_wrong_shares(answer, words, message):
    assert words in message(check.accuracy, answer)


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


def counted(model, batches, k):
    right = images = 0
    with torch.inference_mode():
        for x, y in batches:
            logits = model(x)
            right += int(((logits > logits.gather(1, y[:, None])).sum(1) < k).sum())
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
    (check.cross_entropy, loss_by_loop),
    (check.train_batch, in_one_sum),
    (check.train_batch, divided_at_the_end),
    (check.accuracy, lambda m, b, k: torch.cat(hits(m, b, k)).mean().item()),
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
