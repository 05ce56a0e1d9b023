"""Every page of the site, opened from a file with the network off: whole, narrow, dark, for everybody."""

import html
import re
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from pygments.token import STANDARD_TYPES

from utils.course import assignments, course, lectures
from utils.site.reference import DESCRIBED
from utils.widgets import KINDS

pytestmark = pytest.mark.slow

LECTURES = [f"lectures/{lecture.file}.html" for lecture in lectures()]
EXERCISES = [f"exercises/{each.file}/{each.file}.html" for each in assignments()]
FIGURES = [f"figures/{name}.html" for name in KINDS]
OTHERS = ["index.html", "lectures.html", "exercises.html", "figures/index.html", "reference/index.html", "search.html"]
PAGES = [*OTHERS, *LECTURES, *EXERCISES, *FIGURES, *(f"reference/{name}.html" for name in DESCRIBED)]


def shut_out(page, without=(), **options) -> list[str]:
    """What axe-core finds, with the places."""
    where = {"exclude": [[part] for part in without]} if without else None
    settings = {"resultTypes": ["violations"], "preload": False, **options}
    found = Axe().run(page, context=where, options=settings).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']][:4]}" for each in found]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shuts_nobody_out_and_fits_a_phone(name, site, reader):
    page = reader.page
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    reader.look(page, site / name)
    # Every figure has a page of its own here, and the colours of code a test of theirs: axe is slow.
    whole = name in (LECTURES[0], EXERCISES[0]) or name not in (*LECTURES, *EXERCISES, "figures/index.html")
    without = [] if whole else [".cnn-place", ".highlight"]
    assert not shut_out(page, without), "light"
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(150)  # figures look at the page's colours a moment later
    assert not shut_out(page, without, runOnly=["color-contrast"]), "dark"  # all else is as in the light
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h1").count() == 1
    pictures = page.evaluate("[...document.images].map((image) => image.src)")  # further down, too
    files = {site / unquote(urlsplit(url).path) for url in [*page.asked, *pictures] if url.startswith("file:")}
    most = 400_000 if name == "index.html" else 1_500_000
    if name in ("index.html", *LECTURES):
        assert len(files) > 10 and sum(file.stat().st_size for file in files) < most, (
            "bytes, from a server that packs nothing"
        )
    reader.require_peace(page)


def test_each_colour_of_code_can_be_read(site, opened):
    """All in one place, whichever a lecture uses."""
    page = opened(site / LECTURES[0])
    tokens = [token for token in STANDARD_TYPES.values() if token not in ("", "w")]  # white space has no letters
    spans = " ".join(f'<span class="{token}">code</span>' for token in tokens)
    page.evaluate("spans => (document.querySelector('h1').outerHTML = spans)", f'<div class="highlight">{spans}</div>')
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(150)
        found = Axe().run(page, context="body > * .highlight", options={"runOnly": ["color-contrast"]}).response
        assert not found["violations"], [node["target"] for node in found["violations"][0]["nodes"]]
        assert len(found["passes"][0]["nodes"]) >= len(tokens)


def test_every_link_leads_somewhere(site):
    names = {}
    for path in site.rglob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        names[path.resolve()] = {tag["id"] for tag in page.find_all(id=True)}, page
    for path, (_, page) in names.items():
        for tag in page.select("[href], [src]"):
            target = urlsplit(tag.get("href") or tag.get("src"))
            if target.scheme or target.netloc:
                assert tag.name == "a", f"{path.name}: {tag}, which a page would fetch from elsewhere"
                assert "YOUR_ACCOUNT" not in target.geturl(), f"{path.name}: not the address that was told"
                continue
            file = (path.parent / unquote(target.path)).resolve() if target.path else path
            assert file.exists(), f"{path.relative_to(site)}: {tag.get('href') or tag.get('src')}"
            if target.fragment and file in names:
                assert unquote(target.fragment) in names[file][0], f"{path.relative_to(site)}: {target.geturl()}"


def test_the_start_has_a_card_and_a_picture_for_each_lecture(site):
    cards = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser").select(".cards li")
    assert [card.a["href"] for card in cards] == LECTURES
    assert all((site / card.img["src"]).stat().st_size < 20_000 for card in cards)


@pytest.mark.parametrize("lecture", lectures(), ids=lambda lecture: lecture.file)
def test_a_lecture_has_its_formulas_its_figures_and_folds_what_answers_a_prediction(lecture, site):
    cells = nbformat.read(lecture.notebook, as_version=4).cells
    text = (site / f"lectures/{lecture.file}.html").read_text("utf-8")
    page = BeautifulSoup(text, "html.parser")
    article = page.find("article")
    prose = "\n".join(re.sub(r"`[^`]*`", "", cell.source) for cell in cells if cell.cell_type == "markdown")
    formulas = re.findall(r"\$\$.+?\$\$|\$[^$\n]+?\$", prose, re.DOTALL)
    assert len(article.find_all("math")) >= len(formulas)
    listed = article.find("strong", string="In the reference:").parent
    assert listed.find("a") and all(name.find_parent("a") for name in listed.find_all("code")), "each has its page"
    for code in article.select("pre, code, .cnn-place, math"):
        code.decompose()
    assert "$" not in article.get_text(), "a formula that was not read"
    shown = [str(output.get("data", {}).get("text/html", "")) for cell in cells for output in cell.get("outputs", [])]
    assert text.count('class="cnn-place"') == sum('class="cnn-static"' in output for output in shown)
    assert text.count("_static/pictures/") == sum(
        output.count("data:image/") for output in shown if "cnn-static" not in output
    )
    folded = sum("hide-output" in cell.metadata.get("tags", []) and bool(cell.outputs) for cell in cells)
    assert text.count(">Show what came out<") == folded
    assert html.escape(course().credit.partition(",")[0]) in text
