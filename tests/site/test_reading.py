"""What a reader does on the site: search, lecture from it, print it, take one lecture home."""

import pytest

from utils.course import lectures
from utils.site import single
from utils.site.repository import Repository

pytestmark = pytest.mark.slow
LECTURE = lectures()[1]


def test_search_shows_excerpts_from_files_too(site, opened):
    page = opened(site / "search.html", "?q=convolution")
    page.locator("#search-results .context").first.wait_for()
    found = page.locator("#search-results li")
    assert found.count() > 3
    assert "convolution" in page.locator("#search-results .context").first.inner_text().lower()
    found.first.get_by_role("link").first.click()
    page.wait_for_url("**/*.html*")
    assert "highlight=" in page.url or page.locator("article").count()


def test_a_lecture_is_shown_one_thought_at_a_time(site, opened):
    page = opened(site / f"lectures/{LECTURE.file}.html")
    everything = page.locator("article").inner_text()
    page.get_by_role("button", name="Show on a projector").click()
    seen, title = [], page.locator(".thought-bar")
    count = int(title.inner_text().split(" of ")[1].split()[0])
    assert count > 30
    for _ in range(count):
        text = page.locator("article").inner_text()
        assert len(text) < 2_000, "a thought, not a page"
        seen.append(text)
        page.keyboard.press("PageDown")
    assert len(set(seen)) > 0.9 * count
    heading = page.locator("article h2").all_inner_texts()
    assert all(any(words.strip("#¶ ") in text for text in seen) for words in heading if words)
    page.keyboard.press("Home")
    slider = page.locator(".cnn:visible input[type=range]:enabled").first
    while not slider.count():
        page.keyboard.press("ArrowRight")
    before = title.inner_text()
    slider.press("ArrowRight")
    assert title.inner_text() == before, "in a figure the arrows are the figure's"
    page.keyboard.press("PageDown")
    assert title.inner_text() != before, "and a remote control turns the page"
    page.keyboard.press("Escape")
    assert not title.count() and page.locator("article").inner_text()[:200] == everything[:200]


CUT = """() => [...document.querySelectorAll("article pre, article .cnn, article img, article table, .formula")]
  .filter((e) => e.offsetParent && e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("lecture", lectures()[1:], ids=lambda lecture: lecture.number)
def test_paper_loses_nothing(lecture, site, opened):
    page = opened(site / f"lectures/{lecture.file}.html")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.evaluate(CUT)
    assert not page.locator("article details:not([open])").count(), "what is folded is on paper"
    hidden = ".cnn-links, .course-tools, .sidebar-drawer, .skip-to-content"
    assert not page.locator(hidden).filter(visible=True).count()
    wide = "[...document.querySelectorAll('article pre')].filter((e) => e.scrollWidth > e.clientWidth + 1).length"
    assert page.evaluate(wide) == 0, "code is wrapped, not cut"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details:not([open])").count(), "and folded again"


def test_one_lecture_is_one_file(site, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(single, "build", lambda folder, repository: folder.symlink_to(site))
    file = tmp_path / "one.html"
    single.single(LECTURE, file, Repository("https://github.com/ann/fork", "main"))
    page = opened(file)  # which fails if it asks for anything else
    assert page.locator("article math").count() > 10
    assert page.locator("article img").count() > 3
    assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
    place = page.locator(".cnn-place", has=page.locator("input[type=range]:enabled")).first
    before = place.inner_text()
    place.locator("input[type=range]:enabled").first.press("ArrowRight")
    assert place.inner_text() != before
    links = page.locator("a[href]").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
    assert all(link.startswith(("https://", "#", "mailto:")) for link in links), links
    assert file.stat().st_size < 1_500_000
