"""Data tests see no cache, no system copy and no network, unless a test asks for one."""

import functools
import gzip
import hashlib

import pytest
from loopback import Server

from utils.data import cache, cifar, download, drawn, fashion
from utils.data.mirrors import FASHION_MNIST


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """An empty cache, no copies anywhere, no network, nothing remembered."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    for proxy in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    download._answered.clear()
    cache.warn_unwritable.cache_clear()
    cache.temporary.cache_clear()


@pytest.fixture(scope="session")
def drawn_once():
    return functools.cache(drawn.draw)


@pytest.fixture
def quick_sample(drawn_once, monkeypatch):
    """For tests that only ask whether the drawn sample was used: it is drawn once for all of them."""
    for name in ("RECIPE", "CATS_AND_DOGS"):
        recipe = getattr(cifar, name)
        classes = recipe.sample.args[0]
        monkeypatch.setattr(cifar, name, recipe._replace(sample=lambda classes=classes: drawn_once(classes)))


@pytest.fixture
def server():
    with Server() as running:
        yield running


@pytest.fixture
def small_fashion(monkeypatch) -> dict[str, bytes]:
    """Lets the bundled sample pass for the whole of Fashion-MNIST: its four files, packed, by name."""
    files = {f"{name}.gz": (fashion.SAMPLE / f"{name}.gz").read_bytes() for name in FASHION_MNIST}
    sums = {name: hashlib.sha256(gzip.decompress(files[f"{name}.gz"])).hexdigest() for name in FASHION_MNIST}
    monkeypatch.setattr(fashion, "FASHION_MNIST", sums)
    return files
