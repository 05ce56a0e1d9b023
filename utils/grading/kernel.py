"""What runs inside the sandbox: an IPython kernel that is limited, and calls us instead of waiting for a call.

A file that is run by its path, so that nothing else of the grader is needed in there. A usual kernel creates
its sockets, so it needs a folder it can write to. This one connects to sockets that the grader has created:
the folder can be read-only.
"""

import fcntl
import importlib
import json
import os
import resource
import select
import signal
import sys
import traceback
import warnings
from collections.abc import Mapping
from itertools import chain
from operator import is_
from types import CellType, FunctionType, ModuleType

import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

# What checks rely on, and no answer has to change.
WATCHED = {
    "builtins", "math", "numpy", "numpy.linalg", "numpy.testing", "random", "torch", "torch.linalg", "torch.nn",
    "torch.nn.functional", "torch.nn.init", "torch.utils.data", "utils",
}  # fmt: skip
# By IPython; by torch for its compiler, and for `torch.set_default_dtype`.
CHANGING = {"builtins._", "builtins.input", "torch.manual_seed", "torch.Storage"}


class Outputs(IOPubThread):
    """What forked processes print comes in by a name: a usual kernel uses TCP, and the sandbox has none."""

    def _setup_pipe_in(self):
        self._pipe_uuid = os.urandom(16)
        self._pipe_name = f"ipc://@{self._pipe_uuid.hex()}"
        self._pipe_in = ZMQStream(_linger(self.socket.context.socket(zmq.PULL), 0), self.io_loop)
        self._pipe_in.socket.bind(self._pipe_name)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self):
        context = zmq.Context()  # after a fork a new one
        pipe_out = _linger(context.socket(zmq.PUSH), 3000)
        pipe_out.connect(self._pipe_name)
        return context, pipe_out


def _linger(socket, milliseconds):
    socket.linger = milliseconds
    return socket


class Kernel(kernelapp.IPKernelApp):
    def _bind_socket(self, socket, port):
        if socket is not self.shell_socket:
            self._call(socket, port)
        return port

    def init_control(self, context):
        super().init_control(context)
        # Not before: a debugger would connect to the shell beside us.
        self._call(self.shell_socket, self.shell_port)

    def init_heartbeat(self):
        """None: the grader sees for itself whether this process lives."""

    def write_connection_file(self, **ignored):
        """None: the grader has written it, and takes it away as soon as all have connected."""

    def _call(self, socket, port):
        socket.connect(f"ipc://{self.ip}-{port}")


def end_with_the_grader() -> None:
    """Standard input is a pipe that only the grader holds: when it is gone, however it ended, so is this process.

    bubblewrap's own --die-with-parent comes too late when the grader is killed while a sandbox starts.
    """
    lifeline = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:
        sys.exit("The grader has gone.")


def forget_failures(shell) -> None:
    """Let go of what a failed cell holds: its frames, and after a MemoryError its names. The next cell needs room."""
    before: dict[str, object] = {}

    def remember(info):
        before.clear()
        before.update(shell.user_ns)

    def forget(result):
        error = result.error_in_exec
        if error is not None:
            traceback.clear_frames(error.__traceback__)
            sys.last_value = sys.last_traceback = None
        if isinstance(error, MemoryError):
            for name in set(shell.user_ns) - set(before):
                del shell.user_ns[name]
            shell.user_ns.update(before)

    shell.events.register("pre_run_cell", remember)
    shell.events.register("post_run_cell", forget)


def interrupt_cells_only(kernel) -> None:
    """An interrupt ends the cell that runs, and nothing else: one that came a moment later would cost its reply."""
    kernel.pre_handler_hook = kernel.post_handler_hook = lambda: None  # would allow it from request to reply

    def allow(info):
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a cell that awaits has its own way
            signal.signal(signal.SIGINT, signal.default_int_handler)

    kernel.shell.events.register("pre_run_cell", allow)
    kernel.shell.events.register("post_execute", lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))


def put_back(shell) -> None:
    """Undo, after each check, what an answer has turned for the whole program: the next task must not pay for it."""
    streams = sys.stdout, sys.stderr, sys.displayhook
    environment, folder = dict(os.environ), os.getcwd()
    others = sys.getrecursionlimit(), warnings.filters[:]

    def restore(result):
        sys.stdout, sys.stderr, sys.displayhook = streams  # after each cell, or its end could not be told
        if result.info is not None and result.info.store_history:
            return
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        sys.setrecursionlimit(others[0])
        warnings.filters[:] = others[1]  # type: ignore[index]  # it is a list
        warnings._filters_mutated()  # type: ignore[attr-defined]  # what they made of warnings before is forgotten
        if "utils.checks.base" in sys.modules:
            importlib.import_module("utils.checks.switches").USUAL.put_back()

    shell.events.register("post_run_cell", restore)


def speak_briefly(session, most: int) -> None:
    """Cut messages: the grader hangs up on one that is too long, and one line printed can be as long as the memory.

    A little more than ``most`` characters are left, so that the grader sees that it was too much.
    """
    pack = session.pack

    def cut(value, room):
        if isinstance(value, str):
            value = value[: max(0, room[0])]
            room[0] -= len(value)
        elif isinstance(value, dict):
            value = {name: cut(item, room) for name, item in value.items()}
        elif isinstance(value, list | tuple):
            value = [cut(item, room) for item in value]
        return value

    session.pack = lambda message: pack(cut(message, [most + 1]))


def report_patches(shell) -> None:
    """Tell the grader, in the reply to a cell, what in the watched modules the cell has replaced.

    `suspicion` reads the code; this sees what it did, however it was written.
    """
    known = {place: _functions(namespace) for place, namespace in _namespaces(shell).items()}

    def report(result):
        replaced = []
        for place, namespace in _namespaces(shell).items():
            now = _functions(namespace)
            before = known.get(place, now)  # what the cell has imported is known from here on
            if not _same(before, now):
                replaced += [place + name for name in _replaced(place, before, now)]
            known[place] = now  # said once
        if replaced:
            shell.payload_manager.write_payload({"source": "replaced", "names": replaced})

    shell.events.register("post_run_cell", report)


def _namespaces(shell) -> dict[str, Mapping]:
    """By its name and a point: the watched modules that are loaded, their classes, and the notebook's modules."""
    modules = {
        name: module
        for name, module in list(sys.modules.items())
        if (name in WATCHED or name.startswith("utils.")) and isinstance(module, ModuleType)
    }
    known = {id(module) for module in modules.values()}
    found: dict[str, Mapping] = {"": {name: value for name, value in shell.user_ns.items() if id(value) in known}}
    for place, module in modules.items():
        found[f"{place}."] = vars(module)
        for name, kind in vars(module).items():
            if isinstance(kind, type) and str(kind.__module__).startswith(("torch", "utils")):
                found[f"{place}.{name}."] = vars(kind)
    return found


def _functions(namespace: Mapping) -> dict[str, tuple]:
    """What can be called in a module or class, and what it is made of."""
    return {
        name: _made_of(value)
        for name, value in namespace.items()
        if callable(value) or isinstance(value, (ModuleType, property, staticmethod, classmethod))
    }


def _made_of(value: object) -> tuple:
    """A function and its code, and of the course's functions what they keep in closures: a check keeps its
    examination there. A task of the checks is a tuple, which holds functions.
    """
    if type(value) is not FunctionType and not isinstance(value, tuple):
        return (value,)
    parts: dict[int, object] = {}
    waiting: list[object] = [value]
    while waiting:
        part = waiting.pop()
        if id(part) in parts:
            continue
        parts[id(part)] = part
        if isinstance(part, tuple):
            waiting += part
        elif type(part) is FunctionType:
            waiting += [part.__code__, part.__defaults__]
            if part.__module__.startswith("utils"):
                waiting += [cell.cell_contents for cell in part.__closure__ or () if cell != CellType()]
    return tuple(parts.values())


def _same(before: dict[str, tuple], now: dict[str, tuple]) -> bool:
    """The very same objects under the same names: nearly always so, and this runs after every cell."""
    parts = chain.from_iterable
    return list(before) == list(now) and all(map(is_, parts(before.values()), parts(now.values())))


def _replaced(place: str, before: dict[str, tuple], now: dict[str, tuple]) -> list[str]:
    """Names that mean something else now. A new one counts as well: it can hide a builtin, or what a class inherits."""
    names = [
        name
        for name, parts in before.items()
        if name not in now or any(old is not new for old, new in zip(parts, now[name], strict=False))
    ]
    if place not in ("", "builtins."):
        names += [name for name in now if name not in before and not isinstance(now[name][0], ModuleType)]
    return [name for name in names if place + name not in CHANGING]


def leave(*ignored) -> None:
    """What ``quit()`` and ``exit()`` do in here: end the cell, not the kernel."""
    raise SystemExit("quit() ends this cell only")


def main(connection_file: str, limits: str, output: str) -> None:
    for name, most in json.loads(limits).items():
        resource.setrlimit(getattr(resource, name), (most, most))
    if sys.platform == "linux":  # others have no names without a file, and no sandbox
        end_with_the_grader()
        kernelapp.IOPubThread = Outputs  # type: ignore[misc]  # where the kernel looks it up
    # Without ignore_cwd a file that an answer writes could be imported in place of a module.
    app = Kernel.instance(connection_file=connection_file, ignore_cwd=True, log_level=50)
    app.initialize([])
    # A line without % could be a magic, and nobody who reads the code would see it.
    shell = app.kernel.shell
    shell.automagic = False
    shell.InteractiveTB.set_mode("Plain")  # the lines that failed, and not those around them, of hidden tests
    speak_briefly(app.session, int(output))
    forget_failures(shell)
    report_patches(shell)
    put_back(shell)
    interrupt_cells_only(app.kernel)
    shell.user_ns["quit"] = shell.user_ns["exit"] = leave
    app.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
