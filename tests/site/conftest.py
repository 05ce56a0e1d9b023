"""The site, built once for all tests of this folder and all who run them, its pages opened without a network."""

from pathlib import Path

import pytest
from filelock import FileLock

from utils.site.building import build
from utils.site.repository import Repository


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory, worker_id) -> Path:
    """Only where there is a browser to open it."""
    place = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        place = place.parent  # that of this run, which its processes share
    folder = place / "built" / "site"
    with FileLock(place / "site.lock"):
        if not folder.exists():
            build(folder, Repository("https://github.com/ann/fork", "main"))
    return folder


class Reader:
    """Opens pages of the site as files, without a network; ``wrong`` is what scripts and requests went wrong with."""

    def __init__(self, browser):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.wrong = []

    def tab(self):
        page = self.context.new_page()
        page.asked = []
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda said: self.wrong.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: page.asked.append(asked.url))
        return page

    def look(self, page, file: Path, address: str = ""):
        page.asked.clear()
        page.goto(file.as_uri() + address)
        page.wait_for_function(
            "[...document.querySelectorAll('.cnn-place')].every((place) => place.querySelector('.cnn'))"
        )
        return page

    def require_peace(self, *pages) -> None:
        self.wrong += [url for page in pages for url in page.asked if not url.startswith(("file:", "data:"))]
        assert not self.wrong, self.wrong


@pytest.fixture
def opened(browser):
    """Opens a page in a tab of its own; afterwards nothing else was asked for, and no script has failed."""
    reader = Reader(browser)
    pages = []

    def look(file: Path, address: str = ""):
        pages.append(reader.tab())
        return reader.look(pages[-1], file, address)

    yield look
    reader.context.close()
    reader.require_peace(*pages)


@pytest.fixture(scope="module")
def reader(browser):
    """For many pages, one after the other in one tab."""
    reader = Reader(browser)
    reader.page = reader.tab()
    yield reader
    reader.context.close()
