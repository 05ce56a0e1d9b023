"""What a machine can do at most: operations a second, and bytes a second between its memory and its arithmetic.

The two numbers of a roofline (Williams, Waterman and Patterson 2009, "Roofline: an insightful visual performance model
for multicore architectures"), measured.
"""

import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

from utils.settings import synchronize

MOVED = 2**26  # bytes that a round changes at least: reading the clock must not count


def fastest(work: Callable[[], object], device: torch.device, rounds: int = 30) -> float:
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


def peak(device: torch.device, dtype: torch.dtype = torch.float32, *, side: int = 1024, rounds: int = 100) -> float:
    """Operations a second of the faster of two works: libraries differ in which of them they are best at.

    They are a product of two matrices of ``side`` × ``side``, and a 3×3 convolution of ``side`` / 8 channels to as
    many, on 4 images of 16×16. A multiply-add is two operations.
    """
    channels = side // 8
    sizes = (side, side), (side, side), (4, channels, 16, 16), (channels, channels, 3, 3)
    left, right, images, weight = (torch.randn(size, device=device).to(dtype) for size in sizes)
    product = 2 * side**3 / fastest(lambda: left @ right, device, rounds)
    operations = 2 * 9 * channels**2 * 4 * 16 * 16
    return max(product, operations / fastest(lambda: F.conv2d(images, weight, padding=1), device, rounds))


def bandwidth(device: torch.device, size: int = 2**28, *, rounds: int = 30) -> float:
    """Bytes a second of adding one to each number of a tensor of ``size`` bytes: each is read once and written once.

    A small tensor stays in the memory on the chip, which is faster.
    """
    numbers = torch.zeros(size // 4, device=device)
    times = max(1, MOVED // size)

    def add() -> None:
        for _ in range(times):
            numbers.add_(1)

    return 2 * size * times / fastest(add, device, rounds)
