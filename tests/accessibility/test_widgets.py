"""Each widget, asked by axe-core and by what axe does not see: fingers, voices, contrast themes, small windows."""

import pytest

from tests.accessibility.conftest import KINDS, each_widget, faults, show
from utils.widgets import (
    ChannelsAndGroups,
    ConvolutionStepper,
    KernelLab,
    NetworkLedger,
    PoolingBench,
    PredictFirst,
    TransposedConvolution,
    WeightView,
)

pytestmark = pytest.mark.slow

LARGE = [[(3 * r + 5 * c) % 10 for c in range(32)] for r in range(32)]
LARGE_ONES = [ConvolutionStepper(LARGE, padding=2), WeightView([row[:8] for row in LARGE[:8]], kernel=[[1] * 5] * 5)]
# Widgets that show something else than at first: errors, large grids, an answer, a widget inside another.
OTHERWISE = {
    "what the floor drops": ConvolutionStepper(stride=3, padding=1, step=1),
    "no place for the kernel": ConvolutionStepper(dilation=3),
    "a setting that cannot be": PoolingBench(shift=9),
    "groups that do not fit": ChannelsAndGroups(groups=3),
    "a shift": PoolingBench(shift=1, way="average"),
    "overlaps": TransposedConvolution(show="overlaps", step=8),
    "a layer that cannot be": NetworkLedger(input_shape=(1, 6, 6)),
    "a wrong answer": PredictFirst(answers=[99]),
}


@each_widget
def test_axe_finds_nothing(in_mode, kind):
    root = show(in_mode, kind)
    assert ("dark" in root.get_attribute("class").split()) == (in_mode.mode != "light"), "it follows the system"
    assert faults(in_mode) == []


def test_axe_finds_nothing_in_what_a_widget_becomes(in_mode):
    for name, widget in OTHERWISE.items():
        show(in_mode, widget)
        assert faults(in_mode) == [], name
    root = show(in_mode, KernelLab)
    root.get_by_role("button", name="take this patch to the Stepper").click()
    assert faults(in_mode) == []


# What a pointer can hit, and its size: that of its label, where the label is what is seen.
TARGETS = """root => {
  const hit = (e) => ["radio", "checkbox"].includes(e.type) ? e.closest("label") ?? e : e;
  const all = root.querySelectorAll("button, input, select, summary, a, [role=gridcell], [role=slider], [tabindex]");
  return [...new Set([...all].filter((e) => e.checkVisibility()).map(hit))]
    .map((e) => ({ name: e.outerHTML.slice(0, 120), box: e.getBoundingClientRect() }))
    .filter(({ box }) => Math.min(box.width, box.height) < 23.9)
    .map(({ name, box }) => `${box.width}×${box.height} ${name}`);
}"""


@pytest.mark.parametrize("width", [1000, 320])
def test_every_target_is_24_pixels_large(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    for widget in [*KINDS, *OTHERWISE.values(), *LARGE_ONES]:
        root = show(page, widget)
        root.evaluate("root => root.querySelectorAll('details').forEach((e) => (e.open = true))")
        assert root.evaluate(TARGETS) == [], root.inner_text()[:40]
    page.set_viewport_size({"width": 1000, "height": 900})


def test_at_320_pixels_nothing_but_a_grid_or_a_table_scrolls_sideways(page):
    """Twice the size of 640 pixels, too, and four times that of 1280 (WCAG 1.4.10)."""
    page.set_viewport_size({"width": 320, "height": 600})
    for widget in [*KINDS, *OTHERWISE.values()]:
        root = show(page, widget)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), root.inner_text()[:40]
        cut = root.evaluate(
            """root => [...root.querySelectorAll("button, input, select, p, code, h3, figcaption")]
            .filter((e) => e.checkVisibility() && !e.closest(".cnn-spoken, .cnn-ledger"))
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
            .map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert cut == [], root.inner_text()[:40]
    page.set_viewport_size({"width": 1000, "height": 900})


def test_in_a_page_from_right_to_left_numbers_and_formulas_stay_as_they_are(page):
    for kind in KINDS:
        usual = show(page, kind)
        cells = """root => [...root.querySelectorAll("[role=gridcell], p:not(.cnn-spoken), b")]
            .filter((e) => e.checkVisibility())
            .map((e) => [e.innerText, e.getBoundingClientRect().left - root.getBoundingClientRect().left])"""
        before = usual.evaluate(cells)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert usual.evaluate(cells) == before, kind.script
        page.evaluate("document.documentElement.dir = ''")


def test_text_spaced_out_is_not_cut_off(page):
    """WCAG 1.4.12: lines 1.5, paragraphs 2, letters 0.12 and words 0.16 times the size of the letters."""
    for kind in KINDS:
        root = show(page, kind)
        style = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } "
        page.add_style_tag(content=style + "p { margin-bottom: 2em !important }")
        cut = root.evaluate(
            """root => [...root.querySelectorAll("button, label, p, select, legend, caption, figcaption")]
            .filter((e) => e.checkVisibility() && !e.closest(".cnn-spoken"))
            .filter((e) => getComputedStyle(e).overflow !== "visible" || e.tagName === "BUTTON")
            .filter((e) => e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2)
            .map((e) => e.outerHTML.slice(0, 120))"""
        )
        assert cut == [], kind.script


def test_lines_are_short_enough_to_read(page):
    """At most about 80 letters (WCAG 1.4.8)."""
    page.set_viewport_size({"width": 1400, "height": 900})
    for kind in KINDS:
        root = show(page, kind)
        longest = root.evaluate(
            """root => Math.max(...[...root.querySelectorAll(".cnn-note, p:not([class])")].map((e) => {
              const look = getComputedStyle(e);
              return e.getBoundingClientRect().width / (0.55 * parseFloat(look.fontSize));
            }))"""
        )
        assert longest <= 90, f"{kind.script}: room for {longest:.0f} letters"
    page.set_viewport_size({"width": 1000, "height": 900})
