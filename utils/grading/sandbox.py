"""The sandbox: bubblewrap around one kernel. No network, nothing to write to but a little memory, limits on all.

What is inside: the system's programs and Python with its packages, read-only; the package ``utils``, read-only;
data that ``COURSE_DATA`` names, read-only; three small folders in memory. What is not: ``solutions/``, the
gradebook, other submissions, the home folder, every process and every network of the machine.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import utils

# Inside, everything lies at its real place; out here a .venv may be a link to where it lies.
UTILS = Path(utils.__file__).resolve().parent
KERNEL = UTILS / "grading" / "kernel.py"
PYTHON = Path(sys.executable).parent.resolve() / Path(sys.executable).name
NOBODY = 65534
HOME = "/home/student"


@dataclass(frozen=True)
class Limits:
    """What one submission may use. ``seconds`` are seconds of the processor, for each cell."""

    seconds: float = 30
    memory: int = 4 << 30  # bytes of address space for each process, and in use by all together
    output: int = 1_000_000  # bytes for each cell
    files: int = 64 << 20  # bytes in each folder
    processes: int = 64  # threads count as well; a kernel has a dozen

    def as_resources(self) -> dict[str, int]:
        """The same for ``resource.setrlimit``."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_CPU": int(40 * self.seconds),
            "RLIMIT_FSIZE": self.files,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": 512,
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


def command(folder: Path, limits: Limits) -> list[str]:
    """The command line of bubblewrap. ``folder`` holds the connection; the kernel's command is to follow."""
    size = str(limits.files)
    arguments = [
        *_as_nobody(),
        "bwrap",
        "--unshare-user",
        "--unshare-all",
        "--disable-userns",
        "--cap-drop",
        "ALL",
    ]
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
    arguments += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for place in ("/dev/shm", "/tmp", HOME):
        arguments += ["--size", size, "--tmpfs", place]
    for path in readable():
        arguments += ["--ro-bind", str(path), str(path)]
    arguments += ["--ro-bind", str(folder), str(folder)]
    return [*arguments, "--remount-ro", "/", "--chdir", HOME, "--"]


def readable() -> list[Path]:
    """What of this machine's own files a submission may read, besides the system's."""
    paths = [Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), UTILS]
    if data := os.environ.get("COURSE_DATA"):
        paths.append(Path(data).resolve())
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
        "MALLOC_ARENA_MAX": "2",  # each more would take a part of the address space that is limited
        "COURSE_BUDGET": "quick",
        "COURSE_OFFLINE": "1",
    }
    if data := os.environ.get("COURSE_DATA"):
        variables["COURSE_DATA"] = str(Path(data).resolve())
    return variables


def _as_nobody() -> list[str]:
    """What root puts before the command: nobody, not root, owns the sandbox, for limits on processes spare root.

    Nobody must be able to read Python. Where it lies in a folder that is closed to others, as /root is, the
    command sees a machine on which that folder holds what is needed and nothing else.
    """
    if os.geteuid() != 0:
        return []
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    closed = {
        parent for path in readable() for parent in path.parents if parent.stat().st_mode & 0o005 != 0o005
    }
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
