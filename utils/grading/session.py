"""One kernel in one sandbox: start it, run cells in it, notice when it hangs, floods or dies."""

import contextlib
import json
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
from nbformat.v4 import output_from_msg

from utils.grading.sandbox import KERNEL, PYTHON, Limits, command, environment, hand_over

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}  # the last parts of the sockets' names
PATIENCE = 5.0  # seconds of the processor that a cell has for obeying an interrupt
START_SECONDS = 180  # of the clock; a busy machine imports slowly


class KernelLost(Exception):
    """The kernel is gone, or could not be stopped and was ended. The message says how, to the student."""


class SandboxError(Exception):
    """The sandbox itself did not work. No fault of a submission."""


@dataclass
class Outcome:
    """What running one cell gave: its outputs, how it failed (None: it did not), what it replaced in libraries."""

    outputs: list[NotebookNode] = field(default_factory=list)
    failure: str | None = None
    replaced: list[str] = field(default_factory=list)


class KernelSession:
    """``with KernelSession(limits) as kernel: kernel.execute(code)``. At the end nothing of it is left.

    ``trusted`` runs the kernel without a sandbox.
    """

    def __init__(self, limits: Limits, trusted: bool = False):
        self.limits, self.trusted = limits, trusted

    def __enter__(self) -> "KernelSession":
        self._folder = tempfile.TemporaryDirectory(prefix="course-")
        folder = Path(self._folder.name)
        key = secrets.token_hex(16)
        self._session = Session(key=key.encode())
        self._context = zmq.Context()
        self._shell = self._listen(folder, "shell", zmq.DEALER)
        self._control = self._listen(folder, "control", zmq.DEALER)
        self._iopub = self._listen(folder, "iopub", zmq.SUB)
        self._iopub.subscribe(b"")

        connection = {f"{channel}_port": port for channel, port in PORTS.items()}
        connection |= {"transport": "ipc", "ip": str(folder / "kernel"), "key": key}
        connection |= {"signature_scheme": "hmac-sha256"}
        (folder / "connection.json").write_text(json.dumps(connection))
        for path in [folder, *folder.iterdir()]:
            hand_over(path)
        self._log = tempfile.TemporaryFile()  # limited like every file the sandbox writes
        program = [str(PYTHON), str(KERNEL), str(folder / "connection.json")]
        resources = self.limits.as_resources()
        if self.trusted:
            del resources["RLIMIT_NPROC"]  # out here it would count all your processes
        program.append(json.dumps(resources))
        self._process = subprocess.Popen(
            program if self.trusted else command(folder, self.limits) + program,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd="/",
            env=environment() if self.trusted else None,
        )
        try:
            self._wait_for_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored: object) -> None:
        for process in [*self._family(), self._process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()  # all, for without a sandbox nobody else does
        self._process.wait()
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
        request = self._session.send(self._shell, "execute_request", content)["header"]["msg_id"]
        outcome, written = Outcome(), 0
        watch = _Watch(self)
        replied_at, idle = None, False
        # The last output comes before "idle"; a flood can wash that away.
        while not (replied_at and (idle or time.monotonic() > replied_at + 2)):
            watch.look()
            for socket in self._poll():
                frames = socket.recv_multipart()
                written += sum(map(len, frames)) if socket is self._iopub else 0
                message = self._read(frames)
                if message is None or message["parent_header"].get("msg_id") != request:
                    continue
                kind = message["msg_type"]
                if kind == "execute_reply":
                    replied_at = time.monotonic()
                    if message["content"]["status"] != "ok" and outcome.failure is None:
                        outcome.failure = message["content"].get("ename", "error")
                    for payload in message["content"].get("payload", []):
                        if payload["source"] == "replaced":
                            outcome.replaced += payload["names"]
                elif kind == "status":
                    idle = message["content"]["execution_state"] == "idle"
                elif written <= self.limits.output:
                    _keep(outcome.outputs, message)
            if written > self.limits.output:
                outcome.failure = "output"
            elif watch.too_long() and not replied_at:
                outcome.failure = "time"
            if outcome.failure in ("output", "time") and not replied_at:
                watch.interrupt()
        if watch.interrupted_at and self._control.poll(5000):
            self._control.recv_multipart()  # it has been carried out, and cannot hit the next cell
        return outcome

    def _listen(self, folder: Path, channel: str, kind: int) -> zmq.Socket:
        socket = self._context.socket(kind)
        socket.maxmsgsize = 256 << 20
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
        poller = zmq.Poller()
        poller.register(self._shell, zmq.POLLIN)
        poller.register(self._iopub, zmq.POLLIN)
        return [socket for socket, _ in poller.poll(200)]

    def _read(self, frames: list[bytes]) -> dict | None:
        """A message, or None: the code in there can send whatever it likes."""
        try:
            _, parts = self._session.feed_identities(frames, copy=True)
            message = self._session.deserialize(parts)
            message["content"], message["parent_header"].get("msg_id")
        except Exception:
            return None
        return message

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


class _Watch:
    """Watches one cell: time, memory, life."""

    def __init__(self, kernel: KernelSession):
        self.kernel = kernel
        self.clock, self.looked = 0.0, time.monotonic()
        self.used_before, self.memory = self._usage()
        self.used = 0.0  # seconds of the processor
        self.interrupted_at: tuple[float, float] | None = None

    def look(self) -> None:
        """Five times a second, see what the cell has used.

        Raises:
            KernelLost: the kernel has ended, does not obey an interrupt, or fills the memory.
        """
        status = self.kernel._process.poll()
        if status is not None:
            how = "by a segmentation fault" if status in (139, -11) else f"with status {status}"
            raise KernelLost(f"This cell ended Python itself ({how}).")
        now = time.monotonic()
        if now - self.looked < 0.2:
            return
        self.clock += min(1.0, now - self.looked)  # a laptop that slept does not make a cell slow
        self.looked = now
        used, self.memory = self._usage()
        self.used = used - self.used_before
        if self.memory > 1.25 * self.kernel.limits.memory:
            raise KernelLost("This cell started processes that filled the memory.")
        if self.interrupted_at:
            clock_then, used_then = self.interrupted_at
            if self.used - used_then > PATIENCE or self.clock - clock_then > 10 * PATIENCE:
                raise KernelLost("This cell went on for too long and could not be interrupted.")

    def too_long(self) -> bool:
        """The processor's seconds count. Sleeping is stopped in the end as well."""
        limit = self.kernel.limits.seconds
        return self.used > limit or self.clock > 10 * limit

    def interrupt(self) -> None:
        if self.interrupted_at is None:
            self.interrupted_at = (self.clock, self.used)
            self.kernel._session.send(self.kernel._control, "interrupt_request", {})

    def _usage(self) -> tuple[float, int]:
        """Seconds of the processor and bytes of memory of everything in the sandbox."""
        seconds, memory = 0.0, 0
        for process in self.kernel._family():
            try:
                times = process.cpu_times()
                seconds += times.user + times.system + times.children_user + times.children_system
                memory += process.memory_info().rss
            except psutil.Error:
                pass  # it has just ended
        return seconds, memory


def _keep(outputs: list[NotebookNode], message: dict) -> None:
    """Add a message to a cell's outputs, lines of one stream together."""
    if message["msg_type"] == "clear_output":
        outputs.clear()
        return
    try:
        output = output_from_msg(message)
    except Exception:
        return  # not an output
    last = outputs[-1] if outputs else None
    if last and output.output_type == "stream" and last.output_type == "stream" and last.name == output.name:
        last.text += output.text
    else:
        outputs.append(output)
