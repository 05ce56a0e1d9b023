"""Widgets in outputs that are kept: their settings stay, the page around them is made anew with today's JavaScript."""

import html
import re

from nbformat import NotebookNode

from utils import widgets

PAGE = re.compile(r'(?<= srcdoc=")[^"]*')
CALL = re.compile(r"\nstandAlone\((\w+), (\{.*\})\);</script>")  # as `CourseWidget.page_of` writes it


def renew_widgets(notebook: NotebookNode) -> None:
    """Give each widget in the notebook's outputs the page that it would have today."""
    kinds = {getattr(kind, "script", None): kind for kind in vars(widgets).values()}

    def renewed(page: re.Match) -> str:
        script, state = CALL.search(html.unescape(page[0])).groups()
        return html.escape(kinds[script].page_of(state))

    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if 'class="cnn-static"' in (text := output.get("data", {}).get("text/html", "")):
                output.data["text/html"] = PAGE.sub(renewed, text)
