"""What importing costs: torch and torchvision, the course's core beyond them, and the libraries beside it."""

import subprocess
import sys

from benchmarks.side_by_side import Table, measure, timed

LIBRARIES = "import torch; from utils.compat import import_torchvision; import_torchvision()"
IMPORTS = {
    "torch and torchvision": LIBRARIES,
    "the same, then utils.models, utils.training, utils.data": (
        f"{LIBRARIES}; import utils.models, utils.training, utils.data"
    ),
    "the same, then lightning": f"{LIBRARIES}; import lightning",
    "the same, then fastai.basics": f"{LIBRARIES}; import fastai.basics",
}


def run(rounds: int) -> list[Table]:
    """Import times, each in a process of its own, which takes seconds: half of the rounds must do."""
    contenders = {name: timed(lambda code=code: python(code)) for name, code in IMPORTS.items()}
    return [Table("Import time", "torch and torchvision", measure(contenders, max(2, rounds // 2), "imports"))]


def python(code: str) -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
