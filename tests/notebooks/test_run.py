"""Every lecture runs at the quick budget, and its marked facts come out: on the data that is here, and on none."""

import os
import subprocess
import sys

import pytest

from utils.course import ROOT


def run_with_nbval(lecture, **environment) -> None:
    """Run all cells in a kernel of their own; outputs of cells tagged nbval-check-output must be the committed ones."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "--rootdir", str(ROOT)]
    command += ["-p", "no:cacheprovider", "-q", str(lecture.notebook)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"COURSE_BUDGET": "quick"} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.mark.slow
def test_on_the_data_that_is_here(lecture):
    run_with_nbval(lecture)


AWAY = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests/devices")!r})
from pretended import pretended
pretended().__enter__()
"""


@pytest.mark.slow
def test_offline_on_the_bundled_sample_alone_and_away_from_the_processor(lecture, tmp_path):
    """On the pretended device, that is: a GPU would refuse what it refuses."""
    startup = tmp_path / "profile_default/startup/away.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(AWAY)
    run_with_nbval(
        lecture,
        IPYTHONDIR=str(tmp_path),
        COURSE_OFFLINE="1",
        COURSE_DATA="",
        XDG_CACHE_HOME=str(tmp_path),
        XDG_DATA_DIRS=str(tmp_path),
    )
