"""Widgets in outputs that are kept: their settings stay, the page around them is made anew with today's JavaScript.

Before its frame each gets a picture, which shows where frames do not.
"""

import base64
import html
import json
import re
from collections.abc import Callable

from nbformat import NotebookNode

from utils.notebooks.reopening import HELD
from utils.notebooks.stills import name_of, photographed, still
from utils.widgets import KINDS
from utils.widgets.base import framed

# An output of a widget, as `framed` writes it: words, a still, a frame with its title, page and height.
FRAMED = re.compile(
    r"""<div class="cnn-static"[^>]*><details><summary>In words</summary>(?P<words>.*?)</details>"""
    r"""(?P<still>.*?)<iframe title="(?P<title>[^"]*)" """
    r"""srcdoc=(?P<page>"[^"]*"|'[^']*')[^>]* height: (?P<height>\d+)px""",
    re.DOTALL,
)
CALL = re.compile(r"\nstandAlone\((\w+), (\{.*\})\);</script>")  # as `CourseWidget.page_of` writes it
NAMED = re.compile(r'\{"held":"(\w+)"\}')  # what the notebook holds for a page, in that page
PICTURE = re.compile(r'<img data-of="([^"]*)"[^>]* src="data:image/webp;base64,([^"]*)">')


def renew_widgets(
    notebook: NotebookNode, address: str, take: Callable[[list[str]], dict[str, bytes]] = photographed
) -> None:
    """Give each widget in the notebook's outputs the page that it would have today, and a picture of it.

    Args:
        address: where the notebook's widgets can be touched.
        take: makes pictures of pages. One that is there and shows today's page stays.
    """
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [(output, FRAMED.match(output.get("data", {}).get("text/html", ""))) for output in outputs]
    shown = [(output, parts, _page_of_today(parts["page"])) for output, parts in shown if parts]
    pictures = {}
    for _, parts, page in shown:
        if (kept := PICTURE.search(parts["still"])) and kept[1] == name_of(page):
            pictures[page] = base64.b64decode(kept[2])
    held = dict(HELD.findall("".join(parts["still"] for _, parts, _ in shown)))
    alone = {page: NAMED.sub(lambda name: held[name[1]], page) for _, _, page in shown if page not in pictures}
    taken = take([*alone.values()])
    pictures |= {page: taken[whole] for page, whole in alone.items() if whole in taken}
    for output, parts, page in shown:
        place = still(parts["title"], page, pictures.get(page), address)
        beside = "".join(script[0] for script in HELD.finditer(parts["still"]))
        output.data["text/html"] = framed(parts["words"], parts["title"], page, int(parts["height"]), place, beside)


def _page_of_today(quoted_page: str) -> str:
    script, state = CALL.search(html.unescape(quoted_page[1:-1])).groups()
    return KINDS[script].page_of(json.loads(state))
