"""Timing several ways of doing one thing, so that the ratios hold on a machine whose speed drifts."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tqdm import tqdm


@dataclass(frozen=True)
class Table:
    """What was measured: seconds of each contender in each round.

    Attributes:
        reference: the contender that the others are divided by.
        notes: a word on some of the contenders, such as what was predicted.
    """

    title: str
    reference: str
    seconds: dict[str, list[float]]
    notes: dict[str, str] = field(default_factory=dict)

    def ratios(self, name: str, to: str) -> list[float]:
        """In each round, how many times as long ``name`` took as ``to``."""
        return [one / other for one, other in zip(self.seconds[name], self.seconds[to], strict=True)]

    def __str__(self) -> str:
        """In Markdown: median seconds, and the median of the rounds' ratios with its lowest and highest."""
        lines = [
            f"### {self.title}",
            "",
            f"| | seconds | times {self.reference} | lowest to highest | |",
            "|---|--:|--:|---|---|",
        ]
        for name, times in self.seconds.items():
            seconds, note = statistics.median(times), self.notes.get(name, "")
            lines.append(f"| {name} | {seconds:.3g} | {spread(self.ratios(name, self.reference))} | {note} |")
        return "\n".join(lines)


def spread(ratios: list[float]) -> str:
    """Median, lowest and highest: two cells of a table."""
    return f"{statistics.median(ratios):.3f} | {min(ratios):.3f} to {max(ratios):.3f}"


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """``work``, which then returns the seconds it took."""

    def run() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return run


def measure(contenders: dict[str, Callable[[], float]], rounds: int, title: str) -> dict[str, list[float]]:
    """Mean seconds of every contender in every round. Each round runs all of them there and back: A B C C B A.

    So a machine that slows down steadily slows all of them alike. Before the first round each contender runs once
    uncounted: that pays for memory, caches and compiled kernels. Each returns the seconds it took, by its own clock:
    what it prepares need not count.
    """
    for run in contenders.values():
        run()
    seconds = {name: [] for name in contenders}
    for _ in tqdm(range(rounds), desc=title, unit="round", leave=False):
        spent = {name: alone(run) for name, run in contenders.items()}
        for name in reversed(contenders):
            seconds[name].append((spent[name] + alone(contenders[name])) / 2)
    return seconds


def alone(run: Callable[[], float]) -> float:
    """Its seconds, after what the one before it left in memory is gone."""
    gc.collect()
    return run()
