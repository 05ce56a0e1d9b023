"""Checks of assignment 09: devices, honest timing, im2col, four products, gradients of several processes."""

import statistics

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, agree_numbers, is_tuple_of
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


@check
def move(answer, random: Random) -> None:
    """``answer(model, images, labels, device)`` moves the model, and returns images and labels on the device."""
    for device in (torch.device("cpu"), torch.device("meta")):  # "meta" is everywhere, but holds no values
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        images, labels = random.normal(random.integer(2, 5), 3), random.integers(0, 3, 4)
        result = ask(answer, model, images, labels, device)
        if not is_tuple_of(2, result) or not all(type(part) is Tensor for part in result):
            raise Mistake("your function must return two tensors: `return images, labels`.")
        if result[0].shape != images.shape or result[1].shape != labels.shape:
            raise Mistake("the shapes have changed, or images and labels are swapped. Return images first.")
        weights = model.state_dict().values()
        if {tensor.device.type for tensor in (*result, *weights)} - {"cpu", device.type}:
            raise Mistake("something is on a device that nobody asked for. Use `device`, whatever it is.")
        there = [part.device.type == device.type for part in result]
        if not any(there):
            raise Mistake(
                "images and labels are still where they were. `.to` returns a copy of a tensor: store or return it. "
                "Or did you take another device than the argument `device`?"
            )
        if not all(there):
            raise Mistake(f"only the {'images' if there[0] else 'labels'} have been moved. Both are needed there.")
        if any(weight.device.type != device.type for weight in weights):
            raise Mistake("the model's weights are still where they were. Move the model as well.")
        for name, before, after in zip(("images", "labels"), (images, labels), result, strict=True):
            if after.dtype != before.dtype:
                raise Mistake(f"the {name} were {before.dtype} and are {after.dtype} now. Change the device alone.")
            if device.type == "cpu" and not torch.equal(before, after):
                raise Mistake(f"the {name} have other values now. Change the device alone.")


class _Machine:
    """A device with a clock of its own. What it is asked for it does only when it is waited for."""

    def __init__(self, seconds: list[float]):
        self.now, self.queued, self.runs, self.reads = 100.0, 0.0, 0, 0
        self.seconds = seconds

    def work(self) -> None:
        self.queued += self.seconds[min(self.runs, len(self.seconds) - 1)]
        self.runs += 1
        self.now += 0.001  # giving the order

    def wait(self) -> None:
        self.now += self.queued
        self.queued = 0.0

    def clock(self) -> float:
        self.reads += 1
        return self.now


@check
def median_time(answer, random: Random) -> None:
    """``answer(work, rounds, wait, clock)`` is the median of honest times, without the first call."""
    for rounds in (5, 8):
        times = (0.2 + 0.1 * random.normal(rounds).abs()).double().tolist()
        times[0] = 0.1  # the shortest: if the warm-up falls into it, the median moves
        times[rounds // 2] = 3.0  # something else ran; and who does not sort takes this one
        machine = _Machine([7.0, *times])  # the first call warms up
        value = ask(answer, machine.work, rounds, machine.wait, machine.clock)
        if machine.runs == rounds:
            warm = "The first call warms up and must not count"
            raise Mistake(f"for rounds={rounds} the work ran {rounds} times. {warm}: call it {rounds + 1} times.")
        if machine.runs != rounds + 1:
            raise Mistake(
                f"for rounds={rounds} the work must run {rounds + 1} times, one of which warms up, but it ran "
                f"{machine.runs} times."
            )
        if not machine.reads:
            raise Mistake("use `clock()`, not your computer's.")
        measured = [time + 0.001 for time in times]
        behind = [measured[0] + 7.0, *measured[1:]]
        agree_numbers(
            [value],
            [statistics.median(measured)],
            [f"rounds={rounds}"],
            {
                "you measured how long it takes to give the order. Call `wait()` before you read the clock again.": [
                    0.001
                ],
                "that is the mean. One time that is far too long moves it; the median stays.": [
                    statistics.fmean(measured)
                ],
                "that is the mean of all calls, the first among them.": [statistics.fmean([7.001, *measured])],
                "that is the middle of the list as it came. Sort it first.": [measured[rounds // 2]],
                "for an even number of rounds the median is the mean of the middle two; you took the upper one.": [
                    statistics.median_high(measured)
                ],
                "for an even number of rounds the median is the mean of the middle two; you took the lower one.": [
                    statistics.median_low(measured)
                ],
                "the first call warms up; you counted it too.": [statistics.median([7.001, *measured])],
                "that is the fastest time. The median is wanted.": [min(measured)],
                "that is the time of all rounds together.": [sum(measured)],
                "the warm-up was still running when your first round began. Wait for it, too.": [
                    statistics.median(behind)
                ],
                "that is the mean, and the warm-up was still running in your first round. Wait for it, too.": [
                    statistics.fmean(behind)
                ],
            },
            kind=float,
        )


def _cells(images: Tensor, k: int) -> Tensor:
    """The windows as (N, C, k, k, rows, columns)."""
    return images.unfold(2, k, 1).unfold(3, k, 1).permute(0, 1, 4, 5, 2, 3)


def _as_columns(cells: Tensor) -> Tensor:
    """Six axes as (N, cells of a window, windows)."""
    return cells.flatten(4).flatten(1, 3)


unroll = Task(
    "unroll",
    right=F.unfold,
    cases=lambda random: [(random.normal(2, 3, *random.two_integers(k + 1, k + 4)), k) for k in (2, 3)],
    case=lambda images, k: f"images {shape_of(images)} and k={k}",
    mistakes=(
        (
            "each window is a row of your matrix, and should be a column: swap the last two axes.",
            lambda images, k: F.unfold(images, k).transpose(1, 2),
        ),
        (
            "in your columns the channel changes fastest. Wanted: all cells of channel 0, then all of channel 1.",
            lambda images, k: _as_columns(_cells(images, k).permute(0, 2, 3, 1, 4, 5)),
        ),
        (
            "your columns list a window column by column. Wanted: row by row.",
            lambda images, k: _as_columns(_cells(images, k).transpose(2, 3)),
        ),
        (
            "your windows go down the image. Wanted: along its rows.",
            lambda images, k: _as_columns(_cells(images, k).transpose(4, 5)),
        ),
        (
            "the values are right. Flatten (C, k, k) into one axis, and (rows, columns) into another.",
            _cells,
        ),
        (
            "the windows do not overlap: they are k apart, and should be 1 apart.",
            lambda images, k: F.unfold(images, k, stride=k),
        ),
        (
            "windows beyond the edge are counted too. No padding is wanted.",
            lambda images, k: F.unfold(images, k, padding=k // 2),
        ),
    ),
)


class _Counted:
    """A number that counts how often numbers like it are multiplied with each other."""

    products = 0

    def __init__(self, value: float):
        self.value = value

    def __add__(self, other):
        return _Counted(self.value + _value(other))

    __radd__ = __add__

    def __sub__(self, other):
        return _Counted(self.value - _value(other))

    def __rsub__(self, other):
        return _Counted(_value(other) - self.value)

    def __neg__(self):
        return _Counted(-self.value)

    def __mul__(self, other):
        _Counted.products += isinstance(other, _Counted)
        return _Counted(self.value * _value(other))

    __rmul__ = __mul__

    def __truediv__(self, other):
        return _Counted(self.value / _value(other))


def _value(number: object) -> float:
    return number.value if isinstance(number, _Counted) else float(number)


@check
def two_outputs(answer, random: Random) -> None:
    """``answer(d, u)`` is two outputs from four numbers and a transformed kernel, with four products."""
    for _ in range(2):
        d, g = random.normal(4).double().tolist(), random.normal(3).double().tolist()
        u = [g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]]
        _Counted.products = 0
        result = ask(answer, [_Counted(x) for x in d], [_Counted(x) for x in u])
        if not is_tuple_of(2, result):
            raise Mistake("your function must return two numbers: `return y0, y1`.")
        if not all(isinstance(y, _Counted) for y in result):
            raise Mistake("compute both outputs from the numbers in d and u, with + − and · only.")
        values = [y.value for y in result]
        m = [(d[0] - d[2]) * u[0], (d[1] + d[2]) * u[1], (d[2] - d[1]) * u[2], (d[1] - d[3]) * u[3]]
        right = [sum(d[y + i] * g[i] for i in range(3)) for y in (0, 1)]
        agree_numbers(
            values,
            right,
            ["y0", "y1"],
            {
                "the two outputs are swapped.": right[::-1],
                "y1 is m2 − m3 − m4: look at its signs.": [right[0], m[1] + m[2] + m[3]],
                "m4 has the wrong sign: in y1 it is taken away, and it is (d1 − d3) · u3.": [
                    right[0],
                    m[1] - m[2] + m[3],
                ],
                "m3 has its two numbers of d the wrong way round.": [m[0] + m[1] - m[2], m[1] + m[2] - m[3]],
                "`u` holds the halves already: no `/ 2`.": [
                    m[0] + (m[1] + m[2]) / 2,
                    (m[1] - m[2]) / 2 - m[3],
                ],
                "u is not the kernel itself: it has been transformed. Build m1 to m4 from it.": [
                    sum(d[y + i] * u[i] for i in range(3)) for y in (0, 1)
                ],
            },
            kind=float,
        )
        if _Counted.products > 4:
            raise Mistake(
                f"the outputs are right, but you multiplied {_Counted.products} times. Compute each of m1 to m4 once, "
                f"and store it."
            )


@check
def combine(answer, random: Random) -> None:
    """``answer(gradients, counts)`` is the gradient of the mean loss over all processes' examples."""
    for processes in (2, 3):
        counts = [random.integer(1, 4), random.integer(5, 9), random.integer(10, 14)][:processes]
        model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(random.normal(*parameter.shape))
        images, labels = random.normal(sum(counts), 4), random.integers(0, 1, sum(counts))
        whole = _gradients(model, images, labels)
        parts = [_gradients(model, *part) for part in zip(images.split(counts), labels.split(counts), strict=True)]
        kept = [[gradient.clone() for gradient in part] for part in parts]
        result = ask(answer, parts, list(counts))
        if not isinstance(result, (list, tuple)) or len(result) != len(whole):
            raise Mistake(
                f"your function must return a list of {len(whole)} tensors, one for each parameter of the network."
            )
        for part, before in zip(parts, kept, strict=True):
            if not all(torch.equal(one, other) for one, other in zip(part, before, strict=True)):
                raise Mistake("your function changes the gradients it is given. Add them up in new tensors.")
        for number, (value, right) in enumerate(zip(result, whole, strict=True)):
            mine = torch.stack([part[number] for part in parts])
            weights = torch.tensor(counts).view(-1, *[1] * right.ndim)
            agree(
                value,
                right,
                f"parts of {', '.join(map(str, counts))} examples, parameter {number}",
                {
                    "that is the sum over processes. A mean is wanted.": mine.sum(0),
                    "that is the mean over processes. A part with more examples must count for more.": mine.mean(0),
                    "each part counts by its examples; divide by the number of all examples.": (weights * mine).sum(0),
                    "you divided by the number of processes. Divide by the number of examples.": (
                        (weights * mine).sum(0) / processes
                    ),
                    "a part with more examples must count for more, not for less.": (
                        (mine / weights).sum(0) / (1 / weights).sum()
                    ),
                },
            )


def _gradients(model: nn.Module, images: Tensor, labels: Tensor) -> list[Tensor]:
    """Of the mean loss, one for each parameter."""
    return list(torch.autograd.grad(F.cross_entropy(model(images), labels), list(model.parameters())))
