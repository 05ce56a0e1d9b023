"""Widgets in outputs that are kept: their settings stay, the page around them is made anew with today's JavaScript."""

import html
import json
import re

from nbformat import NotebookNode

from utils.widgets import KINDS
from utils.widgets.base import quoted

PAGE = re.compile(r"""(?<= srcdoc=)(?:"[^"]*"|'[^']*')""")  # in either kind of quotes, as attributes have
CALL = re.compile(r"\nstandAlone\((\w+), (\{.*\})\);</script>")  # as `CourseWidget.page_of` writes it


def renew_widgets(notebook: NotebookNode) -> None:
    """Give each widget in the notebook's outputs the page that it would have today."""

    def renewed(page: re.Match) -> str:
        script, state = CALL.search(html.unescape(page[0][1:-1])).groups()
        return quoted(KINDS[script].page_of(json.loads(state)))

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if 'class="cnn-static"' in (text := output.get("data", {}).get("text/html", "")):
                output.data["text/html"] = PAGE.sub(renewed, text)
