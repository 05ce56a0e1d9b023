"""Timing several ways of doing one thing, so that the ratios hold on a machine whose speed drifts."""

import statistics
import time
from collections.abc import Callable

from tqdm import tqdm


def measure(contenders: dict[str, Callable[[], None]], rounds: int, title: str) -> dict[str, list[float]]:
    """Mean seconds of every contender in every round. Each round runs all of them there and back: A B C C B A.

    So a machine that slows down steadily slows all of them alike. Before the first round each contender runs once
    uncounted: that pays for memory, caches and compiled kernels.
    """
    for run in contenders.values():
        run()
    seconds = {name: [] for name in contenders}
    for _ in tqdm(range(rounds), desc=title, unit="round", leave=False):
        spent = dict.fromkeys(contenders, 0.0)
        for name in [*contenders, *reversed(contenders)]:
            began = time.perf_counter()
            contenders[name]()
            spent[name] += time.perf_counter() - began
        for name, both in spent.items():
            seconds[name].append(both / 2)
    return seconds


def table(seconds: dict[str, list[float]], reference: str, title: str) -> str:
    """Median seconds, and the median of each round's ratio to the reference with its lowest and highest."""
    lines = [
        f"### {title}",
        "",
        f"| | seconds | times {reference} | lowest to highest |",
        "|---|--:|--:|---|",
    ]
    for name, times in seconds.items():
        ratios = [own / base for own, base in zip(times, seconds[reference], strict=True)]
        lines.append(
            f"| {name} | {statistics.median(times):.2f} | {statistics.median(ratios):.3f} "
            f"| {min(ratios):.3f} to {max(ratios):.3f} |"
        )
    return "\n".join(lines)
