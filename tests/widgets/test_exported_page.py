"""Every widget in a page exported by nbconvert, in Chromium, with every request but the page's own file refused."""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbconvert import HTMLExporter

import utils.widgets
from utils.course import ROOT, lectures

pytestmark = pytest.mark.slow
SIZE = {"width": 1280, "height": 900}

# Text whose contrast with what lies behind it is below 4.5 (WCAG 2.1, AA). Cells that are shaded are measured too.
FAINT = """root => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const scale = (color) =>
    color.startsWith("color(") ? numbers(color).slice(1).map((x) => x * 255) : numbers(color);
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const rgb = scale(getComputedStyle(node).backgroundColor);
      if (rgb.length < 4 || rgb[3] > 0) return rgb;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of root.querySelectorAll("*")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    const look = getComputedStyle(node);
    const unseen = !node.offsetParent || parseFloat(look.fontSize) < 2;
    if (!own || unseen || node.closest(":disabled, .dim, .cnn-spoken")) continue;
    const [a, b] = [light(scale(look.color)), light(behind(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(`${node.className}: ${node.textContent.slice(0, 30)}`);
  }
  return faint;
}"""
FITTING = """() => [...document.querySelectorAll("iframe")]
  .every((f) => Math.abs(f.offsetHeight - f.contentDocument.querySelector(".cnn").offsetHeight) <= 2)"""
OUTSIDE = """root => [...root.querySelectorAll("button, input, p, code")]
  .filter((e) => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.outerHTML.slice(0, 80))"""


class Opened:
    """The exported page in the browser: its frames by title, and all that went wrong."""

    def __init__(self, browser, path, **settings):
        self.page = browser.new_page(**settings)
        self.errors, self.asked = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route("**/*", self.only_the_file)
        self.own = path.as_uri()
        self.page.goto(self.own)

    def only_the_file(self, route):
        if route.request.url == self.own:
            route.continue_()
        else:
            self.asked.append((route.request.frame, route.request.url))
            route.abort()

    def end(self):
        """Close it. Only the page around the widgets may have asked for something (MathJax), and missed it."""
        own_errors = [error for error in self.errors if "require" not in error and "MathJax" not in error]
        assert not own_errors, own_errors
        inside = [url for frame, url in self.asked if frame != self.page.main_frame]
        assert not inside, "a widget asked for something"
        self.page.close()

    def widget(self, title):
        frame = self.page.locator(f'iframe[title="{title}"]')
        frame.scroll_into_view_if_needed()
        inside = frame.content_frame.locator(".cnn").first
        inside.wait_for()
        return inside


@pytest.fixture(scope="module")
def opened(browser, exported):
    """One page for the tests of a theme."""
    opened = Opened(browser, exported, viewport=SIZE)
    yield opened
    opened.end()


def test_every_widget_is_there_legible_and_named(opened, exported, shown):
    for widget in shown:
        root = opened.widget(widget.title)
        assert ("dark" in root.get_attribute("class").split()) == (exported.stem == "dark")
        assert root.evaluate(FAINT) == [], widget.title
        snapshot = root.aria_snapshot()
        assert f'region "{widget.title}"' in snapshot
        for role in ("button", "slider", "grid", "checkbox", "radio", "textbox", "spinbutton", "combobox"):
            unnamed = re.findall(rf"- {role}( \[[^\]]*\])*:?$", snapshot, re.MULTILINE)
            assert not unnamed, f"{widget.title}: a {role} without a name\n{snapshot}"
        assert root.locator("[aria-live=polite]").count() == 1


def test_words_are_folded_away_once_the_widget_runs(opened, shown):
    opened.widget(shown[0].title)
    closed = "document.querySelector('.cnn-static details').open === false"
    opened.page.wait_for_function(closed)


def test_the_frame_is_as_high_as_the_widget(opened, shown):
    for widget in shown:
        opened.widget(widget.title)
    opened.page.wait_for_function(FITTING)


@pytest.mark.parametrize("exported", ["light"], indirect=True)
def test_at_twice_the_size_nothing_is_cut_off(opened, shown):
    """1280 pixels at 200 % are 640. A large grid may scroll inside its own box."""
    opened.page.set_viewport_size({"width": 640, "height": 450})
    for widget in shown:
        root = opened.widget(widget.title)
        assert root.evaluate("root => root.scrollWidth <= root.clientWidth"), widget.title
        assert root.evaluate(OUTSIDE) == [], widget.title
    opened.page.set_viewport_size(SIZE)


def test_who_wants_less_motion_gets_none(browser, tmp_path):
    path = tmp_path / "stepper.html"
    path.write_text(utils.widgets.ConvolutionStepper().page(), encoding="utf-8")
    opened = Opened(browser, path, reduced_motion="reduce")
    outline = opened.page.locator(".cnn-outline").first
    assert outline.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    opened.end()


def interacted(opened, frame) -> bool:
    """Use the first control of the widget in this frame; True if that changed what it shows."""
    frame.scroll_into_view_if_needed()
    root = frame.content_frame.locator(".cnn").first
    root.wait_for()
    before = root.inner_text()
    control = root.locator("input[type=range]:enabled, input[type=text], select").first
    kind = control.evaluate("e => e.type")
    if kind == "text":
        control.fill("3")
        control.press("Enter")
    elif kind == "range":
        control.press("ArrowRight")
    else:
        control.select_option(index=3)
    return root.inner_text() != before


@pytest.mark.parametrize("number", ["01", "02"])
def test_an_exported_lecture_is_interactive(browser, number, tmp_path):
    """As committed, and written with ``jupyter nbconvert --to html``."""
    lecture = next(lecture for lecture in lectures() if lecture.number == number)
    page, _ = HTMLExporter().from_filename(lecture.notebook)
    path = tmp_path / "lecture.html"
    path.write_text(page, encoding="utf-8")
    opened = Opened(browser, path)
    frames = opened.page.locator(".cnn-static iframe").all()
    assert len(frames) == lecture.script.read_text().count("\nwidgets.")
    *figures, score = frames
    for frame in figures:
        assert interacted(opened, frame), frame.get_attribute("title")
    score.content_frame.get_by_text(re.compile(r"1 of \d+ predictions answered")).last.wait_for()
    opened.end()


def test_a_notebook_run_by_nbconvert_is_interactive(browser, tmp_path):
    """With the command that ``help(widgets)`` gives."""
    cell = nbformat.v4.new_code_cell("from utils import widgets\nwidgets.PoolingBench()")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "mine.ipynb")
    command = re.search(r"jupyter (nbconvert .*) NOTEBOOK", utils.widgets.__doc__)[1].split()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", *command, "mine.ipynb"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
    )
    opened = Opened(browser, tmp_path / "mine.html")
    assert interacted(opened, opened.page.locator("iframe"))
    opened.end()
