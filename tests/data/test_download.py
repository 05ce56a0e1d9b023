"""Downloads from a server that serves the real thing, or misbehaves (loopback.py lists how)."""

import gzip
import os
import random
import signal
import socket
import subprocess
import sys
import time

import pytest

from utils.data import download
from utils.data.download import DownloadError, fetch, reachable

pytestmark = pytest.mark.slow  # waits for mirrors that are slow or silent

NAME = "data.gz"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """The same rules within fractions of a second."""
    monkeypatch.setattr(download, "STALL", 0.3)
    monkeypatch.setattr(download, "WINDOW", 0.2)


@pytest.fixture
def content(server) -> bytes:
    server.files[NAME] = random.Random(0).randbytes(80_000)
    return server.files[NAME]


def test_a_good_mirror_fills_the_file(server, content, tmp_path):
    fetch(server.remote(NAME, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    assert not (tmp_path / f"{NAME}.part").exists()


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("truncated", "offered 40000 bytes instead of 80000"),
        ("dropped", "failed"),
        ("cutshort", "broke off after 40,000 of 80,000 bytes"),
        ("altered", "altered"),
        ("page", "web page"),
        ("quietpage", "altered"),
        ("forbidden", "403"),
        ("stall", "failed"),
        ("silent", "failed"),
        ("endless", "more than the file"),
    ],
)
def test_a_bad_mirror_gives_way_to_the_next(server, content, tmp_path, way, reason):
    start = time.monotonic()
    with pytest.raises(DownloadError, match=reason):
        fetch(server.remote(NAME, way), tmp_path / "alone")
    assert not (tmp_path / "alone" / NAME).exists()

    fetch(server.remote(NAME, way, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("way", ["cutshort", "dropped", "stall", "trickle"])
def test_what_a_failing_mirror_sent_is_kept(server, content, tmp_path, way):
    fetch(server.remote(NAME, way, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    start = int(server.ranges("good")[0].removeprefix("bytes=").rstrip("-"))
    assert 0 < start < len(content)


@pytest.mark.parametrize("way", ["altered", "quietpage"])
def test_what_cannot_be_right_is_not_kept(server, content, tmp_path, way):
    fetch(server.remote(NAME, way, "good"), tmp_path)
    assert server.ranges("good") == [None]


def test_if_every_mirror_is_slow_the_fastest_is_taken(server, content, tmp_path):
    fetch(server.remote(NAME, "forbidden", "trickle"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    assert len(server.ranges("trickle")) == 2  # once to find it slow, once to the end
    assert server.ranges("trickle")[1] is not None


def test_bytes_of_a_stopped_download_are_not_fetched_again(server, content, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(content[:60_000])
    fetch(server.remote(NAME, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    assert server.ranges("good") == ["bytes=60000-"]


@pytest.mark.parametrize("way", ["norange", "lyingrange"])
def test_a_server_that_does_not_resume_starts_over(server, content, tmp_path, way):
    (tmp_path / f"{NAME}.part").write_bytes(content[:60_000])
    fetch(server.remote(NAME, way), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


@pytest.mark.parametrize("kept", [60_000, 80_000, 90_000])
def test_bad_bytes_of_a_stopped_download_are_thrown_away(server, content, tmp_path, kept):
    (tmp_path / f"{NAME}.part").write_bytes(bytes(kept))
    fetch(server.remote(NAME, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


def test_a_download_stopped_at_its_last_step_needs_no_network(server, content, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(content)
    fetch(server.remote(NAME, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    assert not server.requests


def test_a_packed_file_stays_packed_whatever_the_server_calls_it(server, tmp_path):
    server.files[NAME] = gzip.compress(b"numbers" * 1000)
    fetch(server.remote(NAME, "gzipped"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == server.files[NAME]


def test_what_is_there_is_not_downloaded(server, content, tmp_path):
    fetch(server.remote(NAME, "good"), tmp_path)
    fetch(server.remote(NAME, "good"), tmp_path)
    assert len(server.requests) == 1


def test_a_full_disk_is_noticed_before_the_download(server, content, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 79_999})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(OSError, match="No space left"):
        fetch(server.remote(NAME, "good"), tmp_path)
    assert not server.requests


# --- hosts that cannot be reached -----------------------------------------------------------------------------


def test_a_refused_connection_is_known_at_once(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/x"
    good = server.url("good", NAME)
    start = time.monotonic()
    assert reachable([closed, good]) == [good]
    assert time.monotonic() - start < 0.9


def test_names_that_nobody_resolves_cost_one_second_for_all(monkeypatch):
    """As behind a router that has lost its line: packets vanish, and looking up a name waits for a minute."""
    waiting = []

    def resolver(host, *_: object):
        waiting.append(host)
        time.sleep(5)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    urls = [f"https://mirror{i}.example/file" for i in range(5)]
    start = time.monotonic()
    assert reachable(urls) == []
    assert time.monotonic() - start < 1.5
    assert reachable(urls) == []  # remembered
    assert time.monotonic() - start < 1.6
    assert len(waiting) == 5


def test_a_slow_answer_counts_the_next_time(server, monkeypatch):
    """A name that takes a little longer than the course waits: run the cell again, and it works."""
    good, resolver = server.url("good", NAME), socket.getaddrinfo
    monkeypatch.setattr(download, "REACH", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(0.4) or resolver(*args, **kwargs))
    assert reachable([good]) == []
    time.sleep(0.4)
    assert reachable([good]) == [good]


def test_a_black_hole_costs_one_second(server):
    """A port whose queue of callers is full answers as a firewall does that drops packets: not at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        callers = []
        for _ in range(3):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
            callers.append(caller)
        hole, good = f"http://127.0.0.1:{full.getsockname()[1]}/x", server.url("good", NAME)
        start = time.monotonic()
        assert reachable([hole, good]) == [good]
        assert time.monotonic() - start < 1.5
        for caller in callers:
            caller.close()


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_with_a_proxy_the_proxy_is_asked(server, monkeypatch, scheme):
    monkeypatch.setenv("http_proxy", server.url("good", "").replace("http://", scheme))
    assert reachable(["http://mirror.invalid/file"]) == ["http://mirror.invalid/file"]


def test_an_unreachable_network_is_reported(server, content, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "reachable", lambda urls: [])
    with pytest.raises(DownloadError, match="no mirror could be reached"):
        fetch(server.remote(NAME, "good"), tmp_path)


# --- more than one process ------------------------------------------------------------------------------------

FETCH = """
import sys
from pathlib import Path
from utils.data.download import fetch
from utils.data.mirrors import Remote
folder, name, size, sha256, url = sys.argv[1:]
fetch(Remote(name, int(size), sha256, (url,)), Path(folder))
"""


def start_fetch(remote, folder) -> subprocess.Popen:
    arguments = [str(folder), remote.name, str(remote.size), remote.sha256, *remote.urls]
    return subprocess.Popen([sys.executable, "-c", FETCH, *arguments])


@pytest.mark.slow
def test_two_processes_at_once_download_once(server, content, tmp_path):
    remote = server.remote(NAME, "trickle")
    processes = [start_fetch(remote, tmp_path) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert (tmp_path / NAME).read_bytes() == content
    assert len(server.requests) == 1


@pytest.mark.slow
def test_a_killed_download_leaves_a_part_that_the_next_one_resumes(server, content, tmp_path):
    process = start_fetch(server.remote(NAME, "stall"), tmp_path)
    part = tmp_path / f"{NAME}.part"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (part.exists() and part.stat().st_size):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    assert part.stat().st_size < len(content)
    assert not (tmp_path / NAME).exists()

    fetch(server.remote(NAME, "good"), tmp_path)
    assert (tmp_path / NAME).read_bytes() == content
    assert server.ranges("good") != [None]
