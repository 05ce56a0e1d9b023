"""How fast widgets answer in the browser: slider to page, pointer to marks, frames while playing, picture to class."""

import os
import shutil
import statistics
import tempfile
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

# Milliseconds from an event to a page whose layout is up to date, for each of many events.
SLIDER = """([name, values, rounds]) => {
  const root = document.querySelector(".cnn");
  const slider = root.querySelector(`input[aria-label="${name}"]`);
  const times = [];
  for (let n = 0; n < rounds; n++) {
    for (const value of values) {
      const began = performance.now();
      slider.value = value;
      slider.dispatchEvent(new Event("input"));
      root.getBoundingClientRect();
      times.push(performance.now() - began);
    }
  }
  return times;
}"""
HOVER = """([name, rounds]) => {
  const cells = [...document.querySelectorAll(`[aria-label="${name}"] [role=gridcell]`)];
  const times = [];
  for (let n = 0; n < rounds; n++) {
    for (const cell of cells) {
      const began = performance.now();
      cell.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
      times.push(performance.now() - began);
    }
  }
  return times;
}"""
# The same from the choice of a picture to all maps and classes of a ResNet-20.
PICTURES = """(rounds) => {
  const times = [];
  for (let n = 0; n < rounds; n++) {
    for (const picture of document.querySelectorAll(".cnn-pictures input")) {
      const began = performance.now();
      picture.click();
      document.querySelector(".cnn").getBoundingClientRect();
      times.push(performance.now() - began);
    }
  }
  return times;
}"""
FRAMES = """() => new Promise((done) => {
  document.querySelector(".cnn-play").click();
  let frames = 0;
  const began = performance.now();
  const tick = (now) => {
    if (now - began > 2000) return done((1000 * frames) / (now - began));
    frames += 1;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})"""


def run(rounds: int) -> list[str]:
    """The table in Markdown, or the reason why there is none."""
    chromium = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        why = "there is no Chromium here (on Debian or Ubuntu, apt-get install chromium)"
        return [f"### Widgets in the browser\n\nNot measured: {why}."]
    from playwright.sync_api import sync_playwright

    from utils.widgets import ConvolutionStepper, LiveNetwork

    lines = [
        "### Widgets in the browser",
        "",
        "| Convolution Stepper | median | slowest of 20 |",
        "|---|--:|--:|",
    ]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for size in (7, 32):
            image = [[(3 * row + 5 * column) % 10 for column in range(size)] for row in range(size)]
            page = opened(browser, Path(folder), ConvolutionStepper(image))
            drag = page.evaluate(SLIDER, ["dilation", [1, 2, 3], 10 * rounds])
            hover = page.evaluate(HOVER, ["output", rounds])
            frames = page.evaluate(FRAMES)
            lines.append(line(f"slider to changed page, input {size}×{size}, kernel 3×3", drag))
            lines.append(line(f"pointer on an output, input {size}×{size}", hover))
            lines.append(f"| frames a second while playing, input {size}×{size} | {frames:.0f} | |")
            page.close()
        page = opened(browser, Path(folder), LiveNetwork())
        lines += ["", "| Live Network, ResNet-20 | median | slowest of 20 |", "|---|--:|--:|"]
        lines.append(line("another picture to changed page", page.evaluate(PICTURES, rounds)))
        browser.close()
    return ["\n".join(lines)]


def opened(browser, folder: Path, widget):
    """A page that holds nothing but this widget."""
    path = folder / "widget.html"
    path.write_text(widget.page(), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(path.as_uri())
    page.wait_for_selector(".cnn")
    return page


def line(name: str, times: list[float]) -> str:
    """Median, and the 95th percentile: one event in twenty is slower."""
    slow = statistics.quantiles(times, n=20)[-1]
    return f"| {name} | {statistics.median(times):.2f} ms | {slow:.2f} ms |"
