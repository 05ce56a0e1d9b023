"""Checks of assignment 09: wrong answers and their words, right answers written in other ways."""

import statistics
import time

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
        (lambda m, x, y, d: (x.to(d), y.to(d)), "Move the model as well"),
        (lambda m, x, y, d: m.to(d), "must return two tensors"),
        (lambda m, x, y, d: (m.to(d) and y.to(d), x.to(d)), "swapped"),
    ],
)
def test_wrong_moves(answer, words, message):
    assert words in message(check.move, answer)


def honest(work, rounds, wait, clock, *, warm=True, wait_first=True, wait_last=True, mean=statistics.median):
    if warm:
        work()
        if wait_first:
            wait()
    times = []
    for _ in range(rounds):
        began = clock()
        work()
        if wait_last:
            wait()
        times.append(clock() - began)
    return mean(times)


def fails(*arguments):
    raise ValueError("on purpose")


def counts_the_first(work, rounds, wait, clock, mean=statistics.median):
    return honest(work, rounds + 1, wait, clock, warm=False, mean=mean)


def all_at_once(work, rounds, wait, clock):
    work()
    wait()
    began = clock()
    for _ in range(rounds):
        work()
    wait()
    return (clock() - began) / rounds


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: honest(*a, warm=False), "The first call warms up and must not count"),
        (lambda *a: honest(*a, wait_last=False), "how long it takes to give the order"),
        (lambda *a: honest(*a, wait_first=False, wait_last=False), "how long it takes to give the order"),
        (lambda *a: honest(*a, mean=statistics.fmean), "One time that is far too long moves it"),
        (all_at_once, "One time that is far too long moves it"),
        (counts_the_first, "you counted it too"),
        (lambda *a: counts_the_first(*a, mean=statistics.fmean), "mean of all calls, the first among them"),
        (lambda *a: honest(*a, mean=min), "the fastest time"),
        (lambda *a: honest(*a, mean=sum), "all rounds together"),
        (lambda *a: honest(*a, wait_first=False), "still running when your first round began. Wait"),
        (lambda *a: honest(*a, mean=statistics.fmean, wait_first=False), "Wait for it, too"),
        (lambda *a: honest(*a, mean=lambda times: times[len(times) // 2]), "the list as it came. Sort it"),
        (lambda *a: honest(*a, mean=statistics.median_high), "you took the upper one"),
        (lambda *a: honest(*a, mean=lambda times: torch.tensor(times).median().item()), "the lower one"),
        (lambda w, n, wait, clock: honest(w, n, wait, time.perf_counter), "not your computer's"),
        (fails, "called with a function, 5, a function, a function"),
        (lambda w, n, wait, clock: honest(w, n + 1, wait, clock), "must run 6 times"),
        (lambda *a: torch.tensor(honest(*a)), "must return a number (a float)"),
    ],
)
def test_wrong_clocks(answer, words, message):
    assert words in message(check.median_time, answer)


def winograd(d, u, signs=(1, -1, -1), turn_3=1, turn_4=1, halve=1):
    m1, m2 = (d[0] - d[2]) * u[0], (d[1] + d[2]) * u[1] / halve
    m3, m4 = turn_3 * ((d[2] - d[1]) * u[2] / halve), turn_4 * ((d[1] - d[3]) * u[3])
    return m1 + m2 + m3, signs[0] * m2 + signs[1] * m3 + signs[2] * m4


def six_products(d, u):
    g0, g2 = u[0], u[3]
    g1 = u[1] - u[2]
    return d[0] * g0 + d[1] * g1 + d[2] * g2, d[1] * g0 + d[2] * g1 + d[3] * g2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda d, u: winograd(d, u)[::-1], "swapped"),
        (lambda d, u: winograd(d, u, signs=(1, 1, 1)), "look at its signs"),
        (lambda d, u: winograd(d, u, signs=(1, -1, 1)), "m4 has the wrong sign"),
        (lambda d, u: winograd(d, u, turn_3=-1), "m3 has its two numbers"),
        (lambda d, u: winograd(d, u, turn_4=-1), "m4 has the wrong sign"),
        (lambda d, u: winograd(d, u, halve=2), "holds the halves already"),
        (six_products, "you multiplied 6 times"),
        (
            lambda d, u: tuple(sum(d[y + i] * u[i] for i in range(3)) for y in (0, 1)),
            "it has been transformed",
        ),
        (lambda d, u: winograd(d, u)[0], "must return two numbers"),
        (lambda d, u: (1.0, 2.0), "with + − and · only"),
    ],
)
def test_wrong_products(answer, words, message):
    assert words in message(check.two_outputs, answer)


def combined(weigh):
    """An answer that makes one tensor from the stacked tensors of a parameter and the counts."""

    def answer(gradients, counts):
        parameters = [torch.stack(parameter) for parameter in zip(*gradients, strict=True)]
        return [weigh(p, torch.tensor(counts).view(-1, *[1] * (p.ndim - 1))) for p in parameters]

    return answer


def adds_in_place(gradients, counts):
    for number in range(len(gradients[0])):
        gradients[0][number] *= counts[0]
        for part, count in zip(gradients[1:], counts[1:], strict=True):
            gradients[0][number] += count * part[number]
        gradients[0][number] /= sum(counts)
    return gradients[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (combined(lambda g, n: g.sum(0)), "the sum over processes"),
        (combined(lambda g, n: g.mean(0)), "must count for more"),
        (combined(lambda g, n: (n * g).sum(0)), "divide by the number of all examples"),
        (combined(lambda g, n: (n * g).mean(0)), "Divide by the number of examples"),
        (combined(lambda g, n: (g / n).sum(0) / (1 / n).sum()), "not for less"),
        (lambda g, n: combined(lambda a, b: (b * a).sum(0) / b.sum())(g, n)[0], "a list of 4 tensors"),
        (adds_in_place, "changes the gradients"),
    ],
)
def test_wrong_combinations(answer, words, message):
    assert words in message(check.combine, answer)


def loops(images, k):
    n, c, h, w = images.shape
    rows, columns = h - k + 1, w - k + 1
    output = torch.empty(n, c * k * k, rows * columns)
    for y in range(rows):
        for x in range(columns):
            output[:, :, y * columns + x] = images[:, :, y : y + k, x : x + k].reshape(n, -1)
    return output


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
    check.combine(combined(lambda g, n: (n * g).sum(0) / n.sum()), seed=seed)
    check.combine(combined(lambda g, n: (n / n.sum() * g).sum(0)), seed=seed)
    assert capsys.readouterr().out.count("✓") == 8
