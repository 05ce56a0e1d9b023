"""A widget in an output that is kept: its settings stay, its page is that of today, its picture is one of that page."""

import copy
import html
import io
import re

import nbformat
import pytest
from PIL import Image

from utils.notebooks.renewing import renew_widgets
from utils.notebooks.stills import photographed
from utils.widgets import ConvolutionStepper, PredictFirst

ADDRESS = "https://example.org/03.ipynb"


def notebook(shown: str):
    output = nbformat.v4.new_output("display_data", {"text/html": shown, "text/plain": "words"})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("widget", outputs=[output])])


def shown(notebook) -> str:
    return notebook.cells[0].outputs[0].data["text/html"]


@pytest.mark.parametrize("kind", [ConvolutionStepper, PredictFirst])
def test_an_old_page_becomes_the_page_of_today_with_the_same_settings(kind):
    today = kind(title="</script> & more").static_html()
    frame = re.search(r"srcdoc='([^']*)'", today)
    before = html.unescape(frame[1]).replace("function", "// of yesterday\nfunction").replace("body", "main")
    kept = notebook(today.replace(frame[0], f'srcdoc="{html.escape(before)}"').replace(' dir="ltr"', ""))
    assert shown(kept) != today
    renew_widgets(kept, ADDRESS, take=lambda pages: {})
    assert kept.cells[0].outputs[0].data == {"text/html": today, "text/plain": "words"}


def test_a_picture_is_taken_once_for_each_page():
    taken = []

    def take(pages):
        taken.extend(pages)
        return dict.fromkeys(pages, b"a picture")

    kept = notebook(ConvolutionStepper(title="One").static_html())
    renew_widgets(kept, ADDRESS, take)
    before = copy.deepcopy(kept)
    assert f'<a href="{ADDRESS}">' in shown(kept) and 'alt="One. A picture of' in shown(kept) and len(taken) == 1
    renew_widgets(kept, ADDRESS, take)
    assert kept == before and len(taken) == 1
    renew_widgets(kept, ADDRESS, take=lambda pages: {})
    assert kept == before, "a picture that shows today's page needs no browser"
    changed = notebook(shown(kept).replace('"stride":[1,1]', '"stride":[2,2]'))
    assert shown(changed) != shown(kept)
    renew_widgets(changed, ADDRESS, take)
    assert len(taken) == 2


@pytest.mark.slow
def test_a_picture_shows_the_widget(chromium):
    page = ConvolutionStepper(title="One").page()
    picture = Image.open(io.BytesIO(photographed([page])[page]))
    assert picture.width == 820 and picture.height > 300 and len(picture.convert("RGB").getcolors()) > 20


def test_without_chromium_the_words_have_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert photographed(["a page"]) == {}
