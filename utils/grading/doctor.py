"""Is the sandbox there, and does it hold? It is told to break out, by every way we know, and may not."""

import os
import socket
import tempfile
from pathlib import Path

from utils.grading.sandbox import HOME, Limits, missing
from utils.grading.session import KernelSession, SandboxError
from utils.notebooks.course import SOLUTIONS

LIMITS = Limits(seconds=20, memory=1 << 30, files=8 << 20)

# Each tries something and ends with an error if the sandbox holds. {…} is filled in below.
ATTEMPTS = {
    "reading the solutions": "import os; assert os.listdir({solutions!r})",
    "reading the home folder": "import os; assert set(os.listdir({home!r})) - {{'.pyenv'}}",
    "reading another folder of this machine": "assert open({secret!r}).read()",
    "reading passwords": "open('/etc/shadow').read(); open('/etc/passwd').read()",
    "this machine's network (loopback)": "import socket; socket.create_connection(('127.0.0.1', {port}), 3)",
    "the network outside": "import socket; socket.create_connection(('192.0.2.1', 80), 3)",
    "writing into the system": "open('/usr/x', 'w')",
    "writing into Python's packages": "import sys; open(sys.prefix + '/x', 'w')",
    "writing into the course": "import utils; open(utils.__path__[0] + '/x', 'w')",
    "writing beside the connection": "import glob; open(glob.glob({temporary!r} + '/course-*')[0] + '/x', 'w')",
    "writing into the root folder": "open('/x', 'w')",
    "filling the disk": "for n in range(9): open(f'{{n}}', 'wb').write(b'x' * 2_000_000)",
    "filling the memory": "x = bytearray(2 << 30)",
    "two hundred processes": (
        "import subprocess; p = [subprocess.Popen(['sleep', '9']) for _ in range(200)]"
    ),
    "a namespace of its own": "import subprocess; subprocess.run(['unshare', '-Ur', 'true'], check=True)",
    "becoming root": "import os; os.setuid(0)",
    "seeing this machine's processes": "import os; assert '{pid}' in os.listdir('/proc')",
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
        secret = Path(folder, "secret")
        secret.write_text("secret")
        secret.chmod(0o644)
        Path(folder).chmod(0o755)
        places = {
            "solutions": str(SOLUTIONS),
            "home": str(Path.home()),
            "secret": str(secret),
            "port": server.getsockname()[1],
            "temporary": tempfile.gettempdir(),
            "pid": os.getpid(),
        }
        with KernelSession(LIMITS) as kernel:
            if kernel.execute(f"import os; assert os.getcwd() == {HOME!r}").failure:
                raise SandboxError("The sandbox runs, but not as it should.")
            return {
                name: "held" if kernel.execute(code.format(**places)).failure else f"NOT HELD: {code}"
                for name, code in ATTEMPTS.items()
            }
