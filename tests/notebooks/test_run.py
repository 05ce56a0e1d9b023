"""Every lecture runs at the quick budget, and its marked facts come out: on the bundled sample, some on real data."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from utils.course import ROOT, lectures


def run_with_nbval(notebook: Path, **environment: str) -> str:
    """Run all cells in a kernel of their own; outputs of cells tagged nbval-check-output must be the committed ones.

    Of pytest's plugins only nbval is loaded, after a package with which it starts quickly.

    Returns:
        What does not hold, or nothing.
    """
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "--rootdir", str(ROOT), "-q"]
    command += ["-p", "utils.notebooks", "-p", "nbval.plugin", "-p", "no:cacheprovider", str(notebook)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"COURSE_BUDGET": "quick", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        capture_output=True,
        text=True,
    )
    return done.stdout[-5000:] if done.returncode else ""


# Committed outputs come from real data, and belong to the code beside them (test_committed.py). Here the package may
# have changed since: one lecture for each set of real data is enough.
REAL = {"Fashion-MNIST": "03", "files of CIFAR-10": "04", "CIFAR-10": "11"}


@pytest.mark.slow
@pytest.mark.parametrize("data", REAL)
def test_on_the_data_that_is_here(data):
    here = [lecture for lecture in lectures() if lecture.number == REAL[data]]
    if not here:
        pytest.skip(f"this course has no lecture {REAL[data]}")
    assert not run_with_nbval(here[0].notebook)


AWAY = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests/devices")!r})
from pretended import pretended
kept = pretended()  # without a name it would end at once
kept.__enter__()
"""


@pytest.fixture
def away(tmp_path) -> dict[str, str]:
    """The environment of a kernel with nothing but the bundled sample, whose fastest device is the pretended one."""
    startup = tmp_path / "profile_default/startup/away.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(AWAY)
    nowhere = {"COURSE_DATA": "", "XDG_CACHE_HOME": str(tmp_path), "XDG_DATA_DIRS": str(tmp_path)}
    return {"IPYTHONDIR": str(tmp_path), "COURSE_OFFLINE": "1"} | nowhere


@pytest.mark.slow
def test_offline_on_the_bundled_sample_alone_and_away_from_the_processor(lecture, away):
    """A GPU would refuse what the pretended device refuses."""
    assert not run_with_nbval(lecture.notebook, **away)


@pytest.mark.slow
def test_what_stays_on_the_processor_is_noticed(away, tmp_path):
    code = "import torch\nfrom utils import settings\ntorch.ones(2, device=settings.device()) + torch.ones(2)"
    notebook = tmp_path / "forgotten.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), notebook)
    assert "to be on the same device" in run_with_nbval(notebook, **away)
