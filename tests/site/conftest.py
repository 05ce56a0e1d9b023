"""The site, built once for all tests of this folder, and its pages opened without a network."""

from pathlib import Path

import pytest

from utils.site.building import build
from utils.site.repository import Repository


@pytest.fixture(scope="session")
def site(chromium, tmp_path_factory) -> Path:
    """Only where there is a browser to open it."""
    folder = tmp_path_factory.mktemp("built") / "site"
    build(folder, Repository("https://github.com/ann/fork", "main"))
    return folder


@pytest.fixture
def opened(browser):
    """Opens a page of the site as a file; afterwards nothing else was asked for, and no script has failed."""
    wrong, pages = [], []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])

    def look(file: Path, address: str = ""):
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.asked = []
        page.on("request", lambda asked: page.asked.append(asked.url))
        page.goto(file.as_uri() + address)
        page.wait_for_function(
            "[...document.querySelectorAll('.cnn-place')].every((place) => place.querySelector('.cnn'))"
        )
        pages.append(page)
        return page

    yield look
    context.close()
    wrong += [url for page in pages for url in page.asked if not url.startswith(("file:", "data:"))]
    assert not wrong, wrong
