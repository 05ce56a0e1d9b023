"""Which copy is used: the order, what is refused, and what is said about it."""

import gzip
import os
import re
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import torch

from utils.data import cache, cifar10, download, fashion, fashion_mnist
from utils.data.mirrors import FASHION_MNIST

pytestmark = pytest.mark.slow  # tries every source in every state


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def online(monkeypatch, server, small_fashion):
    """The loopback server in place of the mirrors, serving the small Fashion-MNIST well."""
    monkeypatch.delenv("COURSE_OFFLINE")
    server.files |= small_fashion
    mirrors(monkeypatch, server, "good")
    return server


def mirrors(monkeypatch, server, *ways: str) -> None:
    downloads = tuple(server.remote(f"{name}.gz", *ways) for name in FASHION_MNIST)
    monkeypatch.setattr(fashion, "RECIPE", fashion.RECIPE._replace(downloads=downloads))


# --- the order ------------------------------------------------------------------------------------------------


def test_sources_are_taken_in_order_and_each_gives_the_same_images(
    online, small_fashion, tmp_path, monkeypatch, capsys
):
    classroom = put(tmp_path / "class", small_fashion)
    cached = put(tmp_path / "cache" / "cnn-course" / "fashion-mnist", small_fashion)
    system = put(tmp_path / "share" / "datasets" / "fashion-mnist", small_fashion)
    monkeypatch.setenv("COURSE_DATA", str(classroom))
    expected = torch.stack(list(fashion_mnist()[0].images))

    sources = []
    for used_up in (classroom, cached, system, cached):
        train, test = fashion_mnist()
        assert torch.equal(train.images, expected)
        assert not train.is_sample
        assert train.source == test.source
        sources.append(train.source)
        for file in used_up.iterdir():
            file.unlink()
    assert ["classroom" in sources[0], "cache" in sources[1], "system" in sources[2]] == [True] * 3
    assert "downloaded" in sources[3]
    assert all("Fashion-MNIST, 1,000 + 500 images" in source for source in sources)
    assert not online.requests[4:], "the first three were found without the network"

    online.files.clear()
    monkeypatch.setattr(download, "reachable", lambda urls: [])
    assert fashion_mnist()[0].source.startswith("BUNDLED SAMPLE")
    assert "COURSE_DATA has none" in capsys.readouterr().out


def test_a_download_is_kept_for_the_next_time(online):
    assert "downloaded" in fashion_mnist()[0].source
    assert "from the cache" in fashion_mnist()[0].source
    assert len(online.requests) == 4


def test_the_source_line_does_not_show_the_home_folder(online, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME")
    fashion_mnist()
    assert fashion_mnist()[0].source.endswith("from the cache in ~/.cache/cnn-course/fashion-mnist")


@pytest.mark.parametrize("subfolder", ["", "fashion-mnist", "FashionMNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_classroom_copy_may_be_packed_or_not_and_in_a_folder_of_its_own(
    small_fashion, tmp_path, monkeypatch, subfolder, packed
):
    files = small_fashion
    if not packed:
        files = {name.removesuffix(".gz"): gzip.decompress(content) for name, content in files.items()}
    put(tmp_path / "class" / subfolder, files)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "class"))
    source = fashion_mnist()[0].source
    assert "classroom copy in COURSE_DATA" in source
    assert str(tmp_path) not in source
    assert subfolder in source


# --- what is refused ------------------------------------------------------------------------------------------


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def altered(content: bytes) -> bytes:
    numbers = bytearray(gzip.decompress(content))
    numbers[-1] ^= 1
    return gzip.compress(bytes(numbers))


def page(_: bytes) -> bytes:
    return b"<!DOCTYPE html><html><title>404 Not Found</title></html>"


def digits(content: bytes) -> bytes:  # a file of the same name and shape, of another data set
    numbers = gzip.decompress(content)
    return gzip.compress(numbers[:16] + bytes(len(numbers) - 16))


DAMAGE = [(truncated, "cannot be unpacked"), (altered, "SHA-256"), (page, "web page"), (digits, "SHA-256")]


@pytest.mark.parametrize(("damage", "reason"), DAMAGE)
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_a_damaged_classroom_copy_is_named_and_passed_over(small_fashion, tmp_path, monkeypatch, damage, reason, name):
    bad = put(tmp_path / "class", small_fashion | {name: damage(small_fashion[name])})
    put(tmp_path / "share" / "datasets" / "fashion-mnist", small_fashion)
    monkeypatch.setenv("COURSE_DATA", str(bad))
    with pytest.warns(UserWarning, match=rf"{name} .*{reason}.*Put a good copy in its place") as caught:
        train, _ = fashion_mnist()
    assert "system copy" in train.source
    assert (bad / name).exists(), "nobody's files are deleted"
    assert caught[0].filename == __file__, "the warning points to the line that asked for the data"


@pytest.mark.parametrize(("damage", "reason"), DAMAGE)
def test_a_damaged_file_in_the_cache_is_removed_and_downloaded_again(online, small_fashion, damage, reason):
    fashion_mnist()
    name = "train-labels-idx1-ubyte.gz"
    (cache.folder() / "fashion-mnist" / name).write_bytes(damage(small_fashion[name]))
    with pytest.warns(UserWarning, match=rf"{name} .*{reason}.*removed"):
        train, _ = fashion_mnist()
    assert "downloaded" in train.source
    assert [asked for _, asked, _ in online.requests[4:]] == [name], "only the damaged one"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fashion_mnist()


def test_a_part_of_a_download_is_never_taken_for_the_whole(online, small_fashion, monkeypatch):
    put(cache.folder() / "fashion-mnist", {f"{name}.part": content for name, content in small_fashion.items()})
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert fashion_mnist()[0].is_sample


@pytest.mark.parametrize("way", ["truncated", "altered", "page", "forbidden"])
def test_a_bad_mirror_is_passed_over(online, monkeypatch, way):
    mirrors(monkeypatch, online, way, "good")
    assert "downloaded" in fashion_mnist()[0].source


def test_if_every_mirror_is_bad_the_sample_says_why(online, monkeypatch, capsys):
    mirrors(monkeypatch, online, "forbidden")
    assert fashion_mnist()[0].is_sample
    assert "127.0.0.1 answered 403" in capsys.readouterr().out


def test_course_data_must_be_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(NotADirectoryError, match=r"nowhere.*not a folder: set it"):
        fashion_mnist()


def test_course_data_must_be_readable(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests may run as root, who may read everything
    with pytest.raises(PermissionError, match="may not read: ask its owner"):
        fashion_mnist()


# --- the sample -----------------------------------------------------------------------------------------------


def test_the_sample_announces_itself(capsys):
    train, test = fashion_mnist()
    out = capsys.readouterr().out
    assert out.startswith("BUNDLED SAMPLE: 1,000 + 500 images")
    assert "COURSE_OFFLINE is set" in out
    assert "COURSE_DATA" in out, "what to do"
    assert out.count("\n") == 1
    assert train.is_sample
    assert test.is_sample
    assert train.source.startswith("BUNDLED SAMPLE: 1,000 + 500 images")


def test_loading_real_data_prints_nothing(online, capsys):
    for _ in range(2):
        fashion_mnist()
        assert capsys.readouterr() == ("", "")


# --- without a network ----------------------------------------------------------------------------------------


def test_offline_never_opens_a_socket(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert fashion_mnist()[0].is_sample


@pytest.mark.parametrize("load", [fashion_mnist, cifar10])
def test_a_network_that_swallows_everything_is_given_up(monkeypatch, quick_sample, load):
    monkeypatch.delenv("COURSE_OFFLINE")

    def resolver(*_: object) -> None:
        time.sleep(60)
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    start = time.monotonic()
    train, _ = load()
    assert time.monotonic() - start < 20  # two seconds, on a machine that has nothing else to do
    assert train.is_sample


def can_unshare() -> bool:
    try:
        return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not can_unshare(), reason="needs Linux namespaces")
def test_a_machine_without_a_network_answers_soon():
    code = """
import time
from utils.data import cifar10, fashion_mnist
for load in (fashion_mnist, cifar10):
    start = time.monotonic()
    assert load()[0].is_sample
    assert time.monotonic() - start < 20, time.monotonic() - start
"""
    environment = {name: value for name, value in os.environ.items() if name != "COURSE_OFFLINE"}
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall("^BUNDLED SAMPLE", done.stdout, re.MULTILINE)) == 2


# --- a cache that cannot be written ---------------------------------------------------------------------------


def test_without_a_cache_data_is_downloaded_for_this_process_only(online, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match=r"file.*cannot be written.*XDG_CACHE_HOME") as caught:
        assert "downloaded" in fashion_mnist()[0].source
        assert "downloaded" in fashion_mnist()[0].source
    assert len(caught) == 1, "said once"
    assert len(online.requests) == 4, "downloaded once"


TWO = """
import sys
from utils.data import fashion
from utils.data.mirrors import Remote
fashion.FASHION_MNIST = eval(sys.argv[1])
fashion.RECIPE = fashion.RECIPE._replace(downloads=eval(sys.argv[2]))
train, test = fashion.fashion_mnist()
print(train.source, int(train.images.sum()))
"""


def test_two_processes_with_an_empty_cache_both_succeed(online):
    recipe = [repr(fashion.FASHION_MNIST), repr(fashion.RECIPE.downloads)]
    command = [sys.executable, "-c", TWO, *recipe]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    out = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    expected = int(fashion_mnist()[0].images.sum())
    assert all(line.startswith("Fashion-MNIST") and line.split()[-1] == str(expected) for line in out)
    assert len(online.requests) == 4, "each file was downloaded once"
