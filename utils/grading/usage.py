"""What everything in one sandbox uses: seconds of the processor, bytes of memory, files.

Much of it is in no single process's account: the time of processes that are gone, what files and sockets hold.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from utils.grading.sandbox import WRITABLE

SOCKET = 2 * 212_992  # bytes that one can hold: the kernel's usual buffers, which nobody in there may enlarge
FILE = 1_200  # bytes of the kernel for each, however empty


@dataclass
class Usage:
    """``seconds`` since the beginning; the rest at this moment."""

    seconds: float = 0.0
    memory: int = 0
    files: int = 0


class Meter:
    """To be read several times a second. ``sandboxed`` says whether there is more to look at than processes."""

    def __init__(self, process: int, sandboxed: bool):
        self._process, self._sandboxed = process, sandboxed
        self._counted = self._gone = 0.0
        self._started = self._ended = 0

    def family(self) -> list[psutil.Process]:
        """The first process, all that it has started, and all that those have started."""
        try:
            first = psutil.Process(self._process)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def read(self, passed: float) -> Usage:
        """What is used. ``passed`` are the seconds of the clock since the last reading."""
        seconds, memory, tasks = 0.0, 0, 0
        newest = (0.0, 0)  # when it began, and its number as it is inside
        first: list[str] = []  # the numbers of the sandbox's process 1: on this machine, …, inside
        for process in self.family():
            try:
                times, began = process.cpu_times(), process.create_time()
                memory += process.memory_info().rss
                status = _status(process.pid) if self._sandboxed else {}
            except (psutil.Error, OSError):
                continue  # it has just ended
            seconds += times.user + times.system + times.children_user + times.children_system
            if self._sandboxed:
                numbers = status["NSpid"].split()
                memory += 1024 * int(status.get("VmSwap", "0 kB").split()[0])
                tasks += int(status["Threads"])
                newest = max(newest, (began, int(numbers[-1])))
                if numbers[-1] == "1" and len(numbers) > len(first):
                    first = numbers
        if first:
            self._count_the_gone(seconds, passed, newest[1], tasks)
        self._counted = seconds
        usage = Usage(seconds + self._gone, memory)
        if first:
            _add_what_is_kept(usage, first[0])
        return usage

    def _count_the_gone(self, seconds: float, passed: float, newest: int, tasks: int) -> None:
        """Add what was used by those nobody has waited for: the system forgets what they used.

        Each may have used all the time that has passed. Processes and threads are numbered as they start, so the
        newest number tells how many have started and ended, though none was seen.
        """
        most = int(Path("/proc/sys/kernel/pid_max").read_text())  # then the numbers begin anew
        self._started += (newest - self._started) % most
        ended = max(self._ended, self._started - tasks)
        possible = passed * min(ended - self._ended, len(os.sched_getaffinity(0)))
        grown = seconds - self._counted
        self._gone += max(0.0, possible - max(0.0, grown), -grown)
        self._ended = ended


def _status(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def _add_what_is_kept(usage: Usage, first: str) -> None:
    """Add what is in no process: files, and what can wait in sockets. ``first`` is process 1 inside."""
    place = Path("/proc", first)
    try:
        for folder in WRITABLE:
            held = os.statvfs(f"{place}/root{folder}")
            usage.memory += (held.f_blocks - held.f_bfree) * held.f_bsize
            usage.files += held.f_files - held.f_ffree
        sockets = int((place / "net/sockstat").read_text().split()[2])
    except OSError:
        return  # it has just ended; or may not be read here, which `doctor` finds out
    usage.memory += usage.files * FILE + sockets * SOCKET
