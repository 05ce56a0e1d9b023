"""Timing several ways of doing one thing, so that the ratios hold on a machine whose speed drifts."""

import statistics
import time
from collections.abc import Callable

from tqdm import tqdm


def measure(contenders: dict[str, Callable[[], None]], rounds: int, title: str) -> dict[str, list[float]]:
    """Seconds of every contender in every round. Each round runs all of them, one after another.

    A first round is run and thrown away: it pays for memory, caches and compiled kernels.
    """
    seconds = {name: [] for name in contenders}
    for number in tqdm(range(rounds + 1), desc=title, unit="round", leave=False):
        for name, run in contenders.items():
            began = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - began)
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
