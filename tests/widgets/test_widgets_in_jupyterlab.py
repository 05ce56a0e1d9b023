"""A learner with widgets in JupyterLab: drag, type, keyboard alone, two of them, a restarted kernel, the next day."""

import pytest
from playwright.sync_api import TimeoutError

from tests.test_lab import choose

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(browser, widget_lab):
    """The notebook with its first three cells run."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(f"{widget_lab[1]}widgets.ipynb?reset")  # without what other tests have open
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    for number in range(3):
        run(page, number)
    page.get_by_role("region", name="The second").wait_for(timeout=60_000)
    yield page
    assert not page.errors
    page.close()


def run(page, number: int) -> None:
    cell = page.locator(".jp-CodeCell").nth(number)
    before = cell.locator(".jp-InputPrompt").inner_text()
    for _ in range(5):  # a notebook that has just opened overlooks a key
        cell.locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        try:
            page.wait_for_function(
                """([number, before]) => {
                    const now = document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")[number].textContent;
                    return /\\d/.test(now) && now !== before; }""",
                arg=[number, before],
                timeout=20_000,
            )
            return
        except TimeoutError:
            continue
    pytest.fail(f"cell {number} did not run")


def kernel_says(page) -> str:
    run(page, 3)
    return page.locator(".jp-CodeCell").nth(3).locator(".jp-OutputArea-output").inner_text().strip()


def widget(page, title):
    return page.get_by_role("region", name=title)


def cells(page, title, name):
    return widget(page, title).get_by_role("grid", name=name).get_by_role("gridcell")


def test_drag_a_slider(page):
    slider = widget(page, "The first").get_by_role("slider", name="stride")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, middle, steps=5)
    assert cells(page, "The first", "output").count() == 4, "the page changes while the slider is dragged"
    page.mouse.up()
    assert kernel_says(page).startswith("(2, 2) [0, 1, 2, 1, 0] 0 [[1, 2], [3, 4]]")


def test_type_a_number(page):
    cells(page, "The first", "padded input").nth(0).click()
    page.keyboard.type("70")
    page.keyboard.press("Enter")
    assert "output[0, 0] = 70·1 + " in widget(page, "The first").locator(".cnn-sum").inner_text()
    assert kernel_says(page).startswith("(2, 2) [70, 1, 2, 1, 0] 0")


def test_the_one_beside_it_has_not_changed(page):
    assert cells(page, "The second", "padded input").all_inner_texts() == ["1", "2", "3", "4"]


def test_keyboard_only(page):
    widget(page, "The first").get_by_role("checkbox").focus()
    for _ in range(3):  # input, kernel, output: each grid is one stop
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert "output[1, 1] = " in widget(page, "The first").locator(".cnn-sum").inner_text()
    page.wait_for_function("document.querySelector('.cnn-spoken').textContent.includes('output[1, 1]')")
    page.keyboard.press("Enter")
    assert "output 4 of 4" in widget(page, "The first").inner_text()
    before = page.locator(".jp-Cell").count()
    for key in ("a", "b", "d", "d", "x"):  # they would add and delete cells
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == before
    page.keyboard.press("Space")  # plays from the start
    page.wait_for_function("document.querySelector('.cnn-where').textContent === 'output 2 of 4'")
    page.keyboard.press("Space")
    assert widget(page, "The first").get_by_role("button", name="play").is_visible()
    assert "(2, 2)" in kernel_says(page)


def test_python_changes_the_page(page):
    run(page, 4)
    page.wait_for_function("document.querySelector('.cnn-code code').textContent.includes('stride=3')")


def test_it_follows_the_theme(page):
    assert "dark" not in widget(page, "The first").get_attribute("class").split()
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text("JupyterLab Dark", exact=True).click()
    page.wait_for_selector(".cnn.dark", timeout=15_000)


def test_a_restarted_kernel(page):
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    page.wait_for_function("document.querySelector('.cnn-code code')?.textContent.includes('stride=3')", timeout=60_000)
    slider = widget(page, "The first").get_by_role("slider", name="stride")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    assert kernel_says(page).startswith("(2, 2)")


def test_a_kernel_that_is_gone_leaves_the_widget_alive(page):
    choose(page, "Kernel", "Shut Down Kernel")
    page.wait_for_timeout(1000)
    first = widget(page, "The first")
    first.get_by_role("slider", name="stride").focus()
    page.keyboard.press("Home")
    assert "kernel_size=3, bias=False)" in first.locator("code").inner_text()


def is_alive(page, title: str) -> None:
    """In place of the widget is its frame, and a slider in it answers."""
    frame = page.frame_locator(f"iframe[title='{title}']")
    frame.get_by_role("slider", name="stride").focus(timeout=60_000)
    page.keyboard.press("End")
    assert "stride=4" in frame.locator(".cnn-code code").inner_text()
    assert "model not found" not in page.locator(".jp-Notebook").inner_text()


def test_saved_and_opened_again_its_frame_is_alive(page, widget_lab):
    folder, address = widget_lab
    page.locator(".jp-InputArea-editor").first.click()
    with page.expect_response(lambda answer: answer.request.method == "PUT" and "contents" in answer.url):
        page.keyboard.press("Control+s")
    saved = (folder / "widgets.ipynb").read_text()
    assert saved.count("<iframe title") == 2 and "widget-view+json" not in saved
    assert widget(page, "The first").count(), "the page that is open keeps the live one"
    page.goto(f"{address}widgets.ipynb")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=60_000)
    is_alive(page, "The first")


def test_an_old_notebook_shows_its_widgets_without_a_kernel(page, widget_lab):
    before = (widget_lab[0] / "old.ipynb").read_bytes()
    page.goto(f"{widget_lab[1]}old.ipynb")
    page.get_by_role("dialog").get_by_role("button", name="No Kernel").click(timeout=60_000)
    is_alive(page, "An old one")
    slider = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    assert slider.inner_text().strip() == "IntSlider(value=7)"
    assert (widget_lab[0] / "old.ipynb").read_bytes() == before
