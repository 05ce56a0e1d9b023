"""Every widget in a page exported by nbconvert, in Chromium, with every request but the page's own file refused."""

import re

import pytest

pytestmark = pytest.mark.slow

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
OUTSIDE = """root => [...root.querySelectorAll("button, input, p, code")]
  .filter((e) => e.offsetParent && !e.closest(".cnn-scroll") && e.getBoundingClientRect().right > innerWidth + 1)
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

    def widget(self, title):
        frame = self.page.locator(f'iframe[title="{title}"]')
        frame.scroll_into_view_if_needed()
        inside = frame.content_frame.locator(".cnn").first
        inside.wait_for()
        return inside


@pytest.fixture
def opened(browser, exported):
    opened = Opened(browser, exported, viewport={"width": 1280, "height": 900})
    yield opened
    own_errors = [error for error in opened.errors if "require" not in error and "MathJax" not in error]
    assert not own_errors, own_errors
    inside = [url for frame, url in opened.asked if frame != opened.page.main_frame]
    assert not inside, "a widget asked for something"
    opened.page.close()


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
        root = opened.widget(widget.title)
        opened.page.wait_for_timeout(150)
        frame = opened.page.locator(f'iframe[title="{widget.title}"]').bounding_box()
        assert abs(frame["height"] - root.bounding_box()["height"]) <= 2, widget.title


def test_stepper_without_kernel(opened):
    root = opened.widget("Convolution, one step at a time")
    output = root.get_by_role("grid", name="output")
    cells = output.get_by_role("gridcell")
    assert cells.count() == 9
    cells.nth(4).hover()
    assert "output[1, 1] = " in root.locator(".cnn-sum").inner_text()
    root.get_by_role("slider", name="stride").focus()
    opened.page.keyboard.press("ArrowRight")
    assert output.get_by_role("gridcell").count() == 4
    assert "nn.Conv2d(1, 1, kernel_size=3, stride=2, bias=False)" in root.locator("code").inner_text()
    root.get_by_role("slider", name="dilation").focus()
    for _ in range(3):
        opened.page.keyboard.press("ArrowRight")
    assert "spans 9 cells, but the padded input has only 5" in root.locator(".cnn-impossible").inner_text()
    root.get_by_role("slider", name="padding").focus()
    for _ in range(2):
        opened.page.keyboard.press("ArrowRight")
    assert not root.locator(".cnn-impossible").is_visible(), "9 cells have room in 9"
    assert output.get_by_role("gridcell").count() == 1


def test_a_wrong_prediction_opens_the_stepper(opened):
    root = opened.widget("Predict first")
    root.get_by_label("Your answer").fill("no number")
    opened.page.keyboard.press("Enter")
    assert "Type a number first" in root.inner_text()
    root.get_by_label("Your answer").fill("99")
    opened.page.keyboard.press("Enter")
    assert "You said 99" in root.inner_text()
    assert root.get_by_role("region", name="This very case").is_visible()


@pytest.mark.parametrize("exported", ["light"], indirect=True)
def test_at_twice_the_size_nothing_is_cut_off(browser, exported, shown):
    """1280 pixels at 200 % are 640 of twice the size. A large grid may scroll inside its own box."""
    opened = Opened(browser, exported, viewport={"width": 640, "height": 450}, device_scale_factor=2)
    for widget in shown:
        root = opened.widget(widget.title)
        assert root.evaluate("root => root.scrollWidth <= root.clientWidth"), widget.title
        assert root.evaluate(OUTSIDE) == [], widget.title
    opened.page.close()


@pytest.mark.parametrize("exported", ["light"], indirect=True)
def test_who_wants_less_motion_gets_none(browser, exported):
    opened = Opened(browser, exported, reduced_motion="reduce")
    root = opened.widget("Convolution, one step at a time")
    outline = root.locator(".cnn-outline").first
    assert outline.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    opened.page.close()
