"""A widget in an output that is kept: its settings stay, its page is that of today."""

import html
import re

import nbformat

from utils.notebooks.renewing import renew_widgets
from utils.widgets import ConvolutionStepper, PredictFirst


def test_an_old_page_becomes_the_page_of_today_with_the_same_settings():
    for widget in (
        ConvolutionStepper(stride=2, title="</script> & more"),
        PredictFirst(seed=3),
    ):
        today = widget.static_html()
        frame = re.search(r"srcdoc='([^']*)'", today)
        before = html.unescape(frame[1]).replace("function", "// of yesterday\nfunction").replace("body", "main")
        old = today.replace(frame[0], f'srcdoc="{html.escape(before)}"')
        assert old != today

        output = nbformat.v4.new_output("display_data", {"text/html": old, "text/plain": "words"})
        cell = nbformat.v4.new_code_cell("widget", outputs=[output])
        renew_widgets(nbformat.v4.new_notebook(cells=[cell]))
        assert output.data == {"text/html": today, "text/plain": "words"}
