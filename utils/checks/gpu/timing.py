"""Task 2: the median of honest times, of a machine with a clock of its own."""

import statistics
import time
from collections.abc import Callable, Iterator

from utils.checks.inputs import Random
from utils.checks.task import Task


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


def _timed(
    summary: Callable[[list[float]], float] = statistics.median,
    *,
    warm: int = 1,
    wait_first: bool = True,
    wait_last: bool = True,
) -> Callable:
    """An answer to task 2, right or with another step: so many calls warm up, and are waited for or not."""

    def answer(work: Callable, rounds: int, wait: Callable, clock: Callable) -> float:
        for _ in range(warm):
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
        return summary(times)

    return answer


def _with_the_first(summary: Callable[[list[float]], float]) -> Callable:
    """An answer that counts the first call as well."""
    return lambda work, rounds, *rest: _timed(summary, warm=0)(work, rounds + 1, *rest)


def _machines(random: Random) -> Iterator[tuple]:
    for rounds in (5, 8):
        times = (0.2 + 0.1 * random.normal(rounds).abs()).double().tolist()
        times[0] = 0.1  # the shortest: if the warm-up falls into it, the median moves
        times[rounds // 2] = 3.0  # something else ran; and who does not sort takes this one
        machine = _Machine([7.0, *times])  # the first call warms up
        yield machine.work, rounds, machine.wait, machine.clock


def _machine(work: Callable) -> _Machine:
    return work.__self__


def _wrong_number(value: float, work: Callable, rounds: int, *_: Callable) -> str | None:
    runs = _machine(work).runs
    return None if runs == rounds + 1 else f"For rounds={rounds} it ran {runs} times."


EVEN = "for an even number of rounds the median is the mean of the middle two; you took the"

median_time = Task(
    "median_time",
    right=_timed(),
    cases=_machines,
    case=lambda work, rounds, *_: f"rounds={rounds}",
    kind=float,
    mistakes=(
        (
            "the work ran `rounds` times. The first call warms up and must not count: call it `rounds` + 1 times.",
            _timed(warm=0),
            lambda value, work, rounds, *_: _machine(work).runs == rounds,
        ),
        (
            "the work must run `rounds` + 1 times, one of which warms up.",
            _timed(warm=2),
            _wrong_number,
        ),
        (
            "use `clock()`, not your computer's.",
            lambda work, rounds, wait, _: _timed()(work, rounds, wait, time.perf_counter),
            lambda value, work, *_: not _machine(work).reads,
        ),
        (
            "you measured how long it takes to give the order. Call `wait()` before you read the clock again.",
            _timed(wait_last=False),
        ),
        ("that is the mean. One time that is far too long moves it; the median stays.", _timed(statistics.fmean)),
        ("that is the mean of all calls, the first among them.", _with_the_first(statistics.fmean)),
        (
            "that is the middle of the list as it came. Sort it first.",
            _timed(lambda times: times[len(times) // 2]),
        ),
        (f"{EVEN} upper one.", _timed(statistics.median_high)),
        (f"{EVEN} lower one.", _timed(statistics.median_low)),
        ("the first call warms up; you counted it too.", _with_the_first(statistics.median)),
        ("that is the fastest time. The median is wanted.", _timed(min)),
        ("that is the time of all rounds together.", _timed(sum)),
        ("the warm-up was still running when your first round began. Wait for it, too.", _timed(wait_first=False)),
        (
            "that is the mean, and the warm-up was still running in your first round. Wait for it, too.",
            _timed(statistics.fmean, wait_first=False),
        ),
    ),
)
