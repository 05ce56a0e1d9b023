"""The doctor tries to break out of the sandbox; where there is none, untrusted work is refused."""

import os
import struct
import subprocess
import sys
import time

import pytest

from utils.course import ROOT
from utils.grading import __main__ as command
from utils.grading import doctor, sandbox, syscalls, usage
from utils.grading.sandbox import Limits
from utils.grading.session import KernelSession, SandboxError


@pytest.mark.slow
@pytest.mark.usefixtures("bwrap")
def test_the_sandbox_holds():
    assert {name: verdict for name, verdict in doctor.examine().items() if verdict != "held"} == {}


@pytest.mark.slow
def test_the_doctor_notices_that_there_is_no_sandbox(monkeypatch):
    harmless = ("reading another folder of this machine", "this machine's network (loopback)")
    monkeypatch.setattr(doctor, "ATTEMPTS", {name: doctor.ATTEMPTS[name] for name in harmless})
    monkeypatch.setattr(doctor, "HOME", "/")
    monkeypatch.setattr(doctor, "KernelSession", lambda limits: KernelSession(limits, trusted=True))
    monkeypatch.setattr(doctor, "missing", lambda: None)
    assert all(verdict.startswith("NOT HELD") for verdict in doctor.examine().values())


def _allowed(monkeypatch, *names):
    monkeypatch.setattr(syscalls, "REFUSED", {k: v for k, v in syscalls.REFUSED.items() if k not in names})


def _no_filter(monkeypatch):
    monkeypatch.setattr(syscalls, "program", lambda machine: None)


def _grader_seen(monkeypatch):
    """As it was: started with the grader's environment, and with all that bubblewrap is told in its arguments."""
    popen = subprocess.Popen

    def start(command, *, env, **rest):
        if "--args" in command:
            place = command.index("--args")
            told = os.pread(int(command[place + 1]), 1 << 20, 0).decode().split("\0")
            command, env = [*command[:place], *told, *command[place + 2 :]], None
        return popen(command, env=env, **rest)

    monkeypatch.setattr(sandbox.subprocess, "Popen", start)


HOLES = {
    "no filter": (
        _no_filter,
        "calling the kernel's keyrings",
        "memory in files in memory",
        "memory in System V's shared memory",
        "memory in messages",
        "memory that is shared without a file",
        "memory in larger sockets",
        "sockets of any other family",
    ),
    "one call": (lambda patch: _allowed(patch, "memfd_create"), "memory in files in memory"),
    "the grader's process": (_grader_seen, "the environment of who grades", "the arguments of the sandbox"),
    "its network": (
        lambda patch: (
            _no_filter(patch),
            patch.setattr(sandbox, "arguments", _with_network(sandbox.arguments)),
        ),
        "being in this machine's network",
        "this machine's network (loopback)",
    ),
    "nothing counted": (
        lambda patch: (
            patch.setattr(usage, "_add_what_is_kept", lambda *ignored: None),
            patch.setattr(usage.Meter, "_count_the_gone", lambda *ignored: None),
        ),
        "two hundred thousand files",
        "time of children that nobody waits for",
    ),
}


def _with_network(whole):
    return lambda *given: [*whole(*given), "--share-net"]


@pytest.mark.slow
@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.usefixtures("bwrap")
def test_the_doctor_notices_each_hole(hole, monkeypatch):
    opened, *lines = HOLES[hole]
    opened(monkeypatch)
    monkeypatch.setattr(doctor, "ATTEMPTS", {name: doctor.ATTEMPTS[name] for name in lines})
    verdicts = doctor.examine()
    assert [name for name, verdict in verdicts.items() if verdict == "held"] == []


def test_the_filter_is_right_on_each_machine():
    """Run by hand as the kernel runs it: loads, jumps and returns."""
    for machine, (convention, column) in syscalls.MACHINES.items():
        program = syscalls.program(machine)
        for *numbers, _ in syscalls.REFUSED.values():
            if numbers[column] is not None:
                assert _verdict(program, numbers[column], convention) != syscalls.ALLOW
        (socket, _), mmap, clone = syscalls.SOCKETS, syscalls.MMAP[column], syscalls.CLONE[column]
        assert _verdict(program, socket[column], convention, 1) == syscalls.ALLOW
        for family in (0, 2, 10, 16, 17, 38, 40):
            assert _verdict(program, socket[column], convention, family) == syscalls.EAFNOSUPPORT
        assert _verdict(program, mmap, convention, 0, 0, 0, 0x22) == syscalls.ALLOW
        assert _verdict(program, mmap, convention, 0, 0, 0, 0x21) == syscalls.ENOMEM
        assert _verdict(program, clone, convention, 0x3D0F00) == syscalls.ALLOW
        assert _verdict(program, clone, convention, 0x10000011) == syscalls.EPERM
        assert _verdict(program, 0, convention) == syscalls.ALLOW
        assert _verdict(program, 0, 0x40000003) == syscalls.KILL
    assert _verdict(syscalls.program("x86_64"), syscalls.X32 + 1, 0xC000003E) == syscalls.KILL
    assert syscalls.program("riscv64") is None


def _verdict(program, number, convention, *arguments):
    data = struct.pack("<IIQ6Q", number, convention, 0, *arguments, *[0] * (6 - len(arguments)))
    lines, place, value = list(struct.iter_unpack("<HBBI", program)), 0, 0
    while True:
        code, if_so, else_, operand = lines[place]
        place += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            value = struct.unpack_from("<I", data, operand)[0]
        elif code == 0x54:
            value &= operand
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            place += if_so if holds else else_


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
