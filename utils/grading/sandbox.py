"""The sandbox: bubblewrap around one kernel. No network, nothing to write to but a little memory, limits on all.

What is inside: the system's programs and Python with its packages, read-only; the package ``utils``, read-only;
data that ``COURSE_DATA`` names, read-only; three small folders in memory. What is not: ``solutions/``, the
gradebook, other submissions, the home folder, the environment, arguments and open files of whoever grades, keyrings,
every process and every network of the machine.

What can be seen and is not hidden: where the folders above lie on this machine, the names of its file systems
(``/proc/self/mountinfo``), its processors, memory and kernel (``/proc``).
"""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import utils
from utils.files import classroom
from utils.grading import syscalls
from utils.grading.cgroup import ControlGroup

# Inside, everything lies at its real place; out here a .venv may be a link to where it lies.
UTILS = Path(utils.__file__).resolve().parent
KERNEL = UTILS / "grading" / "kernel.py"
ENTER = UTILS / "grading" / "enter.py"
PYTHON = Path(sys.executable).parent.resolve() / Path(sys.executable).name
NOBODY = 65534
HOME = "/home/student"
WRITABLE = ("/dev/shm", "/tmp", HOME)
CONNECTION = "/run/connection"  # inside; out here it is a temporary folder, whose name is nobody's business


@dataclass(frozen=True)
class Limits:
    """What one submission may use. ``seconds`` are seconds of the processor, for each cell.

    Of the clock a cell may use ten times as much, for sleeping and on a busy machine, and all cells together
    twenty times.
    """

    seconds: float = 30
    memory: int = 4 << 30  # bytes of address space for each process, and in use by all together
    output: int = 1_000_000  # bytes for each cell
    files: int = 64 << 20  # bytes in each folder
    names: int = 20_000  # files in all folders together: an empty one takes a kilobyte, too
    processes: int = 64  # threads count as well; a kernel has a dozen

    @property
    def clock(self) -> float:
        """Seconds of the clock that all cells of a notebook have together."""
        return 20 * self.seconds

    def as_resources(self) -> dict[str, int]:
        """The same for ``resource.setrlimit``."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_CPU": int(40 * self.seconds),
            "RLIMIT_FSIZE": self.files,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": 256,  # with what pipes hold, which nobody counts
            "RLIMIT_MSGQUEUE": 0,
            "RLIMIT_CORE": 0,
        }


def missing() -> str | None:
    """Why there can be no sandbox on this machine, or None."""
    if sys.platform != "linux":
        return "The sandbox needs Linux (bubblewrap uses its namespaces)."
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed: on Debian and Ubuntu, `apt-get install bubblewrap`."
    return None


def hand_over(path: Path) -> None:
    """Let the sandbox's user read what root has created."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def start(
    program: list[str], folder: Path, limits: Limits, stdin: int, log: IO, group: ControlGroup
) -> subprocess.Popen:
    """Start a program in the sandbox, with ``folder`` at `CONNECTION`; what it writes goes to ``log``.

    What can be read inside of the sandbox's own process, its environment and its arguments, is this and no more:
    a search path, two numbers of files that are closed by then, and the program.
    """
    options, filter_ = arguments(folder, limits), syscalls.program(platform.machine())
    files = [_as_file("\0".join(options).encode())]
    command = ["bwrap", "--args", str(files[0])]
    if filter_:
        files.append(_as_file(filter_))
        command += ["--seccomp", str(files[1])]
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(ENTER), group.entrance, *_as_nobody(), *command, "--", *program],
            stdin=stdin,
            stdout=log,
            stderr=log,
            pass_fds=files,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
    finally:
        for file in files:
            os.close(file)


def _as_file(content: bytes) -> int:
    """The number of an open file in memory, to be read from its beginning."""
    file = os.memfd_create("sandbox")
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def arguments(folder: Path, limits: Limits) -> list[str]:
    """What bubblewrap is told. ``folder`` holds the connection."""
    arguments = ["--unshare-user", "--unshare-all", "--disable-userns", "--cap-drop", "ALL"]
    arguments += ["--new-session", "--die-with-parent", "--clearenv"]
    for name, value in environment().items():
        arguments += ["--setenv", name, value]
    arguments += ["--ro-bind", "/usr", "/usr"]
    for link in ("/bin", "/sbin", "/lib", "/lib64"):
        if os.path.islink(link):
            arguments += ["--symlink", os.readlink(link), link]
        elif os.path.exists(link):
            arguments += ["--ro-bind", link, link]
    for file in ("ld.so.cache", "alternatives", "fonts", "localtime"):
        arguments += ["--ro-bind-try", f"/etc/{file}", f"/etc/{file}"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    # Shared memory could be made of /dev/zero, which is in no process's account; terminals hold some, too.
    arguments += ["--dev-bind", "/dev/null", "/dev/zero", "--tmpfs", "/dev/pts", "--remount-ro", "/dev/pts"]
    arguments += ["--remount-ro", "/dev"]
    for file in ("/proc/keys", "/proc/key-users"):
        if os.path.exists(file):
            arguments += ["--ro-bind", "/dev/null", file]
    for place in WRITABLE:
        arguments += ["--size", str(limits.files), "--tmpfs", place]
    for path in readable():
        arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--ro-bind", str(folder), CONNECTION]
    return [*arguments, "--remount-ro", "/", "--chdir", HOME]


def readable() -> list[Path]:
    """What of this machine's own files a submission may read, besides the system's."""
    paths = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), UTILS]
    if data := classroom():
        paths.append(data.resolve())
    return [path for path in dict.fromkeys(paths) if not path.is_relative_to("/usr")]


def environment() -> dict[str, str]:
    """All environment variables of a kernel."""
    variables = {
        "PATH": f"{PYTHON.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME,
        "USER": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(UTILS.parent),
        "PYTHONSAFEPATH": "1",  # nothing is imported from where a program lies or is started
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "OMP_NUM_THREADS": "1",  # --jobs shares the cores out
        "OMP_THREAD_LIMIT": "16",  # of `torch.set_num_threads(64)` Python would die: so many cannot be had
        "MALLOC_ARENA_MAX": "2",  # each more would take a part of the address space that is limited
        "COURSE_BUDGET": "quick",
        "COURSE_OFFLINE": "1",
    }
    if data := classroom():
        variables["COURSE_DATA"] = str(data.resolve())
    return variables


def _as_nobody() -> list[str]:
    """What root puts before the command: nobody, not root, owns the sandbox, for limits on processes spare root.

    Nobody must be able to read Python. Where it lies in a folder that is closed to others, as /root is, the
    command sees a machine on which that folder holds what is needed and nothing else.
    """
    if os.geteuid() != 0:
        return []
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    closed = {parent for path in readable() for parent in path.parents if parent.stat().st_mode & 0o005 != 0o005}
    if not closed:
        return become
    # Who becomes nobody no longer dies with the parent; the end of a process namespace takes all along.
    view = ["bwrap", "--die-with-parent", "--unshare-pid", "--dev-bind", "/", "/"]
    for folder in sorted(closed):
        view += ["--tmpfs", str(folder)]
    for path in readable():
        if closed.intersection(path.parents):
            for parent in reversed(path.parents):
                if closed.intersection(parent.parents):
                    view += ["--perms", "0755", "--dir", str(parent)]
            view += ["--ro-bind", str(path), str(path)]
    return [*view, "--", *become]
