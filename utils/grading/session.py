"""One kernel in one sandbox: start it, run cells in it, notice when it hangs, floods or dies."""

import contextlib
import json
import os
import secrets
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import zmq
from jupyter_client.session import Session
from nbformat import NotebookNode

from utils.grading import messages, sandbox
from utils.grading.cgroup import ControlGroup
from utils.grading.sandbox import CONNECTION, KERNEL, PYTHON, Limits, environment, hand_over
from utils.grading.usage import Meter

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}  # the last parts of the sockets' names
PATIENCE = 5.0  # seconds of the processor that a cell has for obeying an interrupt
TOO_MUCH = 1.25  # times the memory that all processes may use together: each may use so much by itself
START_SECONDS = 180  # of the clock; a busy machine imports slowly
ADDRESS = 100  # bytes that the name of a socket may have, and a few to spare


class KernelLost(Exception):
    """The kernel is gone, or could not be stopped and was ended. The message says how, to the student."""


class NotInterrupted(KernelLost):
    """It was told to stop, and went on."""


class SandboxError(Exception):
    """The sandbox itself did not work. No fault of a submission."""


@dataclass
class Outcome:
    """What running one cell gave: its outputs, how it failed (empty: it did not), what it replaced in libraries."""

    outputs: list[NotebookNode] = field(default_factory=list)
    failure: str = ""
    replaced: list[str] = field(default_factory=list)


class KernelSession:
    """``with KernelSession(limits) as kernel: kernel.execute(code)``. At the end nothing of it is left.

    ``trusted`` runs the kernel without a sandbox. ``clock`` are the seconds that its cells have together; what is
    left of them is kept there.
    """

    def __init__(self, limits: Limits, trusted: bool = False, clock: float | None = None):
        self.limits, self.trusted = limits, trusted
        self._group: ControlGroup | None = None  # out here there is none
        self.clock = limits.clock if clock is None else clock

    def __enter__(self) -> "KernelSession":
        self._folder = _folder()
        folder = Path(self._folder.name)
        key = secrets.token_hex(16)
        self._session = Session(key=key.encode())
        self._context = zmq.Context()
        self._monitors: list[zmq.Socket] = []
        self._shell = self._listen(folder, "shell", zmq.DEALER)
        self._control = self._listen(folder, "control", zmq.DEALER)
        self._iopub = self._listen(folder, "iopub", zmq.SUB)
        self._iopub.subscribe(b"")

        connection: dict[str, int | str] = {f"{channel}_port": port for channel, port in PORTS.items()}
        seen = folder if self.trusted else Path(CONNECTION)  # from inside
        connection |= {"transport": "ipc", "ip": str(seen / "kernel"), "key": key}
        connection |= {"signature_scheme": "hmac-sha256"}
        (folder / "connection.json").write_text(json.dumps(connection))
        for path in [folder, *folder.iterdir()]:
            hand_over(path)
        # Limited like every file the sandbox writes, and in Linux without a name that could be read inside.
        in_memory = hasattr(os, "memfd_create")
        self._log = os.fdopen(os.memfd_create("log"), "w+b") if in_memory else tempfile.TemporaryFile()
        program = [str(PYTHON), str(KERNEL), str(seen / "connection.json")]
        resources = self.limits.as_resources()
        if self.trusted:
            del resources["RLIMIT_NPROC"]  # out here it would count all your processes
        program += [json.dumps(resources), str(self.limits.output)]
        theirs, self._lifeline = os.pipe()  # the kernel ends when nobody holds our end of it
        if self.trusted:
            self._process = subprocess.Popen(
                program,
                stdin=theirs,
                stdout=self._log,
                stderr=self._log,
                cwd="/",
                env=environment(),
            )
        else:
            self._group = ControlGroup(int(TOO_MUCH * self.limits.memory))
            self._process = sandbox.start(program, folder, self.limits, theirs, self._log, self._group)
        os.close(theirs)
        self._meter = Meter(self._process.pid, sandboxed=not self.trusted)
        try:
            self._wait_for_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored: object) -> None:
        for process in self._meter.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()  # all, for without a sandbox nobody else does
        self._process.wait()
        os.close(self._lifeline)
        if self._group:
            self._group.remove()
        self._context.destroy(linger=0)
        self._log.close()
        self._folder.cleanup()

    def execute(self, code: str, history: bool = True) -> Outcome:
        """Run one cell. Without ``history`` later cells cannot look it up.

        Raises:
            KernelLost: the process ended, or would not stop.
        """
        content = {"code": code, "silent": False, "store_history": history, "user_expressions": {}}
        content |= {"allow_stdin": False, "stop_on_error": False}
        asked = self._session.msg("execute_request", content)
        self._session.send(self._shell, asked)
        request = asked["header"]["msg_id"]
        outcome, written = Outcome(), 0
        watch = _Watch(self)
        replied_at, idle = None, False
        # The last output comes before "idle"; a flood can wash that away.
        while not (replied_at and (idle or time.monotonic() > replied_at + 2)):
            try:
                watch.look()
            except NotInterrupted as loss:
                if outcome.failure == "output":
                    much = f"This cell wrote more than {self.limits.output / 1e6:g} MB and could not be interrupted."
                    raise KernelLost(much) from loss
                raise
            for socket in self._poll():
                frames = socket.recv_multipart()
                written += sum(map(len, frames)) if socket is self._iopub else 0
                message = self._read(frames, request)
                if message is None:
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "execute_reply":
                    replied_at = time.monotonic()
                    if content.get("status") != "ok" and not outcome.failure:
                        # A class can be called nothing at all.
                        outcome.failure = str(content.get("ename") or "error")[:200]
                    outcome.replaced += messages.replaced(content)
                elif kind == "status":
                    idle = content.get("execution_state") == "idle"
                elif written <= self.limits.output:
                    messages.keep(outcome.outputs, message)
            if written > self.limits.output:
                outcome.failure = "output"
            elif watch.too_long() and not replied_at:
                outcome.failure = "time"
            if outcome.failure in ("output", "time") and not replied_at:
                watch.interrupt()
        for _ in range(watch.interrupts):
            if self._control.poll(5000):
                self._control.recv_multipart()  # it has been carried out, and cannot hit the next cell
        return outcome

    def _listen(self, folder: Path, channel: str, kind: int) -> zmq.Socket:
        socket = self._context.socket(kind)
        socket.maxmsgsize = 8 * self.limits.output  # a character takes six bytes at most; who sends more is cut off
        socket.rcvhwm = 8  # as many wait
        self._monitors.append(socket.get_monitor_socket(zmq.EVENT_DISCONNECTED))
        socket.bind(f"ipc://{folder}/kernel-{PORTS[channel]}")
        return socket

    def _wait_for_start(self) -> None:
        """Until the kernel has connected and its messages arrive."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._iopub.poll(200):  # the first message is its welcome
                self._iopub.recv_multipart()
                if self._shell.poll(5000, zmq.POLLOUT) and self._control.poll(5000, zmq.POLLOUT):
                    # Nobody else may connect, or read the key, and answer in the kernel's place.
                    for path in Path(self._folder.name).iterdir():
                        path.unlink()
                    return
        self._log.seek(0)
        words = self._log.read()[-2000:].decode(errors="replace").strip()
        raise SandboxError(f"The sandbox did not start. {words or 'It said nothing.'}")

    def _poll(self) -> list[zmq.Socket]:
        """Sockets that have a message.

        Raises:
            KernelLost: the kernel, which still runs, has been cut off.
        """
        poller = zmq.Poller()
        for socket in (self._shell, self._iopub, *self._monitors):
            poller.register(socket, zmq.POLLIN)
        ready = [socket for socket, _ in poller.poll(200)]
        if not any(socket in self._monitors for socket in ready):
            return ready
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)  # the end of Python cuts it off, too, and `look` has words for that
            return []
        raise KernelLost("This cell cut the connection to the grader, or sent more at once than it takes.")

    def _read(self, frames: list[bytes], request: str) -> dict | None:
        """A message that belongs to a request, or None: the code in there can send whatever it likes."""
        try:
            _, parts = self._session.feed_identities(frames, copy=True)
            message = self._session.deserialize(parts)
            ours = message["parent_header"]["msg_id"] == request
            return messages.clean(message) if ours and isinstance(message["content"], dict) else None
        except Exception:
            return None


class _Watch:
    """Watches one cell: time, memory, life."""

    def __init__(self, kernel: KernelSession):
        self.kernel = kernel
        self.clock, self.looked = 0.0, time.monotonic()
        self.used_before = kernel._meter.read(0.0).seconds
        self.used = 0.0  # seconds of the processor
        self.interrupted_at: tuple[float, float] | None = None  # first
        self.interrupts = 0

    def look(self) -> None:
        """Five times a second, see what the cell has used.

        Raises:
            KernelLost: the kernel has ended, does not obey an interrupt, or fills the memory.
        """
        limits = self.kernel.limits
        status = self.kernel._process.poll()
        if status is not None:
            how = "by a segmentation fault" if status in (139, -11) else f"with status {status}"
            raise KernelLost(f"This cell ended Python itself ({how}).")
        now = time.monotonic()
        if now - self.looked < 0.2:
            return
        passed = min(1.0, now - self.looked)  # a laptop that slept, or is busy, does not make a cell slow
        usage = self.kernel._meter.read(passed)
        self.looked = now
        self.clock += passed
        self.kernel.clock -= passed
        self.used = usage.seconds - self.used_before
        if usage.memory > TOO_MUCH * limits.memory:
            raise KernelLost("This cell filled the memory: with processes, files or what it sent to nobody.")
        if usage.files > limits.names:
            raise KernelLost(f"This cell made more than {limits.names:,} files.")
        if self.interrupted_at:
            clock_then, used_then = self.interrupted_at
            if self.used - used_then > PATIENCE or self.clock - clock_then > 10 * PATIENCE:
                raise NotInterrupted("This cell went on for too long and could not be interrupted.")

    def too_long(self) -> bool:
        """The processor's seconds count. Sleeping is stopped in the end as well."""
        limit = self.kernel.limits.seconds
        return self.used > limit or self.clock > 10 * limit or self.kernel.clock < 0

    def interrupt(self) -> None:
        """Now, and again every second: one that comes before the cell has really begun is lost."""
        self.interrupted_at = self.interrupted_at or (self.clock, self.used)
        if self.clock >= self.interrupted_at[0] + self.interrupts:
            self.kernel._session.send(self.kernel._control, "interrupt_request", {})
            self.interrupts += 1


def _folder() -> tempfile.TemporaryDirectory:
    """A new folder for sockets, in the temporary folder; in /tmp if that has too long a name for sockets.

    Raises:
        SandboxError: no folder will do.
    """
    for place in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(place)) + len("/course-12345678/kernel-5") < ADDRESS and os.access(place, os.W_OK):
            return tempfile.TemporaryDirectory(prefix="course-", dir=place)
    raise SandboxError("The name of the temporary folder is too long for sockets. Set TMPDIR to a shorter one.")
