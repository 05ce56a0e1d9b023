"""What importing the course's core costs beyond importing torch and torchvision."""

import subprocess
import sys

from benchmarks.side_by_side import measure, table

LIBRARIES = "import torch; from utils.compat import import_torchvision; import_torchvision()"


def run(rounds: int) -> str:
    """The table of import times, each in a process of its own."""
    contenders = {
        "torch and torchvision": lambda: python(LIBRARIES),
        "the same, then utils.models, utils.training, utils.data": lambda: python(
            f"{LIBRARIES}; import utils.models, utils.training, utils.data"
        ),
    }
    return table(measure(contenders, rounds, "imports"), "torch and torchvision", "Import time")


def python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
