"""What several test files share."""

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.needs import NEEDS, find
from utils.quick import import_without_grammar

import_without_grammar()  # before any test brings nbformat along


def needed(name: str) -> str:
    """Where that is. Without it the test that asks is skipped; under continuous integration it fails."""
    return find(name) or lacking(f"no {name} here: on Debian and Ubuntu, apt-get install {NEEDS[name][0]}")


def lacking(reason: str) -> NoReturn:
    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@pytest.fixture(scope="session")
def bwrap() -> str:
    """Bubblewrap that is not only installed: in some containers it may not make a sandbox."""
    program = needed("bwrap")
    if os.geteuid() == 0:
        needed("setpriv")
    command = [program, "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"]
    tried = subprocess.run(command, capture_output=True, text=True)
    if tried.returncode:
        lacking(f"bubblewrap cannot work here: {tried.stderr.strip()}")
    return program


@pytest.fixture(scope="session")
def chromium() -> str:
    return needed("chromium")


QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium. It is closed with each file of tests: Playwright cannot be begun twice, and others begin it too."""
    from playwright.sync_api import sync_playwright  # here: most tests do without

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node() -> str:
    return needed("node")


@pytest.fixture(scope="session")
def initdb() -> str:
    program = needed("initdb")
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        needed("setpriv")
    return program


@pytest.fixture(scope="session")
def system_fashion_mnist() -> Path:
    return Path(needed("system_fashion_mnist")).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items) -> None:
    """Mark what needs more than Python, make and git, however many fixtures are between."""
    for item in items:
        if not NEEDS.keys().isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker("needs")


@pytest.fixture
def stripes():
    """A data set of 200 grey 28×28 images: stripes, upright or lying, under noise. Learnt within seconds."""
    import torch  # here: the process that hands out the tests can do without

    from utils.data import Dataset

    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(200) % 2
    stripes = (torch.arange(28) % 4 < 2).float().expand(28, 28)
    patterns = torch.stack([stripes, stripes.T])[labels]
    noisy = 0.5 * patterns + 0.5 * torch.rand(200, 28, 28, generator=generator)
    images = (noisy * 255).to(torch.uint8).unsqueeze(1)
    return Dataset(images, labels, ("vertical", "horizontal"), "stripes made for a test", mean=(0.5,), std=(0.3,))


class ByFolder(LoadScopeScheduling):
    """Side by side, the tests of a folder share one process and its fixtures; lectures run wherever one is free.

    So do the pages of the site, by their folders: what they share is a folder too, built by whoever comes first.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if "[" in nodeid and file.endswith("/test_run.py"):
            return nodeid
        if "tests/site/" in file:
            test, slash, _ = nodeid.removeprefix(file).partition("/")  # such as test_…[lectures/00_start_here.html]
            return file + test if slash else file
        return str(Path(file).parent)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config) -> int:
    """One more than there are cores: graders, browsers and sandboxes are waited for."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log) -> ByFolder:
    return ByFolder(config, log)


@pytest.fixture
def image_folder(tmp_path):
    """150 + 30 grey 8×8 PNG files of three brightnesses, the classes named in three scripts."""
    import torch  # here, so that tests without it do not wait for it
    from PIL import Image

    generator = torch.Generator().manual_seed(0)
    folder = tmp_path / "pictures"
    for part, count in (("train", 50), ("test", 10)):
        for label, name in enumerate(("cat", "собака", "犬")):
            (folder / part / name).mkdir(parents=True)
            for i in range(count):
                pixels = torch.randint(180, (8, 8), generator=generator) + 35 * label
                Image.fromarray(pixels.to(torch.uint8).numpy()).save(folder / part / name / f"{i:03}.png")
    return folder
