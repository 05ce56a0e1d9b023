"""Submissions of every kind, honest and hostile, graded in one run in the real sandbox."""

import json
import os
import socket
from pathlib import Path

import psutil
import pytest

from utils.course import ROOT, SOLUTIONS
from utils.grading import parsing, session
from utils.grading.chunks import grade_all, load
from utils.grading.sandbox import Limits

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bwrap")]
LIMITS = Limits(seconds=2, memory=1 << 30, files=8 << 20)


def body(*lines: str) -> str:
    """The answer to task two that does something first."""
    return "\n    ".join(["def two():", *lines, "return 2"])


def after(*lines: str) -> str:
    """The right answer to task two, and then something."""
    return "\n".join(["def two():", "    return 2", *lines])


def cells(notebook, grade_id):
    return [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id]


# --- edits of the notebook around the answers ---------------------------------------------------------------


def wrong_kernel(notebook):
    notebook["metadata"] = {"kernelspec": {"name": "julia-1.9", "language": "julia", "display_name": "?"}}


def stripped(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    notebook["nbformat_minor"] = 0


def reordered(notebook):
    notebook["cells"].reverse()


def deleted(notebook):
    notebook["cells"].remove(cells(notebook, "check-two")[0])


def duplicated(notebook):
    notebook["cells"].append(dict(cells(notebook, "check-two")[0]))


def made_text(notebook):
    cell = cells(notebook, "check-two")[0]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def edited_test(notebook):
    cells(notebook, "check-two")[0]["source"] = "assert True"


def more_points(notebook):
    for name in ("check-one", "check-two"):
        cells(notebook, name)[0]["metadata"]["nbgrader"]["points"] = 1000


def other_role(notebook):
    cells(notebook, "check-two")[0]["metadata"]["nbgrader"].update(grade=False, locked=False, solution=True)


def helper_cell(notebook):
    helper = {
        "cell_type": "code",
        "metadata": {},
        "source": "helper = 2",
        "outputs": [],
        "execution_count": 1,
    }
    notebook["cells"].insert(2, helper)


def writes_a_program(notebook):
    cells(notebook, "one")[0]["source"] += "\nopen('two.py', 'w').write('def two(): return 2')"


FULL, ONLY_TWO = (1, 1, 1), (1, 0, 1)

# name: (answer to task two, edit, points, status, a part of the reason)
HONEST = {
    "perfect": (after(), None, FULL, "graded", ""),
    "noisy": (
        body(
            "import sys, warnings",
            "from tqdm import tqdm",
            "warnings.warn('beware')",
            "list(tqdm(range(3)))",
            "print('!', file=sys.stderr)",
        ),
        None,
        FULL,
        "graded",
        "",
    ),
    "asks": (after("input('your name?')"), None, FULL, "graded", ""),
    "quits": (after("quit()"), None, FULL, "graded", ""),
    "exits": (after("import sys", "sys.exit(1)"), None, FULL, "graded", ""),
    "wrong kernel": (after(), wrong_kernel, FULL, "graded", ""),
    "stripped by Colab": (after(), stripped, FULL, "graded", ""),
    "reordered": (after(), reordered, FULL, "graded", ""),
    "helper cell": (after(), helper_cell, FULL, "graded", ""),
    "test deleted": (after(), deleted, FULL, "needs review", "check-two was deleted"),
    "test duplicated": (after(), duplicated, FULL, "needs review", "check-two is there 2 times"),
    "test made text": (after(), made_text, FULL, "needs review", "check-two was turned into"),
    "thread": (
        after("import threading", "def spin():", "    while True: pass", "threading.Thread(target=spin).start()"),
        None,
        FULL,
        "graded",
        "",
    ),
    "process": (after("import subprocess", "subprocess.Popen(['sleep', '98765'])"), None, FULL, "graded", ""),
}
HONEST["shows a page"] = (
    after("class Page:", "    def _repr_html_(self): return '<script>alert(1)</script>'", "Page()"),
    None,
    FULL,
    "graded",
    "",
)
LOSES_ONE = {
    "syntax error": ("def two(:", None, ONLY_TWO, "graded", ""),
    "endless loop": (body("while True: pass"), None, ONLY_TWO, "graded", ""),
    "memory in a function": (
        body("x = [bytearray(10**8) for _ in range(1000)]"),
        None,
        ONLY_TWO,
        "graded",
        "",
    ),
    "memory in the open": ("x = []\nwhile True: x.append(bytearray(10**7))", None, ONLY_TWO, "graded", ""),
    "endless output": (body("while True: print('spam' * 100)"), None, ONLY_TWO, "graded", ""),
    "magic without a sign": ("run two.py", writes_a_program, ONLY_TWO, "graded", ""),
}
LOSES_THE_KERNEL = {
    "ignores interrupts": (
        body("import signal", "signal.signal(signal.SIGINT, signal.SIG_IGN)", "while True: pass"),
        None,
        ONLY_TWO,
        "needs review",
        "could not be interrupted",
    ),
    "holds the GIL": (
        body("import re", "re.match(r'(a+)+$', 'a' * 50 + 'b')"),
        None,
        ONLY_TWO,
        "needs review",
        "could not be interrupted",
    ),
    "os._exit": (body("import os", "os._exit(0)"), None, ONLY_TWO, "needs review", "ended Python itself"),
    "segfault": (
        body("import ctypes", "ctypes.string_at(0)"),
        None,
        ONLY_TWO,
        "needs review",
        "segmentation fault",
    ),
}
FORGED = "\n".join(
    [
        "import json",
        "session = get_ipython().kernel.session",
        "session.pack = lambda content: json.dumps(content, default=str).encode()",
    ]
)
FORGED_STATUS = "session.send(get_ipython().kernel.iopub_socket, 'status', {}, parent=get_ipython().parent_header)"
LOSES_THE_KERNEL |= {
    "ends at once": ("import os; os._exit(3)", None, ONLY_TWO, "needs review", "ended Python itself"),
    "many files": (
        after("for n in range(40_000): open(f'/tmp/{n}', 'w').close()"),
        None,
        ONLY_TWO,
        "needs review",
        "more than 20,000 files",
    ),
    "cuts the wire": (
        after("import os", "os.closerange(3, 100)"),
        None,
        ONLY_TWO,
        "needs review",
        "This cell",
    ),
}
# What an answer does to the program that all share is no other answer's loss, and is no accusation.
SHARED = {
    name: (after(*lines), None, FULL, "graded", "")
    for name, lines in {
        "another folder": ["import os", "os.chdir('/usr')", "os.environ.clear()"],
        "warnings are errors": [
            "import sys, warnings",
            "warnings.simplefilter('error')",
            "sys.setrecursionlimit(80)",
        ],
    }.items()
}
# Odd messages end no grading, and what was found before them stays.
ODD_MESSAGES = {
    name: (after(FORGED, *lines), None, FULL, "needs review", "the notebook itself")
    for name, lines in {
        "half a character": ["print('\\ud800')"],
        "a status without words": [FORGED_STATUS],
        "a status that is a list": [FORGED_STATUS.replace("{}", "[1]")],
        "replaced is a number": [
            "get_ipython().payload_manager.write_payload({'source': 'replaced', 'names': 7})",
        ],
        "replaced is a tree": ["get_ipython().payload_manager.write_payload({'source': ['replaced'], 'names': [[]]})"],
    }.items()
}
RESTORED = {
    "edited test": (body("return 0"), edited_test, ONLY_TWO, "graded", ""),
    "more points": (body("return 0"), more_points, ONLY_TWO, "graded", ""),
    "other role": (body("return 0"), other_role, ONLY_TWO, "graded", ""),
}


ANY = "class Any(int):\n    def __eq__(self, other): return True\n    def __mul__(self, other): return self\n"
LAMBDA = "class Any(int): __eq__ = __mul__ = lambda self, other: self\n"
# Each gets its points, and a person is asked to look: for what the code says, or (replaces) for what it did.
FLAGGED = {
    name: (two, None, FULL, "needs review", reason)
    for name, (two, reason) in {
        "no stdout": (after("import sys", "sys.stdout = sys.stderr = None"), "changes sys.stdout"),
        "patches numpy": (after("import numpy", "numpy.allclose = print"), "changes numpy.allclose"),
        "patches in a loop": (after("for m in [math]: m.sqrt = print"), "replaces math.sqrt"),
        "patches by a call": (after("type(math).__setattr__(math, 'sin', 3)"), "replaces math.sin"),
        "equal behind %%time": ("%%time\n" + ANY + "def two(): return Any()", "names __eq__"),
        "renames a module": (after("match print:", "    case math: pass"), "replaces math"),
        "input transformer": (
            after("get_ipython().input_transformers_post.append(lambda lines: ['pass'])"),
            "the notebook itself",
        ),
        "equal to anything": (ANY + "def two(): return Any()", "names __eq__"),
        "made equal": (LAMBDA + "def two(): return Any(1)", "names __eq__"),
        "reads frames": (body("import sys", "sys._getframe(1).f_code"), "._getframe"),
        "reads the history": (after("print(In[-1])"), "history"),
        "reaches for replies": (after("import sys", "for s in [sys.stdout.session]: s.x = 1"), ".session"),
    }.items()
}
SUBMISSIONS = HONEST | LOSES_ONE | LOSES_THE_KERNEL | SHARED | ODD_MESSAGES | RESTORED | FLAGGED


def attacks(folder: Path, port: int) -> dict[str, str]:
    """Each returns 2, and so gets its point, only if it succeeds."""
    return {
        "reads the solutions": body(f"import os; assert os.listdir({str(SOLUTIONS)!r})"),
        "reads the course": body(f"import os; assert 'solutions' in os.listdir({str(ROOT)!r})"),
        "reads the gradebook": body(f"open({str(folder / 'gradebook.db')!r}).read()"),
        "reads other students": body(f"import os; assert os.listdir({str(folder / 'submitted')!r})"),
        "reads the home folder": body(f"import os; assert os.listdir({str(folder / 'home')!r})"),
        "reads passwords": body("open('/etc/passwd').read()"),
        "reads by a link": body(
            "import os", f"os.symlink({str(folder / 'gradebook.db')!r}, 'mine')", "open('mine').read()"
        ),
        "calls loopback": body(f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"),
        "calls outside": body("import socket; socket.create_connection(('192.0.2.1', 80), 2)"),
        "writes into the system": body("open('/usr/x', 'w')"),
        "writes into the course": body("import utils; open(utils.__path__[0] + '/x', 'w')"),
        "writes into packages": body("import tqdm; open(tqdm.__path__[0] + '/x', 'w')"),
        "writes beside the sockets": body("import glob, sys; open(glob.glob('/tmp/course-*')[0] + '/x', 'w')"),
        "reads the key": body("import glob; assert glob.glob('/tmp/course-*/*')"),
        "imports its own file": body("open('wave.py', 'w').write('mine = 1')", "import wave; wave.mine"),
        "fills the disk": body("for n in range(5): open(f'{n}', 'wb').write(b'x' * 2_000_000)"),
        "fills the other disk": body("for n in range(5): open(f'/tmp/{n}', 'wb').write(b'x' * 2_000_000)"),
        "starts 200 processes": body(
            "import subprocess; p = [subprocess.Popen(['sleep', '98764']) for _ in range(200)]"
        ),
        "nests a namespace": body("import subprocess; subprocess.run(['unshare', '-Ur', 'true'], check=True)"),
        "becomes root": body("import os; os.setuid(0)"),
        "sees processes": body(f"import os; os.kill({os.getpid()}, 0)"),
        "raises its limits": body("import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))"),
    }


ATTACKS = list(attacks(Path(), 0))
UNREADABLE = {
    "bad JSON": (b'{"cells": [', "its JSON is broken"),
    "empty file": (b"", "The file is empty"),
    "a list": (b"[1, 2]", "a list and not a notebook"),
    "deep": (b"[" * 100_000, "its JSON is broken"),
    "oversize": (b" " * (parsing.FILE_BYTES + 1), "larger than 20 MB"),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory, numbers, paper, submission):
    folder = tmp_path_factory.mktemp("hostile")
    for secret in ("gradebook.db", "home/diary", "submitted/other/answer"):
        (folder / secret).parent.mkdir(parents=True, exist_ok=True)
        (folder / secret).write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        answers = {name: (two, edit) for name, (two, edit, *_) in SUBMISSIONS.items()}
        answers |= {name: (two, None) for name, two in attacks(folder, server.getsockname()[1]).items()}
        answers["60 MB of output"] = (body("print('x' * 60_000_000)"), None)
        contents = {name: submission(edit, two=two) for name, (two, edit) in answers.items()}
        contents |= {name: content for name, (content, _) in UNREADABLE.items()}
        everyone = [parsing.Submission(name, contents[name]) for name in sorted(contents)]
        everyone.append(parsing.Submission("no notebook", problem="There is no notebook."))
        with pytest.MonkeyPatch.context() as quick:
            quick.setattr(session, "PATIENCE", 2.5)
            grade_all(everyone, paper, folder / "results", LIMITS, jobs=2)
    return {result.student: result for result in load(folder / "results")}


def points(result):
    return tuple(result.scores[f"check-{name}"] for name in ("one", "two", "three"))


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_points_and_status(name, results):
    *_, expected, status, reason = SUBMISSIONS[name]
    result = results[name]
    assert (points(result), result.status) == (expected, status), (result.failures, result.reasons)
    assert any(reason in each for each in result.reasons) if reason else not result.reasons


def test_a_flood_costs_its_own_points(results):
    """Stopped by an interrupt, or on a busy machine with its kernel, for which a person is asked to look."""
    result = results["60 MB of output"]
    assert points(result) == ONLY_TWO, (result.failures, result.reasons)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_sandbox_holds(name, results):
    result = results[name]
    assert points(result) == ONLY_TWO, f"{name}: {result.failures} {result.reasons}"


def test_the_attacks_are_meant_seriously(submission, paper, tmp_path):
    """Without the sandbox they get through: so what stops them is the sandbox."""
    (tmp_path / "gradebook.db").write_text("secret")
    two = attacks(tmp_path, 0)["reads the gradebook"]
    everyone = [parsing.Submission("thief", submission(two=two))]
    grade_all(everyone, paper, tmp_path / "results", LIMITS, trusted=True)
    assert points(load(tmp_path / "results")[0]) == FULL


@pytest.mark.parametrize("name", [*UNREADABLE, "no notebook"])
def test_the_unreadable_fail_with_a_reason_and_without_a_zero(name, results):
    result = results[name]
    assert (result.status, result.scores) == ("failed", {})
    assert UNREADABLE.get(name, ("", "There is no notebook"))[1] in result.reasons[0]


def test_why_points_are_missing_is_said(results):
    assert "longer than 2 seconds" in results["endless loop"].failures["check-two"]
    assert "wrote more than 1 MB" in results["60 MB of output"].failures["check-two"]
    assert "MemoryError" in results["memory in a function"].failures["check-two"]
    assert "ended Python" in results["os._exit"].failures["check-two"]
    assert "Not run" in results["ends at once"].failures["check-two"]
    assert any("Cells that you have added" in note for note in results["helper cell"].notes)


def test_nothing_active_is_kept_for_formgrader(results):
    outputs = [output for cell in results["shows a page"].notebook["cells"] for output in cell.get("outputs", [])]
    assert [list(output["data"]) for output in outputs] == [["text/plain"]]


def test_nothing_large_is_kept(results):
    assert all(len(json.dumps(result.notebook)) < 100_000 for result in results.values())


def test_no_process_is_left(results):
    commands = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if {"98764", "98765"} & set(command)]


def test_hostile_ones_among_forty_hurt_nobody(results):
    """Those that crash, flood and fill the memory stand between the honest ones, graded by the same processes."""
    assert len(results) > 40 and set(results) == {
        *SUBMISSIONS,
        *ATTACKS,
        *UNREADABLE,
        "no notebook",
        "60 MB of output",
    }
    assert {name: points(results[name]) for name in HONEST} == dict.fromkeys(HONEST, FULL)
