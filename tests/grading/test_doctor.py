"""The doctor tries to break out of the sandbox; where there is none, untrusted work is refused."""

import subprocess
import sys
import time

import pytest

from utils.grading import __main__ as command
from utils.grading import doctor, sandbox
from utils.grading.sandbox import Limits
from utils.grading.session import KernelSession, SandboxError
from utils.notebooks.course import ROOT


@pytest.mark.slow
@pytest.mark.usefixtures("bwrap")
def test_the_sandbox_holds():
    assert {name: verdict for name, verdict in doctor.examine().items() if verdict != "held"} == {}


@pytest.mark.slow
def test_the_doctor_notices_a_sandbox_that_does_not_hold(monkeypatch):
    harmless = ("reading another folder of this machine", "this machine's network (loopback)")
    monkeypatch.setattr(doctor, "ATTEMPTS", {name: doctor.ATTEMPTS[name] for name in harmless})
    monkeypatch.setattr(doctor, "HOME", "/")
    monkeypatch.setattr(doctor, "KernelSession", lambda limits: KernelSession(limits, trusted=True))
    monkeypatch.setattr(doctor, "missing", lambda: None)
    assert all(verdict.startswith("NOT HELD") for verdict in doctor.examine().values())


def test_without_bubblewrap_untrusted_work_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="apt-get install bubblewrap"):
        doctor.examine()
    with pytest.raises(SystemExit, match=r"bubblewrap is not installed.*--trusted"):
        command.main(["grade", str(tmp_path), "--out", str(tmp_path / "grades"), "--assignment", "01"])
    assert not (tmp_path / "grades").exists()


def test_the_sandbox_can_read_a_python_that_is_reached_through_a_link(tmp_path):
    (tmp_path / ".venv").symlink_to(sys.prefix)
    code = (
        "from utils.grading.sandbox import PYTHON, readable; "
        "assert any(PYTHON.is_relative_to(path) for path in readable()), PYTHON"
    )
    subprocess.run([tmp_path / ".venv/bin/python", "-c", code], cwd=ROOT, check=True)


@pytest.mark.slow
@pytest.mark.usefixtures("bwrap")
def test_a_sandbox_that_cannot_start_says_so(monkeypatch):
    monkeypatch.setattr(sandbox, "readable", lambda: [])  # not even Python is there
    began = time.monotonic()
    with pytest.raises(SandboxError, match="did not start"), KernelSession(Limits()):
        pass
    assert time.monotonic() - began < 60
