"""JupyterLab's own keys, with the focus in a figure: in the frame of one that nothing has run, and in a live one."""

import pytest

from tests.widgets.conftest import widget_lab  # noqa: F401
from tests.widgets.test_widgets_in_jupyterlab import run

pytestmark = pytest.mark.slow
READY = ".jp-Notebook-ExecutionIndicator[data-status='idle']"


@pytest.fixture(scope="module", params=["a frame", "a live figure"])
def slider(request, browser, widget_lab):  # noqa: F811
    """A slider of a figure in JupyterLab."""
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    live = request.param == "a live figure"
    page.goto(widget_lab[1] + ("widgets.ipynb" if live else "lectures/01_convolution_arithmetic.ipynb"))
    page.wait_for_selector(READY, timeout=60_000)
    if live:
        run(page, 0)
        run(page, 1)
        yield page.get_by_role("region", name="The first").get_by_role("slider", name="stride")
    else:
        frame = page.locator("iframe[title='Slide, multiply, add']")
        frame.scroll_into_view_if_needed()
        yield frame.content_frame.get_by_role("slider", name="stride")
    page.close()


def test_ctrl_s_saves(slider):
    slider.focus(timeout=60_000)
    with slider.page.expect_response(lambda answer: answer.request.method == "PUT" and "contents" in answer.url):
        slider.page.keyboard.press("Control+s")


def test_escape_leads_to_the_cell_and_the_arrows_on_from_it(slider):
    page = slider.page
    slider.focus()
    page.keyboard.press("ArrowRight")
    before = slider.input_value()
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.jp-Cell')")
    first = page.evaluate("(window.was = document.activeElement).className")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("document.activeElement.matches('.jp-Cell') && document.activeElement !== window.was")
    assert "jp-Cell" in first and slider.input_value() == before


def test_other_keys_do_nothing_to_the_notebook(slider):
    page = slider.page
    slider.focus()
    cells = page.locator(".jp-Cell").count()
    for key in ("a", "b", "d", "d", "x"):
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
