"""Torch's own switches that a run sets, and puts back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def for_training(device: torch.device, deterministic: bool) -> Iterator[None]:
    """What training needs, whatever somebody has switched before; afterwards all is as it was.

    Gradients are on. Random numbers may be seeded freely: the caller's go on outside as if nothing had happened. With
    ``deterministic`` only algorithms that repeat are used; without, cuDNN tries which is the fastest for these shapes,
    which are the same in every step.
    """
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    with _own_random_numbers(device), torch.inference_mode(False), torch.enable_grad():
        torch.use_deterministic_algorithms(deterministic or before[0])
        torch.backends.cudnn.benchmark = not torch.are_deterministic_algorithms_enabled()
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0])
            torch.backends.cudnn.benchmark = before[1]


@contextmanager
def _own_random_numbers(device: torch.device) -> Iterator[None]:
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        if device.type != "mps":
            yield
            return
        before = torch.mps.get_rng_state()  # torch.manual_seed seeds Apple's GPU too, and fork_rng leaves it out
        try:
            yield
        finally:
            torch.mps.set_rng_state(before)
