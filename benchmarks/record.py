"""Results that are kept: one JSON file for each benchmark and device, with all that is needed to judge or repeat it."""

import datetime
import json
import platform
import re
import sys
from pathlib import Path

import torch

RESULTS = Path(__file__).parent / "results"


def save(benchmark: str, device: torch.device, measured: dict) -> Path:
    """Write ``measured`` with date, device, versions and command into ``results/``, over an older one of its kind."""
    name = device_name(device)
    facts = {
        "benchmark": benchmark,
        "date": datetime.date.today().isoformat(),
        "device": name,
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "python": platform.python_version(),
        "system": platform.system(),
        "command": " ".join(["python", *sys.orig_argv[1:]]),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{benchmark}-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.json"
    path.write_text(json.dumps(facts | measured, indent=1) + "\n", encoding="utf-8")
    return path


def device_name(device: torch.device) -> str:
    """What people call it: "NVIDIA H200", or "AMD EPYC, 2 threads"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple GPU ({platform.processor()})"
    name = torch.cpu.get_capabilities().get("cpu_name") if hasattr(torch.cpu, "get_capabilities") else ""
    return f"{name or platform.processor() or platform.machine()}, {torch.get_num_threads()} threads"
