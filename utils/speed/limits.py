"""What a machine can do at most: operations a second, and bytes a second between its memory and its arithmetic.

The two numbers of a roofline (Williams, Waterman and Patterson 2009, "Roofline: an insightful visual performance model
for multicore architectures"), measured.
"""

import time
from collections.abc import Callable

import torch

from utils.settings import synchronize

COPIED = 2**26  # bytes that a round copies at least: reading the clock must not count


def fastest(work: Callable[[], object], device: torch.device, rounds: int = 5) -> float:
    """Seconds of the fastest of several rounds of ``work``, after one that warms up.

    A limit is what is reached when nothing disturbs, and whatever else runs on a machine only makes it slower.
    """
    seconds = []
    for _ in range(rounds + 1):
        synchronize(device)
        began = time.perf_counter()
        work()
        synchronize(device)
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:])


def peak(device: torch.device, dtype: torch.dtype = torch.float32, *, side: int = 2048, rounds: int = 5) -> float:
    """Operations a second of a product of two matrices of ``side`` × ``side``; a multiply-add is two."""
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return 2 * side**3 / fastest(lambda: left @ right, device, rounds)


def bandwidth(device: torch.device, size: int = 2**28, *, rounds: int = 5) -> float:
    """Bytes a second of copying a tensor of ``size`` bytes, where each is read once and written once.

    A small tensor stays in the memory on the chip, which is faster.
    """
    source = torch.ones(size // 4, device=device)
    target = torch.empty_like(source)
    times = max(1, COPIED // size)

    def copy() -> None:
        for _ in range(times):
            target.copy_(source)

    return 2 * size * times / fastest(copy, device, rounds)
