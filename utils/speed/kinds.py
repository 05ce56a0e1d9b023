"""Where the time of a step goes: `torch.profiler`, condensed to a few kinds of operations."""

import os
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler writes each start and stop into the notebook

# What the profiler's names of each kind have in them; the first kind that fits is taken.
KINDS = {
    "convolution": ("convolution", "conv2d"),
    "fused": ("CompiledFxGraph", "triton"),
    "batch norm": ("batch_norm", "BatchNorm"),
    "ReLU": ("relu", "Relu", "clamp_min", "threshold"),
}
EXACT = {"aten::add": "addition"}  # the shortcuts'; "aten::add_" moves weights
REST = "the rest"


def seconds_by_kind(work: Callable[[], object], device: torch.device) -> dict[str, float]:
    """Seconds that ``work`` spends in each kind of operation, forward and backward, where they are computed.

    Kinds that do not occur are 0. "fused" is what `torch.compile` has made of several operations.
    """
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
    with profile(activities=activities) as profiler:
        work()
    seconds = dict.fromkeys([*KINDS, *EXACT.values(), REST], 0.0)
    for event in profiler.key_averages():
        # Of the operation itself, without those that it calls.
        own = event.self_device_time_total if device.type == "cuda" else event.self_cpu_time_total
        seconds[kind_of(event.key)] += own / 1e6
    return seconds


def kind_of(name: str) -> str:
    """The kind of an operation of this name."""
    fits = (kind for kind, parts in KINDS.items() if any(part in name for part in parts))
    return EXACT.get(name) or next(fits, REST)
