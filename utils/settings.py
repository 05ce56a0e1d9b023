"""What a notebook needs to know of its machine: the device, the random seeds, and how long it may train."""

import os
import random
from typing import TypeVar

import torch

# cuBLAS reads it once, in the first product of matrices of a program: whether results can be asked to repeat later
# depends on it. Eight buffers of 4 MiB; it costs nothing else.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

T = TypeVar("T")

BUDGETS = ("quick", "laptop", "full")


def device() -> torch.device:
    """The fastest device here: a CUDA GPU, else Apple's GPU, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all it was asked for. A GPU works behind Python's back; a processor does not."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def set_seed(seed: int) -> None:
    """Seed every source of random numbers the course uses: Python's ``random`` and torch on all devices."""
    random.seed(seed)
    torch.manual_seed(seed)


def budget_name() -> str:
    """How long notebooks may train: ``quick``, ``laptop`` or ``full``.

    The environment variable ``COURSE_BUDGET`` decides. Without it a GPU trains in ``full``, any other machine
    in ``laptop``.

    Raises:
        ValueError: ``COURSE_BUDGET`` is none of the three.
    """
    name = os.environ.get("COURSE_BUDGET") or ("full" if device().type == "cuda" else "laptop")
    if name not in BUDGETS:
        raise ValueError(f"COURSE_BUDGET={name!r} is not a budget: choose one of {', '.join(BUDGETS)}")
    return name


def budget(*, quick: T, laptop: T, full: T) -> T:
    """Pick the value for this run's budget.

    Args:
        quick: for tests, a notebook in seconds.
        laptop: a few minutes on two cores.
        full: for a GPU.
    """
    global _asked
    _asked = True
    return {"quick": quick, "laptop": laptop, "full": full}[budget_name()]


_asked = False  # whether anything here depends on the budget


def cut_short() -> bool:
    """Whether something was done at the budget ``quick``, which shows that it runs and no more."""
    return _asked and budget_name() == "quick"
