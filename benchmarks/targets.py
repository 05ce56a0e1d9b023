"""What the course wants to reach, beside what it reached."""

import statistics

import torch

from benchmarks import epoch, target
from benchmarks.side_by_side import Table, spread
from utils.training import choose_precision

# Table, two of its contenders, and how often the second's time the first's should at least (or at most) be.
EPOCHS = [
    ("Lightning's defaults, times fit", epoch.LIGHTNING, epoch.OURS, "at least", 3.5),
    ("fastai's defaults, times fit", epoch.FASTAI, epoch.OURS, "at least", 3.5),
    ("Lightning with all of ours, times fit", epoch.LIGHTNING_EQUAL, epoch.OURS, "at least", 1.0),
    ("fastai with all of ours, times fit", epoch.FASTAI_EQUAL, epoch.OURS, "at least", 1.0),
    ("fit, times the floor", epoch.OURS, epoch.FLOOR, "at most", 1.03),
]
TARGETS = [(title, *row) for title in (epoch.FASHION, epoch.CIFAR) for row in EPOCHS] + [
    (target.TARGET, "the source's recipe, times ours", target.SOURCE, target.OURS, "at least", 6.0)
]


def verdict(tables: list[Table], device: torch.device) -> str:
    """A row for each target whose contenders were measured; nothing, if none was."""
    lines = [
        "### Targets",
        "",
        "They were set for two processor cores that multiply bf16 (AMX). Here the fastest precision is "
        f"{choose_precision(device)}, on {device}.",
        "",
        "| | | ratio | lowest to highest | target | |",
        "|---|---|--:|---|---|---|",
    ]
    by_title = {table.title: table for table in tables}
    measured = [row for row in TARGETS if row[0] in by_title]
    for title, name, one, other, bound, limit in measured:
        ratios = by_title[title].ratios(one, other)
        median = statistics.median(ratios)
        met = median >= limit if bound == "at least" else median <= limit
        reached = "met" if met else "missed"
        lines.append(f"| {title} | {name} | {spread(ratios)} | {bound} {limit} | {reached} |")
    return "\n".join(lines) + "\n" if measured else ""
