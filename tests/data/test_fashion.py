"""Fashion-MNIST: the real thing against torchvision, and the bundled sample against the real thing."""

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from utils.compat import import_torchvision
from utils.data import fashion, fashion_mnist, idx
from utils.data.files import DamagedFile
from utils.data.make_sample import write_sample
from utils.data.mirrors import FASHION_MNIST, FASHION_MNIST_DOWNLOADS


def test_the_system_copy_is_what_torchvision_reads(tmp_path, monkeypatch, system_fashion_mnist):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in system_fashion_mnist.glob("*.gz"):
        with gzip.open(file) as packed, open(raw / file.stem, "wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    torchvision = import_torchvision()
    monkeypatch.setenv("XDG_DATA_DIRS", str(system_fashion_mnist.parent.parent))
    parts = fashion_mnist()
    assert parts[0].source.startswith("Fashion-MNIST, 60,000 + 10,000 images, from the system copy in")

    monkeypatch.setenv("COURSE_DATA", str(tmp_path))  # torchvision's own folder is a classroom copy
    assert "classroom" in fashion_mnist()[0].source
    for part, is_train in zip(parts, (True, False), strict=True):
        theirs = torchvision.datasets.FashionMNIST(tmp_path, train=is_train)
        assert torch.equal(part.images.squeeze(1), theirs.data)
        assert torch.equal(part.labels, theirs.targets)
        assert list(part.class_names) == theirs.classes


def test_what_is_downloaded_is_what_torchvision_downloads():
    theirs = import_torchvision().datasets.FashionMNIST
    assert [remote.name for remote in FASHION_MNIST_DOWNLOADS] == [name for name, _ in theirs.resources]
    assert [f"{name}.gz" for name in FASHION_MNIST] == [name for name, _ in theirs.resources]
    urls = [url for remote in FASHION_MNIST_DOWNLOADS for url in remote.urls]
    assert all(url.startswith("https://") for url in urls)


def test_the_sample_has_100_and_50_images_of_each_class():
    train, test = fashion_mnist()
    assert train.labels.bincount().tolist() == [100] * 10
    assert test.labels.bincount().tolist() == [50] * 10
    assert train.images.shape == (1000, 1, 28, 28)
    assert test.images.shape == (500, 1, 28, 28)
    size = sum(file.stat().st_size for file in fashion.SAMPLE.iterdir())
    assert size < 1_000_000
    assert "Copyright (c) 2017 Zalando SE" in (fashion.SAMPLE / "LICENSE").read_text()


def test_the_sample_can_be_made_again(tmp_path, monkeypatch, system_fashion_mnist):
    monkeypatch.setenv("XDG_DATA_DIRS", str(system_fashion_mnist.parent.parent))
    write_sample(*fashion_mnist(), tmp_path)
    for name in FASHION_MNIST:
        made, bundled = tmp_path / f"{name}.gz", fashion.SAMPLE / f"{name}.gz"
        assert gzip.decompress(made.read_bytes()) == gzip.decompress(bundled.read_bytes())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\x08",
        b"\0\0\x08\x01\0\0\0\x02\x07",
        b"\0\0\x08\x01\0\0\0\x01\x07\x07",
        b"\0\0\x0d\x01\0\0\0\0",
    ],
    ids=["empty", "no axes", "too short", "too long", "floats"],
)
def test_what_is_no_idx_file_of_bytes_is_refused(content):
    with pytest.raises(DamagedFile, match="x is not a whole idx file"):
        idx.parse(content, Path("x"))


def test_an_idx_file_is_read_as_its_header_says():
    header = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in (2, 3, 4))
    assert torch.equal(
        idx.parse(header + bytes(range(24)), Path("x")), torch.arange(24, dtype=torch.uint8).view(2, 3, 4)
    )


@pytest.mark.slow
def test_importing_the_package_loads_nothing_that_only_reading_needs():
    code = "import sys, torch; old = set(sys.modules); import utils.data; print(*set(sys.modules) - old)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not re.search(r"\b(requests|urllib3|filelock|tqdm|PIL|torchvision)\b", out)
