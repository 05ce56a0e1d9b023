"""What the tests of access share: one Chromium, axe-core, and each widget in a page of its own."""

import pytest
from axe_playwright_python.sync_playwright import Axe

import utils.widgets
from tests.widgets.conftest import example

# How a page is looked at. Chromium stands in for Windows' contrast themes.
MODES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active", "color_scheme": "dark"},
}
# All rules, with one that axe leaves out by itself: a name has the words that are seen.
RULES = {"rules": {"label-content-name-mismatch": {"enabled": True}}, "resultTypes": ["violations"]}


@pytest.fixture(scope="module", params=MODES)
def in_mode(request, browser):
    """A page in each of the three modes."""
    page = browser.new_page(viewport={"width": 1000, "height": 900}, **MODES[request.param])
    page.mode = request.param
    yield page
    page.close()


@pytest.fixture(scope="module")
def page(browser):
    """One page for all that are not about colours. What goes wrong in it is in ``page.errors``."""
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    yield page
    assert not page.errors
    page.close()


def show(page, widget):
    """A widget in this page, alone. Returns its outermost element."""
    if isinstance(widget, type):
        widget = example(widget)
    page.goto("about:blank")  # what was open before may forbid scripts
    page.set_content(widget.page())
    root = page.locator(".cnn").first
    root.wait_for()
    return root


def seen(root) -> str:
    """The words of a widget, without what is only read out, and the number of a slider, which is read out with it."""
    return root.evaluate(
        """root => {
          const others = root.querySelectorAll(".cnn-spoken, .cnn-value");
          for (const each of others) each.hidden = true;
          const words = root.innerText;
          for (const each of others) each.hidden = false;
          return words;
        }"""
    )


def faults(page, inside=None, without=(), apart_from=()) -> list[str]:
    """What axe finds in a page or frame, but not in the parts ``without``: rule, element, and what is wrong."""
    other = getattr(page, "mode", "light") != "light"  # where nothing but colours differs
    rules = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]} if other else RULES
    where = {"include": [[inside]] if inside else [["html"]], "exclude": [[part] for part in without]}
    found = Axe().run(page, context=where, options=rules).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["id"] not in apart_from
        for node in rule["nodes"]
    ]


KINDS = list(utils.widgets.KINDS.values())
each_widget = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.script)
