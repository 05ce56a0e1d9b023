"""A control group around one sandbox, where one can be made: memory that no accounting comes too late for.

It counts what processes, files in memory and the kernel for them hold together. It can be made by root, and by others
where the system has handed them a part of its groups; elsewhere what is used is looked at several times a second.
"""

import contextlib
import time
from pathlib import Path
from uuid import uuid4

GROUPS = Path("/sys/fs/cgroup")


class ControlGroup:
    """``folder`` is None where no group can be made."""

    def __init__(self, memory: int):
        self.folder: Path | None = None
        for parent, limits in _parents():
            folder = parent / f"course-{uuid4().hex[:8]}"
            try:
                folder.mkdir()
                (folder / limits[0]).write_text(str(memory))
            except OSError:
                with contextlib.suppress(OSError):
                    folder.rmdir()
                continue
            for without_swap in limits[1:]:
                with contextlib.suppress(OSError):  # not every kernel counts swap
                    (folder / without_swap[0]).write_text(without_swap[1].format(memory))
            self.folder = folder
            return

    @property
    def entrance(self) -> str:
        """The file into which a process writes its number to belong to it, or nothing."""
        return str(self.folder / "cgroup.procs") if self.folder else ""

    def remove(self) -> None:
        """Once all in it have ended."""
        for _ in range(100):
            if self.folder is None:
                return
            try:
                self.folder.rmdir()
                self.folder = None
            except OSError:  # the kernel is still taking its last process away
                time.sleep(0.1)


def _parents() -> list[tuple[Path, list]]:
    """Where a group may be made: this process's own, of either version; and the files that hold its limits."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            place = GROUPS / "memory" / path.lstrip("/")
            found.append((place, ["memory.limit_in_bytes", ("memory.memsw.limit_in_bytes", "{}")]))
        elif not controllers and _is_shared_out(GROUPS / path.lstrip("/")):
            found.append((GROUPS / path.lstrip("/"), ["memory.max", ("memory.swap.max", "0")]))
    return found


def _is_shared_out(group: Path) -> bool:
    """Whether groups below this one have a limit of memory."""
    try:
        return "memory" in (group / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
