"""Checks of assignment 09: wrong answers and their words, right answers written in other ways."""

import statistics

import numpy as np
import pytest
import torch

from utils.checks import gpu as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def moves_nothing(model, images, labels, device):
    model.to(device)
    images.to(device)
    labels.to(device)
    return images, labels


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (moves_nothing, "`.to` returns a copy of a tensor"),
        (
            lambda m, x, y, d: moves_nothing(m, x, y, torch.device("cpu")),
            "another device than the argument `device`",
        ),
        (lambda m, x, y, d: tuple(part.to("meta") for part in (x, y)), "that nobody asked for"),
        (lambda m, x, y, d: (m.to("meta") and x.to(d), y.to(d)), "that nobody asked for"),
        (lambda m, x, y, d: (m.to(d) and x.to(d), y.to(d).float()), "labels were torch.int64"),
        (lambda m, x, y, d: (m.to(d) and torch.zeros_like(x, device=d), y.to(d)), "images have other values"),
        (lambda m, x, y, d: (m.to(d) and x.to(d), y), "only the images have been moved"),
        (lambda m, x, y, d: (m.to(d) and x, y.to(d)), "only the labels have been moved"),
        (lambda m, x, y, d: (x.to(d), y.to(d)), "Move it, not a copy"),
        (lambda m, x, y, d: m.to(d), "must return two tensors"),
        (lambda m, x, y, d: (m.to(d) and y.to(d), x.to(d)), "swapped"),
    ],
)
def test_wrong_moves(answer, words, message):
    assert words in message(check.move, answer)


def honest(work, rounds, wait, clock, mean=statistics.median, more=0):
    work()
    wait()
    times = []
    for _ in range(rounds + more):
        began = clock()
        work()
        wait()
        times.append(clock() - began)
    return mean(times)


def fails(*arguments):
    raise ValueError("on purpose")


def all_at_once(work, rounds, wait, clock):
    work()
    wait()
    began = clock()
    for _ in range(rounds):
        work()
    wait()
    return (clock() - began) / rounds


def without_a_wait(work, rounds, wait, clock):
    return honest(work, rounds, lambda: None, clock)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (without_a_wait, "how long it takes to give the order"),
        (all_at_once, "One time that is far too long moves it"),
        (fails, "called with a function, 5, a function, a function"),
        (lambda *a: honest(*a, more=1), "must run `rounds` + 1 times, one of which warms up. (For rounds=5 it ran 7"),
    ],
)
def test_wrong_clocks(answer, words, message):
    assert words in message(check.median_time, answer)


def six_products(d, u):
    """The outputs as they are defined: of four numbers and the kernel, found again in what was made of it."""
    kernel = u[0], u[1] - u[2], u[3]
    return tuple(sum(number * weight for number, weight in zip(d[y:], kernel, strict=False)) for y in (0, 1))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (six_products, "the outputs are right"),
        (six_products, "(You multiplied 6 times.)"),
        (lambda d, u: (1.0, 2.0), "with + − and · only"),
    ],
)
def test_wrong_products(answer, words, message):
    assert words in message(check.two_outputs, answer)


def winograd(d, u):
    m1, m4 = (d[0] - d[2]) * u[0], (d[1] - d[3]) * u[3]
    m2, m3 = u[1] * (d[1] + d[2]), -u[2] * (d[1] - d[2])
    return [m1 + m2 + m3, 0 - m4 + (m2 - m3)]


def weighted(gradients, counts):
    total = []
    for number in range(4):
        total.append(sum(n / sum(counts) * part[number] for n, part in zip(counts, gradients, strict=True)))
    return total


def test_the_right_gradient_is_that_of_all_examples_in_one_process():
    network, images, labels = torch.nn.Linear(4, 3), torch.randn(9, 4), torch.arange(9) % 3

    def gradients(x, y):
        return torch.autograd.grad(torch.nn.functional.cross_entropy(network(x), y), list(network.parameters()))

    parts = [gradients(images[:2], labels[:2]), gradients(images[2:], labels[2:])]
    for together, whole in zip(check.combine.right(parts, [2, 7]), gradients(images, labels), strict=True):
        torch.testing.assert_close(together.float(), whole)


def test_one_gradient_is_not_enough(message):
    assert "a list of 4 tensors" in message(check.combine, lambda *given: weighted(*given)[0])


def loops(images, k, stride):
    n, _, h, w = images.shape
    windows = [
        images[:, :, y : y + k, x : x + k].reshape(n, -1)
        for y in range(0, h - k + 1, stride)
        for x in range(0, w - k + 1, stride)
    ]
    return torch.stack(windows, dim=2)


def sorted_median(work, rounds, wait, clock):
    times = []
    for number in range(rounds + 1):
        wait()
        began = clock()
        work()
        wait()
        if number:
            times.append(clock() - began)
    times.sort()
    return (times[(rounds - 1) // 2] + times[rounds // 2]) / 2


def moved_as_a_list(model, images, labels, device):
    for parameter in model.state_dict().values():
        assert parameter.device.type == "cpu"
    model = model.to(device)
    moved = [tensor.to(device) for tensor in (images, labels)]
    return tuple(moved)


@pytest.mark.parametrize("seed", [0, 1, 90125])
def test_right_answers(seed, capsys):
    check.move(moved_as_a_list, seed=seed)
    check.median_time(honest, seed=seed)
    check.median_time(sorted_median, seed=seed)
    check.median_time(lambda *a: honest(*a, mean=np.median), seed=seed)  # a np.float64
    check.unroll(loops, seed=seed)
    check.two_outputs(winograd, seed=seed)
    check.combine(weighted, seed=seed)
    assert capsys.readouterr().out.count("✓") == 7
