"""Where the floor's time goes: what is left when nothing is loaded, counted or shown."""

import torch

from benchmarks.epoch import new_model, resident_batch, tasks

MOST = 6  # operations that are listed


def run(device: torch.device) -> str:
    """For each network the operations that take longest, with their share of the time of all."""
    lines = ["### Where the time of a step goes", ""]
    for title, (name, data, batch_size) in tasks():
        model = new_model(name, data)
        resident_batch(model, data, batch_size, device)  # warms up
        with torch.profiler.profile() as profiler:
            resident_batch(model, data, batch_size, device)
        spent = {event.key: seconds_of(event, device) for event in profiler.key_averages()}
        longest = sorted(spent, key=spent.get, reverse=True)[:MOST]
        total = sum(spent.values())
        lines.append(f"- {title}: " + ", ".join(f"{op} {spent[op] / total:.0%}" for op in longest))
    return "\n".join(lines) + "\n"


def seconds_of(event, device: torch.device) -> float:
    """Of the operation itself, without those that it calls, where it ran."""
    return event.self_cpu_time_total if device.type == "cpu" else event.self_device_time_total
