"""A figure by its address, in a frame, as a module; and what an address may say, held to what Python takes."""

import functools
import http.server
import json
import subprocess
import threading
from urllib.parse import urlencode

import pytest

from utils.site.building import HERE
from utils.site.figures import ALONE, bounds, uses
from utils.widgets import KINDS
from utils.widgets.page import joined

VALUES = [0, 1, 2, 3, 5, 9, 10, 40, -1, 1.5, 10**4, "max", "reflect", "nonsense", True, False, None, [], [1], [1, 2]]
VALUES += [[1, 2, 3], [0, 99], [[1, 2], [3, 4]], [[1], [2, 3]], [[]], [["a"]], [[20_000]], [[1] * 33] * 33, [1.5, 2]]


def test_an_address_is_taken_and_refused_as_python_does(node, tmp_path):
    """Every setting of every figure, given every value above."""
    asked = [(kind, setting, value) for kind in KINDS.values() for setting in bounds(kind) for value in VALUES]
    (tmp_path / "asked.json").write_text(
        json.dumps([[f"#{urlencode({setting: json.dumps(value)})}", bounds(kind)] for kind, setting, value in asked])
    )
    script = joined(HERE / "page/settings.js") + (
        "\nconst asked = JSON.parse(require('fs').readFileSync(process.argv[2]));"
        "\nconsole.log(JSON.stringify(asked.map(([hash, bounds]) => readAddress(hash, bounds))));"
    )
    (tmp_path / "asked.js").write_text(script)
    told = subprocess.check_output([node, tmp_path / "asked.js", tmp_path / "asked.json"], text=True)
    figures = {kind: kind() for kind in KINDS.values()}
    for (kind, setting, value), answer in zip(asked, json.loads(told), strict=True):
        figure = figures[kind]
        setattr(figure, setting, kind.class_traits()[setting].default_value)
        figure.problem = ""
        setattr(figure, setting, value)
        place = f"{kind.script}.{setting} = {value}"
        assert bool(answer["problem"]) == bool(figure.problem), f"{place}: {answer['problem']!r}, {figure.problem!r}"
        if not figure.problem:
            taken = getattr(figure, setting)
            assert answer["settings"] == {setting: json.loads(json.dumps(taken))}, place
        else:
            assert setting in answer["problem"]
            ending = figure.problem.partition("must be at most")[2] or figure.problem.partition("shows at most")[2]
            assert ending in answer["problem"], place


def test_what_is_written_into_an_address_is_read_from_it(node, tmp_path):
    kind = KINDS["stepper"]
    figure = kind()
    usual = {name: getattr(figure, name) for name in kind.settings()}
    state = usual | {"stride": [2, 1], "kernel": [[1, 0], [0, -1.5]], "step": 3}
    script = joined(HERE / "page/settings.js") + (
        f"\nconst [state, usual, bounds] = {json.dumps([state, usual, bounds(kind)])};"
        "\nconst address = writeAddress(state, usual, bounds);"
        "\nconsole.log(JSON.stringify([address, readAddress(address, bounds), writeAddress(usual, usual, bounds)]));"
    )
    (tmp_path / "written.js").write_text(script)
    address, read, nothing = json.loads(subprocess.check_output([node, tmp_path / "written.js"], text=True))
    assert read == {"settings": {name: state[name] for name in ("stride", "kernel", "step")}, "problem": ""}
    assert address.startswith("#") and "image" not in address and nothing == ""


@pytest.mark.slow
def test_a_link_to_a_figure_keeps_its_settings(site, opened):
    page = opened(site / "figures/stepper.html", "#stride=2&kernel=[[1,2],[3,4]]")
    assert page.get_by_role("grid", name="output").get_by_role("row").count() == 2
    page.get_by_role("slider", name="padding").press("ArrowRight")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("status").filter(has_text="Copied.").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    again = opened(site / "figures/stepper.html", f"#{address.partition('#')[2]}")
    assert again.get_by_role("slider", name="padding").input_value() == "1"
    assert again.get_by_role("slider", name="stride").input_value() == "2"


@pytest.mark.slow
def test_a_bad_address_is_told_in_the_figure(site, opened):
    page = opened(site / "figures/stepper.html", "#stride=99&colour=red&padding=2")
    told = page.locator(".cnn-problem").inner_text()
    assert "stride=99 is too large to be shown: it must be at most 9" in told
    assert "colour is no setting of this figure: it has " in told
    assert page.get_by_role("slider", name="padding").input_value() == "2"


@pytest.mark.slow
def test_every_figure_in_the_gallery_answers_and_says_its_lecture(site, opened):
    page = opened(site / "figures/index.html")
    for name in ALONE:
        place = page.locator(f".cnn-place[data-figure={name}]")
        drawn = place.locator(".cnn").first
        before = drawn.inner_html()
        for control in place.locator(
            "input:enabled, select:enabled, [role=gridcell], [tabindex='0'], button:enabled"
        ).all()[:12]:
            if control.is_visible():
                control.press("ArrowRight")
                control.press("Enter")
            if drawn.inner_html() != before:
                break
        assert drawn.inner_html() != before, name
    linked = page.locator("article a[href^='../lectures/']").count()
    assert linked >= sum(bool(uses()[name].lectures) for name in ALONE) > 10


OTHER_PAGE = """<!doctype html><meta charset="utf-8"><div id="here"></div><script type="module">
import figure from "./figures/{name}.mjs";
const state = {{}};
const model = {{ get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {{}},
  on() {{}}, off() {{}} }};
figure.render({{ model, el: document.getElementById("here") }});
</script>"""
FRAME = '<!doctype html><iframe sandbox="allow-scripts" src="figures/stepper.html#stride=2" width="900"></iframe>'


@pytest.mark.slow
def test_a_figure_lives_in_the_pages_of_others(site, browser):
    """As a module with a model of five lines, as anywidget gives one; and in a frame that may only run scripts."""
    for name in KINDS:
        (site / f"other-{name}.html").write_text(OTHER_PAGE.format(name=name))
    (site / "frame.html").write_text(FRAME)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site)
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        wrong = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        here = f"http://127.0.0.1:{server.server_port}"
        for name in KINDS:
            page.goto(f"{here}/other-{name}.html")
            page.locator("#here .cnn h3").wait_for()
        page.goto(f"{here}/frame.html")
        assert page.frame_locator("iframe").get_by_role("slider", name="stride").input_value() == "2"
        server.shutdown()
    page.close()
    for made in [*site.glob("other-*.html"), site / "frame.html"]:
        made.unlink()
    assert not wrong, wrong
