"""Widgets in use: what is read out, which keys leave them, what a tap does, what is seen without colours."""

import re

import pytest

from tests.accessibility.conftest import MODES, each_widget, seen, show
from utils.widgets import (
    ConvolutionStepper,
    InsideTheNet,
    KernelLab,
    PoolingBench,
    PredictFirst,
    TrainingScope,
    TransposedConvolution,
)

pytestmark = pytest.mark.slow

# Everything that a screen reader reads out by itself, as it comes.
LISTEN = """() => {
  const live = "[aria-live], [role=status], [role=alert], output";
  window.heard = [];
  window.listening ??= new MutationObserver((changes) => {
    const regions = changes.map(({ target }) => (target.closest ? target : target.parentElement)?.closest(live));
    for (const region of new Set(regions)) if (region?.textContent) heard.push(region.textContent);
  });
  listening.observe(document, { subtree: true, childList: true, characterData: true });
}"""
CONTROLS = """root => {
  const all = [...root.querySelectorAll("input, select")].filter((e) => e.checkVisibility() && !e.checked);
  return all.map((e, n) => ((e.dataset.control = n), n));
}"""


def heard(page) -> list[str]:
    page.wait_for_timeout(330)  # they speak when the learner has come to rest
    return page.evaluate("heard.splice(0)")


def use(control) -> None:
    """Set it to something else, as somebody with a keyboard does."""
    kind = control.evaluate("e => e.type")
    if kind == "range":
        control.focus()
        control.press("ArrowRight" if control.evaluate("e => e.value !== e.max") else "ArrowLeft")
    elif kind in ("radio", "checkbox"):
        control.evaluate("e => e.click()")
    elif kind == "select-one":
        control.select_option(index=control.evaluate("e => (e.selectedIndex ? 0 : 2)"))
    else:
        control.fill("3" if control.input_value() != "3" else "4")
        control.press("Tab")


@each_widget
def test_every_change_is_read_out_once(page, kind):
    root = show(page, kind)
    page.evaluate(LISTEN)
    for number in root.evaluate(CONTROLS)[:9]:
        control = root.locator(f"[data-control='{number}']")
        if not control.count() or not control.evaluate("e => e.checkVisibility()"):
            continue
        before = seen(root)
        use(control)
        spoken = heard(page)
        name = control.evaluate("e => e.isConnected ? e.outerHTML : ''") if control.count() else ""
        if seen(root) == before:
            assert len(spoken) <= 1, (name, spoken)
        else:
            assert len(spoken) == 1, (name, spoken)
        # A pause, and nothing new: what was said is not said again.
        root.evaluate("root => root.dispatchEvent(new Event('pointermove'))")
    assert heard(page) == []


def test_steps_pins_and_refusals_are_read_out_once(page):
    root = show(page, ConvolutionStepper)
    page.evaluate(LISTEN)
    root.get_by_role("button", name="one step on").click()
    page.mouse.move(0, 0)
    assert heard(page) == [root.locator(".cnn-sum").inner_text().replace("·", " times ").replace("−", "minus ")]
    output = root.get_by_role("grid", name="output").get_by_role("gridcell")
    output.nth(0).focus()
    assert len(heard(page)) == 1
    page.keyboard.press("ArrowDown")
    assert len(said := heard(page)) == 1 and said[0].startswith("output[1, 0] = ")
    for _ in range(2):  # the same mistake twice is told twice
        root.get_by_role("grid", name="kernel").get_by_role("gridcell").first.press("Enter")
        page.keyboard.type("cat")
        page.keyboard.press("Enter")
        assert len(said := heard(page)) == 1 and "“cat” is not a number" in said[0]

    root = show(page, KernelLab)
    page.evaluate(LISTEN)
    root.get_by_role("button", name="take this patch to the Stepper").click()
    assert len(said := heard(page)) == 1 and said[0].startswith("Below, in the Stepper: Rows 45 to 51")

    root = show(page, PredictFirst)
    page.evaluate(LISTEN)
    root.get_by_role("button", name="answer", exact=True).click()
    assert heard(page) == ["Type a number first: a guess is enough."]
    root.get_by_label("Your answer").fill("99")
    page.keyboard.press("Enter")
    assert len(said := heard(page)) == 1 and said[0].startswith("✗ You said 99") and "next question" not in said[0]
    page.keyboard.press("Enter")  # the focus is on the way to the next question
    assert heard(page) == [PredictFirst().questions[1]["prompt"]]


def test_what_is_not_computed_yet_is_not_in_the_page(page):
    """Neither for the eye nor for the ear, nor to be copied."""
    for widget, name in (
        (ConvolutionStepper(step=1), "output"),
        (TransposedConvolution(step=1), "input"),
        (TransposedConvolution(step=1), "input with zeros between its cells"),
    ):
        grid = show(page, widget).get_by_role("grid", name=name, exact=True)
        coming = grid.locator(".unknown")
        assert coming.count() and coming.all_text_contents() == [""] * coming.count()
        assert grid.aria_snapshot().count('gridcell "not computed yet"') == coming.count()
    grid = show(page, ConvolutionStepper(step=1)).get_by_role("grid", name="output")
    seventh = grid.get_by_role("gridcell").nth(6)
    seventh.hover()
    assert seventh.inner_text() == "−17" and "not computed" not in seventh.aria_snapshot()
    page.mouse.move(0, 0)
    page.wait_for_function("cell => !cell.textContent", arg=seventh.element_handle())


def test_marks_are_in_the_names_of_cells(page):
    root = show(page, PoolingBench(shift=1))
    root.get_by_role("grid", name="output, max").get_by_role("gridcell").first.click()
    tree = root.get_by_role("grid", name="input", exact=True).aria_snapshot()
    assert 'gridcell "0, padding, takes part"' in tree and "takes part, picked" in tree
    assert ", shown" in root.get_by_role("grid", name="output, max").aria_snapshot()


KEYS = """() => {
  window.keys = [];
  document.addEventListener("keydown", (event) => {
    keys.push(event.key.toLowerCase());
    if (event.ctrlKey || event.metaKey) event.preventDefault();
  });
}"""


@each_widget
def test_keys_of_the_notebook_and_the_browser_pass_through(page, kind):
    root = show(page, kind)
    page.evaluate(KEYS)
    stops = root.locator("input:enabled:visible, select:visible, button:enabled:visible, [role=slider]")
    for stop in [*stops.all()[:3], *stops.all()[-2:]]:
        stop.focus()
        page.evaluate("keys.length = 0")
        for key in ("Control+s", "Meta+k", "Alt+x", "Control+Shift+c", "Escape"):
            page.keyboard.press(key)
        pressed = page.evaluate("keys.filter((key) => !['control', 'meta', 'alt', 'shift'].includes(key))")
        assert pressed == ["s", "k", "x", "c", "escape"], stop.evaluate("e => e.outerHTML")
        page.evaluate("keys.length = 0")
        page.keyboard.press("b")  # in a notebook it would add a cell
        assert page.evaluate("keys") == []


def test_while_a_number_is_typed_they_do_so_too_and_escape_ends_the_typing(page):
    root = show(page, ConvolutionStepper)
    page.evaluate(KEYS)
    cell = root.get_by_role("grid", name="kernel").get_by_role("gridcell").first
    cell.press("5")
    page.keyboard.press("Control+s")
    assert page.evaluate("keys").count("s") == 1
    page.evaluate("keys.length = 0")
    page.keyboard.press("Escape")
    assert (
        page.evaluate("keys") == [] and cell.inner_text() == "1" and cell.evaluate("e => e === document.activeElement")
    )
    page.keyboard.press("Escape")
    assert page.evaluate("keys") == ["escape"]


def test_escape_leads_to_the_cell_of_the_notebook(page):
    root = show(page, ConvolutionStepper)
    root.evaluate("root => (root.parentElement.tabIndex = -1)")
    root.get_by_role("slider", name="stride").press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"


@each_widget
def test_tab_goes_through_and_out_again(page, kind):
    root = show(page, kind)
    if not root.locator("button:visible, input:visible").count():
        return  # a score has nothing to be set
    page.keyboard.press("Tab")
    stops = 0
    while page.evaluate("document.querySelector('.cnn').contains(document.activeElement)"):
        assert page.evaluate("document.activeElement.matches(':focus-visible')"), "the focus is seen"
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 90
    assert stops


# What can be tapped, a few of each kind. What plays is left out: it is never still.
TAPPED = ".cnn-grid, [role=slider], .cnn-picture, .cnn-choice label, .cnn-tile, .cnn-check"
TAPPED += ", .cnn-player button:not(.cnn-play)"


@each_widget
def test_a_tap_does_what_a_click_does(browser, page, kind):
    finger = browser.new_page(viewport={"width": 1000, "height": 900}, has_touch=True)
    states = []
    for where, touch in ((page, False), (finger, True)):
        root = show(where, kind)
        found = []
        for part in root.locator(TAPPED).all()[:8]:
            if not part.is_visible() or not part.is_enabled():
                continue
            cell = part.get_by_role("gridcell")
            place = cell.nth(cell.count() // 2) if cell.count() else part
            place.scroll_into_view_if_needed()
            box = place.bounding_box()
            at = {"x": 26.5 / 64 * box["width"], "y": 24.5 / 64 * box["height"]}  # not where two places meet
            place.tap(position=at) if touch else place.click(position=at)
            where.keyboard.press("Escape")  # a box that has opened
            where.mouse.move(0, 0)
            where.evaluate("document.activeElement.blur()")
            found.append(re.sub(r"\d+ ms|At row .*", "", seen(root)))  # which differ by a pixel
        states.append(found)
    finger.close()
    assert states[0] == states[1]


def test_the_first_tap_on_an_output_that_is_not_computed_keeps_it(browser):
    page = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    root = show(page, ConvolutionStepper)
    cell = root.get_by_role("grid", name="output").get_by_role("gridcell").nth(7)
    cell.scroll_into_view_if_needed()
    box = cell.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # on the dot
    assert "output 8 of 9" in root.inner_text()
    page.close()


MARKS = [
    "window",
    "current",
    "winner",
    "touched",
    "linked",
    "changed",
    "padding",
    "dropped",
    "unknown",
    "deep2",
    "deep4",
]


@pytest.mark.parametrize("mode", MODES)
def test_every_mark_is_seen(browser, mode):
    """In a contrast theme too: a cell with a mark looks unlike one without."""
    page = browser.new_page(viewport={"width": 1000, "height": 900}, **MODES[mode])
    root = show(page, ConvolutionStepper)
    page.mouse.move(0, 0)
    cell = root.get_by_role("grid", name="kernel").get_by_role("gridcell").nth(4)
    looks = {"": cell.screenshot()}
    for mark in MARKS:
        cell.evaluate("(cell, mark) => cell.classList.add(mark)", mark)
        looks[mark] = cell.screenshot()
        cell.evaluate("(cell, mark) => cell.classList.remove(mark)", mark)
    for mark in MARKS:
        assert looks[mark] != looks[""], mark
    assert len(set(looks.values())) >= len(MARKS) - 1, "two marks look alike"  # the shown one and the picked one may
    root = show(page, InsideTheNet)
    bars = root.locator(".cnn-share")
    assert bars.nth(0).screenshot() != bars.nth(1).screenshot(), "62 % and 13 %"
    page.close()


def test_a_page_of_its_own_follows_the_system_and_says_what_it_is(browser):
    page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark", is_mobile=True)
    root = show(page, ConvolutionStepper)
    assert page.title() == ConvolutionStepper().title
    assert page.evaluate("innerWidth") == 390, "laid out for the telephone that it is on"
    assert "dark" in root.get_attribute("class").split()
    page.close()


def test_curves_that_come_one_by_one_draw_no_impossible_numbers(page):
    """``page`` fails for any error in the console."""
    for run in (
        {"train_loss": [0.5]},
        {"train_loss": [0.5, 0.4], "validation_loss": [0.6]},
        {"train_loss": [0.5], "validation_accuracy": [0.1, 0.2]},
        {"validation_loss": [0.5]},
    ):
        root = show(page, TrainingScope(**run))
        assert "NaN" not in root.inner_html() and "Infinity" not in root.inner_html()


def test_the_filters_that_a_run_began_with_are_its_epoch_0(page):
    run = {"train_loss": [0.5, 0.4], "filters": [[[[n, -2], [0.5, 1]]] for n in (7, 8, 9)]}
    root = show(page, TrainingScope(epoch=1, **run))
    filters = root.get_by_role("img", name="filter 1: ")
    shown = []
    for _ in range(3):
        shown.append((root.locator(".cnn-where").inner_text(), filters.inner_text().split()))
        root.get_by_role("button", name="one step back").click(force=True)
    assert shown == [
        ("epoch 2 of 2", ["9", "−2", "0.5", "1"]),
        ("epoch 1 of 2", ["8", "−2", "0.5", "1"]),
        ("epoch 0 of 2", ["7", "−2", "0.5", "1"]),
    ]
    assert "Before the first epoch" in root.inner_text()
    root = show(page, TrainingScope(**run | {"filters": run["filters"][1:]}))  # without them, epoch 1 is the first
    assert root.locator(".cnn-where").inner_text() == "epoch 1 of 2"


def test_covering_that_costs_nothing_outlines_nothing(page):
    root = show(page, InsideTheNet(image=1, target=0))  # "lying", asked for "upright"
    grid = root.get_by_role("grid", name="probability with the square at each place, %")
    assert grid.locator(".changed").count() == 0
    assert "Covering costs “upright” nothing, wherever the square lies." in root.inner_text()
    root = show(page, InsideTheNet)
    assert 0 < grid.locator(".changed").count() <= 4 and "Outlined: where covering costs" in root.inner_text()


def test_a_wrong_prediction_opens_the_stepper_where_there_is_something_to_see(page):
    question = next(question for question in PredictFirst().questions if (question["case"] or {}).get("padding"))
    widget = PredictFirst()
    number = widget.questions.index(question)
    root = show(page, PredictFirst(index=number, answers=[None] * number + [99]))
    sum_of = root.locator(".cnn-stepper .cnn-sum").inner_text()
    assert any(f"{digit}·" in sum_of for digit in range(1, 10)), sum_of
    assert root.evaluate("root => root.offsetHeight") < 1100


@pytest.mark.parametrize("on_paper", [False, True])
def test_on_paper_marks_are_printed_on_white(page, on_paper):
    page.emulate_media(color_scheme="dark", media="print" if on_paper else "screen")
    root = show(page, ConvolutionStepper)
    look = root.evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).printColorAdjust]")
    assert look == ["rgb(255, 255, 255)" if on_paper else "rgb(23, 25, 28)", "exact"]
    page.emulate_media(color_scheme="light", media="screen")
