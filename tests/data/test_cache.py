"""The decoded form of a copy: used while the copy stays the same, never when it does not, never if damaged."""

import os
import subprocess
import sys

import pytest
import torch

from utils.data import cache
from utils.data.files import Images

NAME = "letters"


@pytest.fixture
def folder(tmp_path):
    """Three files, whose bytes are "pixels"."""
    home = tmp_path / "copy"
    (home / "deep").mkdir(parents=True)
    for i, name in enumerate(("a", "b", "deep/c")):
        (home / name).write_bytes(bytes([i] * 4))
        os.utime(home / name, ns=(10**18, 10**18))
    return home


class Reader:
    """Reads such a folder and counts how often it had to."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, roots) -> Images:
        self.calls += 1
        files = sorted(path for root in roots for path in root.rglob("*") if path.is_file())
        pixels = torch.tensor([list(file.read_bytes()) for file in files], dtype=torch.uint8).view(-1, 1, 2, 2)
        return Images(pixels, torch.arange(len(files)), pixels, torch.arange(len(files)))


@pytest.fixture
def read() -> Reader:
    return Reader()


def pixels(folder, read) -> list[int]:
    return cache.decoded(NAME, [folder], read).train_images[:, 0, 0, 0].tolist()


def kept():
    (path,) = cache.folder().glob("*-decoded.bin")
    return path


def test_the_second_time_nothing_is_read(folder, read):
    first, second = (cache.decoded(NAME, [folder], read) for _ in range(2))
    assert read.calls == 1
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def rewrite(folder):
    """Same size, same time of modification: what an archive that is unpacked over the copy does."""
    (folder / "deep" / "c").write_bytes(bytes([7] * 4))
    os.utime(folder / "deep" / "c", ns=(10**18, 10**18))


def replace(folder):
    (folder / "new").write_bytes(bytes([7] * 4))
    os.utime(folder / "new", ns=(10**18, 10**18))
    os.replace(folder / "new", folder / "deep" / "c")


def add(folder):
    (folder / "d").write_bytes(bytes([7] * 4))


def remove(folder):
    (folder / "b").unlink()


def rename(folder):
    (folder / "a").rename(folder / "z")


@pytest.mark.parametrize("change", [rewrite, replace, add, remove, rename])
def test_a_copy_that_changed_is_read_again(folder, read, change):
    pixels(folder, read)
    change(folder)
    assert pixels(folder, read) == pixels(folder, Reader())
    assert pixels(folder, read) == Reader()([folder]).train_images[:, 0, 0, 0].tolist()


def test_another_copy_is_read_again(folder, read, tmp_path):
    pixels(folder, read)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a").write_bytes(bytes([9] * 4))
    assert pixels(tmp_path / "other", read) == [9]
    assert pixels(folder, read) == [0, 1, 2]
    assert len(list(cache.folder().glob("*-decoded.bin"))) == 1, "the cache does not grow"


def test_a_new_version_of_the_readers_reads_again(folder, read, monkeypatch):
    pixels(folder, read)
    monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    pixels(folder, read)
    assert read.calls == 2


def test_what_was_kept_is_not_used_once_damaged(folder, read):
    """Every byte of it is changed, one at a time, and every length is tried."""
    pixels(folder, read)
    good = kept().read_bytes()
    for position in range(len(good)):
        kept().write_bytes(good[:position] + bytes([good[position] ^ 0x55]) + good[position + 1 :])
        assert pixels(folder, read) == [0, 1, 2]
    for length in range(len(good)):
        kept().write_bytes(good[:length])
        assert pixels(folder, read) == [0, 1, 2]


def test_a_cache_that_cannot_be_written_is_done_without(folder, read, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="cannot be written") as caught:
        assert pixels(folder, read) == pixels(folder, read) == [0, 1, 2]
    assert len(caught) == 1, "said once"


FULL = """
import os, sys, warnings
from pathlib import Path
import torch
from utils.data import cache
from utils.data.files import Images

def read(roots):
    pixels = torch.ones(4000, 1, 28, 28, dtype=torch.uint8)
    return Images(pixels, torch.zeros(4000).long(), pixels, torch.zeros(4000).long())

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert len(cache.decoded("full", [Path(sys.argv[1])], read).train_images) == 4000
    assert len(cache.decoded("full", [Path(sys.argv[1])], read).train_images) == 4000
assert len(caught) == 1 and "cannot be written" in str(caught[0].message), caught
assert not [file for file in cache.folder().iterdir() if file.suffix in (".bin", ".part")]
"""


@pytest.mark.slow
def test_a_full_disk_is_done_without(tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "data").write_text("x")
    mount = f'mount -t tmpfs -o size=1m none {tmp_path}/small && exec "$@"'
    command = ["unshare", "-rm", "sh", "-c", mount, "sh"]
    try:
        possible = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        possible = False
    if not possible:
        pytest.skip("needs Linux namespaces")
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "small")}
    arguments = [sys.executable, "-c", FULL, str(tmp_path / "data")]
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
