"""Where the course is met: in JupyterLab, an exported page, a page of the grader; its figures in the dark."""

import base64
import io
import re
from functools import cache

import nbformat
import pytest
from nbconvert import HTMLExporter
from PIL import Image

from tests.accessibility.conftest import faults
from tests.grading.conftest import numbers, paper, submission  # noqa: F401
from tests.grading.test_grades import marks, result  # noqa: F401
from tests.test_lab import write_settings
from tests.widgets.conftest import widget_lab  # noqa: F401
from utils.course import ROOT, assignments, lectures
from utils.grading import feedback

pytestmark = pytest.mark.slow
LECTURES = [lecture.notebook for lecture in lectures()]
FIRST = LECTURES[1]
EXERCISES = [ROOT / "exercises" / each.file / f"{each.file}.ipynb" for each in assignments()]

# JupyterLab's and CodeMirror's own, in every notebook of anybody; ACCESSIBILITY.md lists them in words.
OF_JUPYTERLAB = {
    "aria-allowed-attr",  # buttons of the toolbar
    "aria-input-field-name",  # the boxes that code is typed into
    "aria-required-children",  # the list of cells
    "button-name",  # the buttons that fold a section
    "label-title-only",  # the name of the file
    "region",  # links that skip to a part of the window
}
# nbconvert's own, in every page that its template `lab` makes: links without a line, colours of a contrast theme.
OF_NBCONVERT = {"link-in-text-block", "scrollable-region-focusable"}
COLOURED_BY_NBCONVERT = {"forced colours": ("a", "pre")}


WORDS = ".jp-RenderedHTMLCommon, .jp-OutputArea-output"  # all that a notebook says and shows


@pytest.fixture(scope="module")
def notebook(request):
    """Many pages as one, which is quicker. Only lecture 01 keeps its widgets, for test_widgets.py looks into each."""
    paths = {"lecture 01": [FIRST], "all lectures": LECTURES, "all exercises": EXERCISES}[request.param]
    notebooks = [nbformat.read(path, as_version=4) for path in paths]
    whole = notebooks[0]
    if len(notebooks) > 1:
        whole.cells = [cell for notebook in notebooks for cell in notebook.cells]
        for number, cell in enumerate(whole.cells):
            cell.id = f"cell-{number}"
            for output in cell.get("outputs", []):
                if html := output.get("data", {}).get("text/html"):
                    output.data["text/html"] = re.sub(r"<iframe.*?</iframe>", "", html, flags=re.DOTALL)
    whole.metadata.name = request.param
    return whole


@pytest.fixture(scope="module")
def lab(request, browser, notebook, widget_lab):  # noqa: F811
    """The notebook opened in JupyterLab in this theme."""
    folder, address = widget_lab
    nbformat.write(notebook, folder / "opened.ipynb")
    write_settings(folder.parent / "settings", "apputils-extension/themes", {"theme": request.param})
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.mode = "dark" if request.param == DARK else "light"
    page.goto(f"{address}opened.ipynb")
    count = "cells => document.querySelectorAll('.jp-Notebook .jp-Cell').length == cells"
    page.wait_for_function(count, arg=len(notebook.cells), timeout=60_000)
    assert page.evaluate("document.body.dataset.jpThemeLight") == str(page.mode == "light").lower()
    yield page
    page.close()


LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
OPENED = [("lecture 01", LIGHT), ("lecture 01", DARK), ("all lectures", LIGHT), ("all lectures", DARK)]
OPENED += [("all exercises", LIGHT)]  # nothing but text, of which the lectures have every kind


@pytest.mark.parametrize(("notebook", "lab"), OPENED, indirect=True)
def test_axe_finds_nothing_of_ours_in_jupyterlab(lab, notebook):
    assert faults(lab, WORDS) == []
    if notebook.metadata.name == "lecture 01" and lab.mode == "light":  # ten seconds
        assert [fault for fault in faults(lab) if fault.split(":")[0] not in OF_JUPYTERLAB] == []


@cache
def exported(path) -> str:
    return HTMLExporter(embed_images=True).from_filename(path)[0]


# But for figures to touch, such a page is light in the dark as well.
EXPORTED = [("dark", FIRST), *(("light", path) for path in LECTURES), *(("forced colours", path) for path in LECTURES)]


@pytest.mark.parametrize(
    ("in_mode", "path"), EXPORTED, indirect=["in_mode"], ids=lambda each: getattr(each, "stem", each)
)
def test_axe_finds_nothing_of_ours_in_an_exported_page(in_mode, path, tmp_path):
    page = tmp_path / "lecture.html"
    page.write_text(exported(path), encoding="utf-8")
    in_mode.goto(page.as_uri(), wait_until="domcontentloaded")
    in_mode.locator("h1").first.wait_for()
    without = COLOURED_BY_NBCONVERT.get(in_mode.mode, ()) + (() if path == FIRST else ("iframe",))
    assert faults(in_mode, WORDS, without, apart_from=OF_NBCONVERT) == []


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
