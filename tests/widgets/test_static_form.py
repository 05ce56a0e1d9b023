"""What a widget is where no kernel runs: words, a table, and a frame that needs nothing from anywhere."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert import HTMLExporter

import utils.widgets
from tests.widgets.conftest import example
from tests.widgets.test_settings_explained import WIDGETS

pytestmark = pytest.mark.slow  # writes every widget as a page

LIVE = "application/vnd.jupyter.widget-view+json"


class Page(HTMLParser):
    """Tags in their order, and the attributes of the frame."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.frame = [], {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "iframe":
            self.frame = dict(attributes)


@pytest.fixture(params=WIDGETS, ids=lambda widget: widget.__name__)
def widget(request):
    return example(request.param)


def test_words_first_then_a_frame(widget):
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {LIVE, "text/plain", "text/html"}
    page = Page(data["text/html"])
    assert page.tags.index("caption") < page.tags.index("td") < page.tags.index("iframe")
    assert page.frame["title"] == widget.title
    assert data["text/plain"] == widget.describe()
    assert len(data["text/html"]) < (500_000 if widget.script == "live" else 120_000)  # it brings a whole network


def test_the_frame_asks_for_nothing(widget):
    source = Page(widget.static_html()).frame["srcdoc"].replace("http://www.w3.org/2000/svg", "")  # a mere name
    assert not re.search(r"""\b(src|href)=|@import|\bimport\b[^a-z]|url\(|fetch\(|https?:""", source)
    assert source.count("<script") == source.count("</script") == 1


def test_the_frame_has_the_settings(widget):
    source = Page(widget.static_html()).frame["srcdoc"]
    state = json.loads(re.search(r"standAlone\(\w+, (.*)\);</script>", source)[1])
    assert set(state) == {*widget.settings(), "problem"}
    assert state["title"] == widget.title


def test_words_cannot_end_the_script_or_the_attribute(widget):
    widget.title = "\"></script></iframe><img src=x onerror=alert(1)>'"
    page = Page(widget.static_html())
    assert "img" not in page.tags and page.tags.count("iframe") == 1
    assert page.frame["srcdoc"].count("</script") == 1


def test_a_scope_without_an_epoch_is_a_sentence():
    text = utils.widgets.TrainingScope(title="<My run>").static_html()
    assert text == "<p>&lt;My run&gt;. Epochs: none yet.</p>"


def test_stepper_says_its_numbers():
    words = utils.widgets.ConvolutionStepper([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]]).describe()
    assert "Output: 2×2: 19 25 / 37 43." in words
    impossible = utils.widgets.ConvolutionStepper([[1, 2]], [[1, 2, 3]]).describe()
    assert "No output: kernel_size=3" in impossible


def test_words_that_are_not_utf_8_can_be_written(widget):
    widget.title = "Caf\udce9"  # how Python reads such a name of a folder
    assert "<caption>Café</caption>" in widget.static_html().encode().decode()
    widget.describe().encode()


def test_an_exported_page_shows_words_and_frame(widget):
    notebook = nbformat.v4.new_notebook()
    data, _ = widget._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
    notebook.cells = [nbformat.v4.new_code_cell("widget", outputs=[output], execution_count=1)]
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "<caption>" in page and "<iframe" in page and "standAlone" in page


def test_without_anywidget_the_message_says_what_to_do():
    code = "import sys; sys.modules['anywidget'] = None\nimport utils.widgets"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "The widgets need the package anywidget" in done.stderr and "pip install" in done.stderr


def test_nothing_else_needs_anywidget():
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "import utils.models, utils.training, utils.data, utils.figures, utils.convolution"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
