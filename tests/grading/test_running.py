"""One notebook in several kernels: whose points an answer costs that ends Python, hangs, or sleeps."""

import os
import signal
import time

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from utils.grading.cgroup import ControlGroup
from utils.grading.running import run
from utils.grading.sandbox import Limits
from utils.grading.session import KernelLost, KernelSession, _folder
from utils.grading.usage import Meter, Usage

pytestmark = pytest.mark.slow  # starts kernels


def notebook(**tasks: tuple[str, str]):
    """A notebook of answers by name, each with its check."""
    cells = []
    for name, (answer, check) in tasks.items():
        for source, role, of in ((answer, "solution", name), (check, "grade", f"check-{name}")):
            cells.append(new_code_cell(source, metadata={"nbgrader": {role: True, "grade_id": of}}))
    return new_notebook(cells=cells)


def test_a_later_answer_that_is_right_without_an_earlier_one_keeps_its_points(bwrap):
    """The first answer leaves a clock behind that ends Python while the second is at work."""
    bomb = "import os, threading\nthreading.Timer(1, os._exit, [1]).start()"
    tasks = {
        "bomb": (bomb, "pass"),
        "slow": ("import time\ntime.sleep(2)\nx = 1", "assert x == 1"),
        "last": ("y = 2", ""),
    }
    result = run(notebook(**tasks), Limits(seconds=10))
    assert result.failures == {} and "without the answers before slow" in " ".join(result.reasons)


def test_all_cells_together_have_so_much_of_the_clock_and_what_is_left_over_is_named(bwrap):
    """An interrupt that is lost, as one is that comes before the cell has begun, is followed by others."""
    sleeping = ("import time\ntry: time.sleep(300)\nexcept KeyboardInterrupt: time.sleep(300)", "pass")
    began = time.monotonic()
    result = run(notebook(a=sleeping, b=sleeping, c=sleeping, d=("x = 1", "")), Limits(seconds=0.3))
    assert time.monotonic() - began < 200
    assert "0.1 minutes" in result.failures[6] and result.failures[6].startswith("Not run.")
    assert any("Not run: d." in reason for reason in result.reasons)


def test_a_control_group_bounds_memory_that_nobody_has_counted(bwrap, monkeypatch):
    """As if all were used up between two looks: ten processes with 200 MB each, and 1.25 GB for all."""
    group = ControlGroup(1 << 30)
    if group.folder is None:
        pytest.skip("no control group can be made here: that takes root, or a system that has handed some out")
    group.remove()
    monkeypatch.setattr(Meter, "read", lambda *_: Usage())
    held = "held = sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 for child in children)\nprint(held)"
    code = f"""
import os, time
children = []
for _ in range(10):
    children.append(os.fork())
    if not children[-1]:
        x = bytearray(b"x") * (200 << 20)
        time.sleep(3)
        os._exit(0)
{held}"""
    with KernelSession(Limits(seconds=20, memory=1 << 30)) as kernel:
        try:
            outputs = kernel.execute(code).outputs
        except KernelLost:
            outputs = []  # the kernel chose Python itself to make room
    assert not outputs or int(outputs[0].text) < 7
    assert kernel._group.folder is None, "it was removed"


def test_a_temporary_folder_with_a_long_name_does_not_matter(monkeypatch, tmp_path):
    deep = tmp_path / ("t" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with _folder() as folder:
        assert len(folder) < 80


@pytest.mark.parametrize("trusted", [False, True])
def test_a_kernel_ends_with_its_grader_by_itself(trusted, bwrap):
    """bubblewrap may have looked for its parent too early: what ends the kernel is the pipe that the grader held."""
    with KernelSession(Limits(), trusted) as kernel:
        kernel.execute("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)")
        lifeline, kernel._lifeline = kernel._lifeline, os.open(os.devnull, os.O_RDONLY)
        os.close(lifeline)
        assert kernel._process.wait(60) in (-signal.SIGKILL, 128 + signal.SIGKILL)


def test_an_error_without_a_name_is_a_failure_too():
    with KernelSession(Limits(), trusted=True) as kernel:
        assert kernel.execute("raise type('', (Exception,), {})()").failure
