"""A fresh machine has Python, make and git: what needs more is skipped there and says which package brings it."""

import os
import re
import subprocess
import sys
from glob import glob
from pathlib import Path

import pytest

from tests.conftest import needed
from tests.needs import NEEDS
from utils.course import ROOT

PACKAGES = {package for package, _ in NEEDS.values()}


def fresh_machine(bwrap: str) -> list[str]:
    """What, before a command, takes everything in ``NEEDS`` away from it, and the network."""
    command = [bwrap, "--dev-bind", "/", "/", "--unshare-net"]
    for place in [place for _, places in NEEDS.values() for place in places]:
        if place.startswith("/"):
            for folder in {os.path.dirname(path) for path in glob(place)}:
                command += ["--tmpfs", folder]
        else:
            paths = [Path(folder, place) for folder in os.get_exec_path()]
            for program in {path.resolve() for path in paths if path.exists()}:
                command += ["--ro-bind", "/dev/null", program]
    return command


@pytest.mark.slow
def test_on_a_fresh_machine_each_test_that_needs_more_is_skipped_and_names_the_package(bwrap):
    command = [*fresh_machine(bwrap), sys.executable, "-m", "pytest", "-p", "no:nbval", "-q", "-m", "needs"]
    environment = {name: value for name, value in os.environ.items() if not re.match("CI$|PYTEST_", name)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert re.search(r"^\d+ skipped, \d+ deselected in", done.stdout, re.MULTILINE), done.stdout
    reasons = re.findall(r"^SKIPPED.*", done.stdout, re.MULTILINE)
    named = {reason.rpartition("apt-get install ")[2] for reason in reasons}
    assert named == PACKAGES - {"util-linux"}, done.stdout  # which comes with every Debian


def test_continuous_integration_installs_what_is_missing_and_fails_without(monkeypatch):
    command = [sys.executable, ROOT / "tests" / "needs.py"]
    printed = subprocess.check_output(command, env={"PATH": ""}, text=True)
    assert set(printed.split()) >= {"bubblewrap", "chromium", "nodejs", "util-linux"}
    assert set(printed.split()) <= PACKAGES
    assert "tests/needs.py" in (ROOT / ".ci" / "run").read_text()
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="apt-get install nodejs"):
        needed("node")
