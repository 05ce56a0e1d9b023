"""What the pages say, for the search of a site that is opened from a file, where one page may not read another."""

import html
import json
from pathlib import Path

from bs4 import BeautifulSoup

SCRIPT = Path(__file__).parent / "page/excerpts.js"


def write(site: Path) -> None:
    """Write ``_static/excerpts.js`` for all pages of the site."""
    texts = {}
    for page in sorted(site.rglob("*.html")):
        if article := BeautifulSoup(page.read_text("utf-8"), "html.parser").find(attrs={"role": "main"}):
            texts[page.relative_to(site).as_posix()] = html.escape(article.get_text(" ", strip=True), quote=False)
    script = f"const texts = {json.dumps(texts, ensure_ascii=False)};\n{SCRIPT.read_text('utf-8')}"
    (site / "_static/excerpts.js").write_text(script, "utf-8")
