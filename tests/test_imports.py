"""What importing the core brings along: torch, and nothing that a bare GPU node lacks."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow  # a new Python for each

HEAVY = ["IPython", "ipykernel", "jupyterlab", "ipywidgets", "jupytext", "matplotlib", "requests", "pandas"]
BLOCKED = "import sys; sys.modules.update(dict.fromkeys({heavy!r}))\n"  # as if they were not installed


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_core_imports_where_jupyter_is_not_installed():
    python(
        BLOCKED.format(heavy=HEAVY)
        + "import utils.models, utils.training, utils.data, utils.convolution, utils.insight"
    )


def test_a_network_trains_where_jupyter_is_not_installed():
    code = """
import torch
from utils import models, training
from utils.data import Dataset
data = Dataset(torch.zeros(8, 1, 28, 28, dtype=torch.uint8), torch.zeros(8).long(), ("a",), "zeros")
print(training.fit(models.create("mlp"), data, epochs=1, progress=False))
"""
    assert "1 epoch in" in python(BLOCKED.format(heavy=HEAVY) + code)


def test_the_core_brings_no_heavy_module_along():
    loaded = python(
        "import sys, torch; before = set(sys.modules)\n"
        "import utils.models, utils.training, utils.data\n"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    ).split()
    assert not set(loaded) & {*HEAVY, "torchvision", "PIL", "lightning", "fastai"}


def test_arithmetic_needs_no_torch():
    assert "torch" not in python("import sys, utils.arithmetic; print(*sys.modules)").split()


def test_figures_import_without_jupyter():
    python(BLOCKED.format(heavy=[name for name in HEAVY if name != "matplotlib"]) + "import utils.figures")


def test_widgets_draw_in_the_page_and_bring_no_matplotlib_along():
    assert "matplotlib" not in python("import sys, utils.widgets; print(*sys.modules)").split()


def test_reading_notebooks_makes_no_parser_of_web_addresses():
    loaded = python("import sys, utils.grading.merging, utils.notebooks.build, utils.site.cards; print(*sys.modules)")
    assert "nbformat" in loaded.split() and "lark" not in loaded.split()
