"""Where the course is met: JupyterLab, an exercise, an exported page, a page of the grader; its figures in the dark."""

import base64
import io
import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from PIL import Image

from tests.accessibility.conftest import faults
from tests.grading.conftest import numbers, paper, submission  # noqa: F401
from tests.grading.test_grades import marks, result  # noqa: F401
from tests.widgets.conftest import widget_lab  # noqa: F401
from utils.course import ROOT, lectures
from utils.grading import feedback

pytestmark = pytest.mark.slow
LECTURES = [lecture.notebook for lecture in lectures()]
FIRST = LECTURES[1]

# JupyterLab's and CodeMirror's own, in every notebook of anybody; ACCESSIBILITY.md lists them in words.
OF_JUPYTERLAB = {
    "aria-allowed-attr",  # buttons of the toolbar
    "aria-input-field-name",  # the boxes that code is typed into
    "aria-required-children",  # the list of cells
    "button-name",  # the buttons that fold a section
    "label-title-only",  # the name of the file
    "region",  # links that skip to a part of the window
}
# nbconvert's own, in every page that its template `lab` makes.
OF_NBCONVERT = {"color-contrast", "scrollable-region-focusable"}


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_of_ours_in_jupyterlab(browser, widget_lab, theme):  # noqa: F811
    address = widget_lab[1]
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{address}lectures/{FIRST.name}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    if "Dark" in theme:
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        page.get_by_text("Theme", exact=True).hover()
        page.get_by_text(theme, exact=True).click()
        page.wait_for_timeout(500)
    outputs = ".jp-RenderedHTMLCommon, .jp-OutputArea-output"
    page.locator(outputs).first.wait_for()
    assert faults(page, inside=outputs) == [], "all that a lecture says and shows"
    whole = faults(page) if "Light" in theme else []  # ten seconds
    assert not [fault for fault in whole if fault.split(":")[0] not in OF_JUPYTERLAB]
    page.close()


def test_axe_finds_nothing_of_ours_in_an_exercise(browser, widget_lab):  # noqa: F811
    folder, address = widget_lab
    exercise = ROOT / "exercises" / FIRST.stem / FIRST.name
    (folder / exercise.name).write_bytes(exercise.read_bytes())
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{address}{exercise.name}")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    assert faults(page, inside=".jp-RenderedHTMLCommon") == []
    page.close()


def test_axe_finds_nothing_of_ours_in_an_exported_page(in_mode, tmp_path):
    exported, _ = HTMLExporter(embed_images=True).from_filename(FIRST)
    path = tmp_path / "lecture.html"
    path.write_text(exported, encoding="utf-8")
    in_mode.goto(path.as_uri(), wait_until="domcontentloaded")
    in_mode.locator("h1").first.wait_for()
    assert faults(in_mode, inside=".jp-RenderedHTMLCommon, .jp-OutputArea-output", apart_from=OF_NBCONVERT) == []


def test_axe_finds_nothing_in_a_page_of_the_grader(in_mode, result, paper):  # noqa: F811
    made = result(scores=(1.0, 0.0, 1.0))
    made.failures["check-two"] = "You doubled it. Divide by 2."
    for page in (
        feedback.page(made, paper, marks(**{"check-one": 1.0, "check-two": 0.0, "words": None})),
        feedback.page(result("zoe", status="failed", reasons=["The file is empty."]), paper, {}),
    ):
        in_mode.set_content(page)
        assert faults(in_mode) == []


IMAGE = re.compile(r'<img alt="([^"]+)"[^>]*src="data:image/webp;base64,([^"]+)"')


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_figures_bring_their_own_ground_and_their_words(path):
    """So they are legible on a dark page, and in a contrast theme: nothing of the page shines through."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            for words, data in IMAGE.findall("".join(output.get("data", {}).get("text/html", ""))):
                picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
                assert len(words) > 30 and picture.getchannel("A").getextrema() == (255, 255)
                assert picture.getpixel((0, 0)) == (255, 255, 255, 255)
