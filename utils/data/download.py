"""Bring one file from the network: from the first mirror that serves it well, resumed, checked, and only once.

The bytes go to ``NAME.part``. Only a file whose length and SHA-256 are right gets its name, in one step, so a
download that was stopped, or killed, leaves nothing that could be taken for the whole.
"""

import contextlib
import errno
import os
import queue
import shutil
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from utils.data.files import sha256_of
from utils.data.mirrors import Remote

# Seconds in which a host must answer, looking up its name included, before it counts as unreachable; and for how
# long that is believed: long enough for the loads of one notebook, short enough to go on after reconnecting.
REACH = 1.0
REMEMBER = 60.0
# A mirror is left when it sends nothing for STALL seconds, or fewer than SLOW bytes per second over WINDOW seconds.
# (At that speed CIFAR-10 takes 20 minutes.)
STALL = 5.0
WINDOW = 5.0
SLOW = 150_000

# For each host and port: when it was asked, and whether it answered.
_answered: dict[tuple[str, int], tuple[float, bool]] = {}


class DownloadError(Exception):
    """No mirror served the file. The message says what each of them did."""


class MirrorError(Exception):
    """One mirror did not serve the file. ``rate``: the bytes per second it managed, 0 if it has nothing of use."""

    def __init__(self, why: str, rate: float = 0) -> None:
        super().__init__(why)
        self.rate = rate


def fetch(remote: Remote, folder: Path) -> None:
    """Download ``remote`` into ``folder``, unless it is there already.

    Raises:
        DownloadError: no mirror could be reached, or none served the file.
        OSError: ``folder`` cannot be written.
    """
    from filelock import FileLock

    target, part = folder / remote.name, folder / f"{remote.name}.part"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{remote.name}.lock"):
        if _is(remote, target):
            return  # another process, which held the lock until now, was quicker
        if shutil.disk_usage(folder).free < remote.size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if not _is(remote, part):  # it is, if an earlier download was stopped at its last step
            _from_mirrors(remote, part)
        os.replace(part, target)


def remove_damaged(remotes: Iterable[Remote], folder: Path) -> bool:
    """Delete those of the files in ``folder`` that ``fetch`` would not have put there; whether there were any."""
    from filelock import FileLock

    damaged = False
    for remote in remotes:
        target = folder / remote.name
        with FileLock(folder / f"{remote.name}.lock"):  # another process may be about to put a good one there
            if target.exists() and not _is(remote, target):
                target.unlink()
                damaged = True
    return damaged


def _is(remote: Remote, path: Path) -> bool:
    return path.exists() and path.stat().st_size == remote.size and sha256_of(path) == remote.sha256


def reachable(urls: Iterable[str]) -> list[str]:
    """Those of ``urls`` whose hosts accept a connection, found out in at most ``REACH`` seconds for all of them."""
    addresses = {url: _address(url) for url in urls}
    start = time.monotonic()
    new = {address for address in addresses.values() if start - _answered.get(address, (-REMEMBER, 0))[0] >= REMEMBER}
    answers: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
    for address in new:
        _answered[address] = (start, False)
        # A thread each, left behind when time is up, because looking up a name cannot be interrupted. If its answer
        # comes late, it counts the next time.
        threading.Thread(target=_knock, args=(address, answers), daemon=True).start()
    with contextlib.suppress(queue.Empty):
        for _ in new:
            answers.get(timeout=max(0, start + REACH - time.monotonic()))
    return [url for url, address in addresses.items() if _answered[address][1]]


def _address(url: str) -> tuple[str, int]:
    """Host and port to connect to for ``url``: the proxy's, where one is set."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")  # people leave that out
    return parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)


def _knock(address: tuple[str, int], answers: queue.SimpleQueue) -> None:
    with contextlib.suppress(OSError):
        # Half the time for each of its addresses: behind a dead one there may be a good one.
        socket.create_connection(address, timeout=REACH / 2).close()
        _answered[address] = (time.monotonic(), True)
    answers.put(address)


def _from_mirrors(remote: Remote, part: Path) -> None:
    """Fill ``part`` from one mirror, or from several in turn.

    Raises:
        DownloadError: none could be reached, or none served the file.
    """
    urls = reachable(remote.urls)
    if not urls:
        raise DownloadError("no mirror could be reached")
    failures = {}
    for url in urls:
        try:
            _from_mirror(url, remote, part, SLOW)
            return
        except MirrorError as error:
            failures[url] = error
    # A mirror that is slow, or broke off, is better than none: the best of them first, at any speed.
    for url in sorted((url for url in urls if failures[url].rate), key=lambda url: -failures[url].rate):
        try:
            _from_mirror(url, remote, part, 0)
            return
        except MirrorError as error:
            failures[url] = error
    raise DownloadError("; ".join(f"{urlsplit(url).hostname} {error}" for url, error in failures.items()))


def _from_mirror(url: str, remote: Remote, part: Path, slow: float) -> None:
    """Fill ``part`` from ``url``, keeping the bytes that are there if the server goes on from them.

    Raises:
        MirrorError: it refuses, sends something else, stops, or sends less than ``slow`` bytes per second.
        OSError: ``part`` cannot be written.
    """
    from requests import RequestException
    from tqdm import tqdm
    from urllib3.exceptions import HTTPError

    start = part.stat().st_size if part.exists() else 0
    meter = _Meter(slow)
    try:
        response = _ask(url, start)
        resumed = f"bytes {start}-{remote.size - 1}/{remote.size}"
        if start and response.headers.get("Content-Range") != resumed:
            response.close()
            start = 0
            response = _ask(url, start)
        _look_at_headers(response, remote.size - start)
        with (
            response,
            open(part, "ab" if start else "wb") as file,
            tqdm(
                desc=remote.name,
                total=remote.size,
                initial=start,
                unit="B",
                unit_scale=True,
                delay=1,
                mininterval=0.5,
                leave=False,
                file=sys.stdout,  # notebooks paint stderr as if something had gone wrong
            ) as bar,
        ):
            # read1 returns what has come, instead of waiting for a full chunk: only so is a trickle seen.
            # The bytes are taken as they are: a server may declare a .gz file as a compressed transfer.
            while chunk := response.raw.read1(1 << 18, decode_content=False):
                file.write(chunk)
                bar.update(len(chunk))
                meter.add(len(chunk))
                if start + meter.total > remote.size:
                    raise MirrorError("sent more than the file")
    except (RequestException, HTTPError) as error:
        raise MirrorError(f"failed ({type(error).__name__})", meter.rate()) from error

    size = part.stat().st_size
    if size < remote.size:
        raise MirrorError(f"broke off after {size:,} of {remote.size:,} bytes", meter.rate())
    if sha256_of(part) != remote.sha256:
        part.unlink()
        if not start:
            raise MirrorError("sent an altered file (its SHA-256 differs)")
        # Perhaps only the bytes that were there before were bad: once more, from the start.
        _from_mirror(url, remote, part, slow)


def _ask(url: str, start: int):
    """Request the bytes from ``start`` on; the answer's headers are there, its body is still to be read."""
    import requests

    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    return requests.get(url, headers=headers, stream=True, timeout=STALL)


def _look_at_headers(response, expected: int) -> None:
    """Refuse an answer that cannot be the ``expected`` bytes before they are read.

    Raises:
        MirrorError: the answer is an error, a web page, or of another length.
    """
    length = response.headers.get("Content-Length")
    why = None
    if response.status_code not in (200, 206):
        why = f"answered {response.status_code} {response.reason}"
    elif response.headers.get("Content-Type", "").startswith("text/html"):
        why = "sent a web page"
    elif length not in (None, str(expected)):
        why = f"offered {length} bytes instead of {expected}"
    if why:
        response.close()
        raise MirrorError(why)


class _Meter:
    """Measures the speed of a transfer."""

    def __init__(self, slow: float) -> None:
        self.slow = slow
        self.begin = self.window_begin = time.monotonic()
        self.total = self.in_window = 0

    def rate(self) -> float:
        """Bytes per second since the beginning."""
        return self.total / (time.monotonic() - self.begin)

    def add(self, size: int) -> None:
        """Count ``size`` bytes that have come.

        Raises:
            MirrorError: fewer than ``slow`` bytes per second came in the last ``WINDOW`` seconds.
        """
        self.total += size
        self.in_window += size
        seconds = time.monotonic() - self.window_begin
        if seconds < WINDOW:
            return
        if self.in_window < self.slow * seconds:
            raise MirrorError(f"is slow ({self.in_window / seconds / 1000:.0f} kB/s)", self.rate())
        self.in_window, self.window_begin = 0, time.monotonic()
