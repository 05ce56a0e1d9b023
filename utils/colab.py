"""What the first cell of a lecture does on Colab after it has fetched the course."""

import importlib.metadata
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

# Colab's own builds fit its GPUs and each other; a second copy of any of them breaks the session.
UNTOUCHED = ("torch", "torchvision", "numpy")
# Of the extra "lab", what a lecture needs in any notebook. The rest of it is JupyterLab itself.
FROM_LAB = ("anywidget",)


def install_missing(pyproject: Path = Path(__file__).parents[1] / "pyproject.toml") -> list[str]:
    """Install the course's dependencies that are not there yet, leaving ``UNTOUCHED`` as they are.

    Returns:
        The names of what was installed, often none.

    Raises:
        RuntimeError: pip could not; the message ends with pip's own.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    lab = [line for line in project["optional-dependencies"]["lab"] if line.startswith(FROM_LAB)]
    wanted = {re.match(r"[\w.-]+", line)[0]: line for line in project["dependencies"] + lab}
    missing = [name for name in wanted if name not in UNTOUCHED and not _is_installed(name)]
    if missing:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as keep:
            for name in filter(_is_installed, UNTOUCHED):
                print(f"{name}=={importlib.metadata.version(name)}", file=keep, flush=True)
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", keep.name]
            command += [wanted[name] for name in missing]
            pip = subprocess.run(command, capture_output=True, text=True)
        if pip.returncode:
            raise RuntimeError(f"pip could not install {', '.join(missing)}:\n{pip.stderr}")
        importlib.invalidate_caches()  # so that this very process finds what is new
    return missing


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
