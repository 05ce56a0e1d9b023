"""A lecture in JupyterLab: its figures can be touched before anything is run, after it was run, and on the next day."""

import shutil
import time

import pytest

from tests.test_lab import choose
from utils.course import colab_address, lectures

pytestmark = pytest.mark.slow

TITLE = "Slide, multiply, add"
LECTURE = next(lecture for lecture in lectures() if lecture.number == "01")


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    yield page
    page.close()


def opened(page, address: str, file: str = f"lectures/{LECTURE.file}.ipynb") -> None:
    page.goto(f"{address}{file}")
    page.get_by_role("heading", name="01 · Convolution arithmetic").wait_for(timeout=60_000)


def answers(page) -> float:
    """Seconds until a figure has answered to a key."""
    start = time.monotonic()
    figure = page.locator(f"iframe[title='{TITLE}']")
    figure.scroll_into_view_if_needed(timeout=60_000)
    frame = page.frame_locator(f"iframe[title='{TITLE}']")
    frame.get_by_role("slider", name="stride").focus(timeout=60_000)
    page.keyboard.press("ArrowRight")
    frame.get_by_text("nn.Conv2d(1, 1, kernel_size=2, stride=2, bias=False)").wait_for()
    assert page.locator(".cnn-still").first.is_hidden(), "the picture stands beside the figure"
    return time.monotonic() - start


def test_its_figures_answer_with_nothing_run(page, widget_lab):
    opened(page, widget_lab[1])
    seconds = answers(page)
    assert seconds < 10, "2 on a machine with nothing else to do"  # these tests share theirs


def test_run_and_saved_they_answer_on_the_next_day(page, widget_lab):
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    choose(page, "Run", "Run All Cells")
    page.locator(".jp-OutputArea-output .cnn", has_text=TITLE).first.wait_for(timeout=120_000)
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "contents" in answer.url):
        page.keyboard.press("Control+s")
    choose(page, "Kernel", "Shut Down Kernel")
    page.wait_for_timeout(1000)
    opened(page, widget_lab[1])
    answers(page)
    assert "model not found" not in page.locator(".jp-Notebook").inner_text()


def test_where_nobody_trusts_it_a_picture_says_where_it_can_be_touched(page, widget_lab):
    """A copy that somebody hands in runs nothing of its own accord. So it is on a repository's page."""
    folder, address = widget_lab
    shutil.copy(LECTURE.notebook, folder / "handed_in.ipynb")
    opened(page, address, "handed_in.ipynb")
    still = page.locator(".cnn-still").first
    still.scroll_into_view_if_needed()
    assert still.locator("img").evaluate("image => image.complete && image.naturalWidth > 500")
    assert still.get_by_role("link", name="in Colab").get_attribute("href") == colab_address(LECTURE)
    assert "Run the cell there." in still.inner_text()
    assert not page.locator(".jp-Notebook iframe").count()
    table = page.get_by_role("table", name=TITLE, include_hidden=True)
    page.locator("details", has=table).locator("summary").click()
    assert table.is_visible()
