"""Is the sandbox there, and does it hold? It is told to break out, by every way we know, and may not."""

import os
import platform
import socket
import tempfile
from pathlib import Path

from utils.course import SOLUTIONS
from utils.grading.sandbox import CONNECTION, HOME, Limits, missing
from utils.grading.session import KernelLost, KernelSession, SandboxError
from utils.grading.syscalls import REFUSED

MARKER = "COURSE_DOCTOR"  # a variable of the environment
LIMITS = Limits(seconds=5, memory=1 << 30, files=8 << 20)

# Calls a system call by its number here, and ends with an error if it fails.
CALL = "import ctypes; assert ctypes.CDLL(None).syscall(*{}) >= 0"
# Each tries something and ends with an error if the sandbox holds. {…} is filled in below. Nothing but loopback is
# called: whether a socket can be made is enough.
ATTEMPTS = {
    "reading the solutions": "import os; assert os.listdir({solutions!r})",
    "reading the home folder": "import os; assert set(os.listdir({home!r})) - {{'.pyenv'}}",
    "reading another folder of this machine": "assert open({secret!r}).read()",
    "reading passwords": "open('/etc/shadow').read(); open('/etc/passwd').read()",
    "this machine's network (loopback)": "import socket; socket.create_connection(('127.0.0.1', {port}), 3)",
    "the network outside": "import socket; socket.create_connection(('192.0.2.1', 80), 3)",
    "being in this machine's network": "import os; assert os.readlink('/proc/self/ns/net') == {net!r}",
    "sockets of any other family": (
        "import socket\n"
        "def can(family, kind):\n"
        "    try: return socket.socket(family, kind)\n"
        "    except OSError: pass\n"
        "assert any(can(f, k) for f in range(46) if f != socket.AF_UNIX for k in (1, 2, 3, 5))"
    ),
    "the environment of who grades": (
        "import glob; assert any({marker!r} in open(p).read() for p in glob.glob('/proc/[0-9]*/environ'))"
    ),
    "the arguments of the sandbox": (
        "import glob; assert any('bind' in open(p).read() for p in glob.glob('/proc/[0-9]*/cmdline'))"
    ),
    "open files and folders of who grades": (
        "import glob, os\n"
        "links = [os.readlink(p) for p in glob.glob('/proc/1/fd/*') + ['/proc/1/cwd', '/proc/self/fd/1']]\n"
        "fine = {home_inside!r}, '/dev/null', '/memfd:log (deleted)'\n"
        "assert any(l.startswith('/') and l not in fine for l in links)"
    ),
    "calling the kernel's keyrings": CALL.format("({keyctl}, 0, -3, 0)"),
    "seeing keys": "import re; assert re.search('[0-9a-f]', open('/proc/keys').read())",
    "memory in files in memory": CALL.format("({memfd_create}, b'm', 0)"),
    "memory in System V's shared memory": CALL.format("({shmget}, 0, 4096, 0o1600)"),
    "memory in messages": CALL.format("({msgget}, 0, 0o1600)"),
    "memory that is shared without a file": "import mmap; mmap.mmap(-1, 4096)",
    "memory in a shared /dev/zero": ("import mmap, os; mmap.mmap(os.open('/dev/zero', os.O_RDWR), 4096)"),
    "memory in pipes": ("assert open('/proc/sys/fs/pipe-user-pages-soft').read().strip() == '0'"),
    "memory in larger sockets": (
        "import socket; socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)"
    ),
    "io_uring": CALL.format("({io_uring_setup}, 1, ctypes.create_string_buffer(120))"),
    "tracing a process": CALL.format("({ptrace}, 0, 0, 0, 0)"),
    "writing into the system": "open('/usr/x', 'w')",
    "writing into Python's packages": "import sys; open(sys.prefix + '/x', 'w')",
    "writing into the course": "import utils; open(utils.__path__[0] + '/x', 'w')",
    "writing beside the connection": "open({connection!r} + '/x', 'w')",
    "writing into the root folder": "open('/x', 'w')",
    "filling the disk": "for n in range(9): open(f'{{n}}', 'wb').write(b'x' * 2_000_000)",
    "filling the memory": "x = bytearray(2 << 30)",
    "two hundred processes": ("import subprocess; p = [subprocess.Popen(['sleep', '9']) for _ in range(200)]"),
    "a namespace of its own": "import subprocess; subprocess.run(['unshare', '-Ur', 'true'], check=True)",
    "becoming root": "import os; os.setuid(0)",
    "seeing this machine's processes": "import os; assert os.readlink('/proc/self/ns/pid') == {processes!r}",
    "time of children that nobody waits for": (
        "import os, signal, time\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "end = time.time() + 4 * {seconds}\n"
        "while time.time() < end:\n"
        "    if not os.fork():\n"
        "        now = time.time()\n"
        "        while time.time() < now + 0.1: pass\n"
        "        os._exit(0)\n"
        "    try: os.wait()\n"
        "    except ChildProcessError: pass"
    ),
    "memory in sockets": (
        "import os, socket, time\n"
        "for _ in range(40):\n"
        "    if not os.fork():\n"
        "        kept = []\n"
        "        while len(kept) < 200:\n"
        "            kept += socket.socketpair()\n"
        "            kept[-1].setblocking(False)\n"
        "            try:\n"
        "                while True: kept[-1].send(b'x' * 65536)\n"
        "            except OSError: pass\n"
        "        time.sleep(9)\n"
        "        os._exit(0)\n"
        "time.sleep(2)"
    ),
    "two hundred thousand files": "for n in range(200_000): open(f'/tmp/{{n}}', 'w').close()",
    "raising its limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
}


def examine() -> dict[str, str]:
    """By attempt: "held", or what got through.

    Raises:
        SandboxError: there is no sandbox, or it does not start.
    """
    if reason := missing():
        raise SandboxError(reason)
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as folder:
        places = _places(Path(folder), server.getsockname()[1])
        tries = {name: code.format(**places) for name, code in ATTEMPTS.items()}
        os.environ[MARKER] = "1"
        try:
            return _try(tries)
        finally:
            del os.environ[MARKER]


def _try(tries: dict[str, str]) -> dict[str, str]:
    """Try all in one sandbox; in the next one, after an attempt that was stopped by ending it."""
    verdicts: dict[str, str] = {}
    while left := [name for name in tries if name not in verdicts]:
        with KernelSession(LIMITS) as kernel:
            if kernel.execute(f"import os; assert os.getcwd() == {HOME!r}").failure:
                raise SandboxError("The sandbox runs, but not as it should.")
            for name in left:
                try:
                    held = bool(kernel.execute(tries[name]).failure)
                except KernelLost:
                    verdicts[name] = "held"
                    break
                verdicts[name] = "held" if held else f"NOT HELD: {tries[name]}"
    return verdicts


def _places(folder: Path, port: int) -> dict[str, object]:
    """What the attempts are filled in with."""
    secret = folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o644)
    folder.chmod(0o755)
    column = {"x86_64": 0, "aarch64": 1}.get(platform.machine(), 0)
    return {
        "solutions": str(SOLUTIONS),
        "home": str(Path.home()),
        "home_inside": HOME,
        "secret": str(secret),
        "port": port,
        "connection": CONNECTION,
        "processes": os.readlink("/proc/self/ns/pid"),
        "net": os.readlink("/proc/self/ns/net"),
        "marker": MARKER,
        "seconds": LIMITS.seconds,
        **{name: numbers[column] for name, numbers in REFUSED.items()},
    }
