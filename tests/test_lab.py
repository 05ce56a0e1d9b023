"""JupyterLab as a learner meets it: ``make lab``, a real browser, every cell of a lecture run."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from utils.course import ROOT, lectures
from utils.notebooks.teaching import NEWS


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that ``make lab`` serves. It saves nothing by itself."""
    folder = tmp_path_factory.mktemp("lab")
    write_settings(folder / "settings", "docmanager-extension/plugin", {"autosave": False})
    # All cells in the page at once, where the browser can be asked about them.
    write_settings(folder / "settings", "notebook-extension/tracker", {"windowingMode": "none"})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        ["make", "lab", f"ARGS=--no-browser --port={port} --IdentityProvider.token=secret"],
        cwd=ROOT,
        env=os.environ | {"COURSE_BUDGET": "quick", "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")},
        stdout=(folder / "log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,  # so that make and all it started can be ended together
    )
    try:
        for _ in range(240):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                urllib.request.urlopen(f"{address}/api/status?token=secret", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail(f"no answer from {address}: {(folder / 'log').read_text()}")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def write_settings(folder, plugin: str, settings: dict) -> None:
    path = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def open_lecture(browser, lab, name: str):
    """A page with one lecture, its kernel ready."""
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{lab}/doc/tree/lectures/{name}.ipynb?token=secret")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    return page


def choose(page, menu: str, item: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


PROMPT = ".jp-CodeCell .jp-InputPrompt"
# Every code cell has a number again (a folded one shows none), or one of them failed.
DONE = f"""() => document.querySelector("[data-mime-type='application/vnd.jupyter.error']")
    || [...document.querySelectorAll("{PROMPT}")]
        .filter(p => p.textContent).every(p => /\\d/.test(p.textContent))"""


def begun(page) -> bool:
    """Whether a cell waits or has a number within half a minute."""
    prompts = page.locator(PROMPT).filter(has_text=re.compile(r"[*\d]"))
    with contextlib.suppress(Exception):
        prompts.first.wait_for(timeout=30_000)
    return prompts.count() > 0


@pytest.mark.slow
def test_make_lab_opens_the_start_page(lab, browser):
    page = browser.new_page()
    page.goto(f"{lab}/?token=secret")
    page.get_by_role("heading", name="00 · Start here").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Kernel", exact=True).wait_for()
    assert not page.get_by_text("Nbgrader").count() + page.get_by_text("Validate").count(), "the teacher's tools"
    config = page.evaluate("JSON.parse(document.querySelector('#jupyter-config-data').textContent)")
    assert NEWS in config["disabledExtensions"], "JupyterLab asks whether one wants its news"
    page.close()


@pytest.mark.slow
def test_a_lecture_runs_from_top_to_bottom_in_the_browser(lab, browser):
    lecture = next((lecture for lecture in lectures() if lecture.number == "03"), lectures()[1])
    before = lecture.script.read_bytes(), lecture.notebook.read_bytes()
    cells = json.loads(before[1])["cells"]
    code = [cell["metadata"].get("tags", []) for cell in cells if cell["cell_type"] == "code"]
    page = open_lecture(browser, lab, lecture.file)
    folded = page.locator(".jp-OutputPlaceholder")
    folded.first.wait_for()
    assert folded.count() == sum("hide-output" in tags for tags in code), "answers to predictions"
    assert not "".join(folded.all_inner_texts()).strip(), "the first line of an answer shows"
    choose(page, "Edit", "Clear Outputs of All Cells")  # and the numbers with them
    choose(page, "Run", "Run All Cells")
    if not begun(page):  # on a very busy machine JupyterLab has been seen to take no notice of the first time
        choose(page, "Run", "Run All Cells")
    page.wait_for_function(DONE, timeout=300_000)
    errors = page.locator("[data-mime-type='application/vnd.jupyter.error']")
    assert not errors.count(), errors.all_inner_texts()
    assert not folded.count(), "an answer is still folded after its cell was run"
    numbers = [int(text.strip("[]: ")) for text in page.locator(PROMPT).all_text_contents() if text]
    # A cell whose code is folded has no number to show.
    assert numbers == [n for n, tags in enumerate(code, 1) if "hide-input" not in tags], "a cell was not run"
    assert not page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count()
    images = page.locator(".jp-OutputArea-output img").all()
    assert len(images) >= 8
    for image in images:
        assert len(image.get_attribute("alt") or "") > 30
        assert image.is_visible() and image.evaluate("image => image.complete && image.naturalWidth > 0"), (
            "a picture that does not show"
        )
    page.close()
    assert (lecture.script.read_bytes(), lecture.notebook.read_bytes()) == before, "the test changed the lecture"
