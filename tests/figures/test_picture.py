"""`Picture`: what a notebook receives, and what a file holds."""

import base64
import subprocess
import sys
from functools import partial
from html.parser import HTMLParser
from io import BytesIO

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from nbconvert import HTMLExporter
from PIL import Image

from utils import figures, settings
from utils.figures import Picture
from utils.figures.style import new_figure, of_data

ALT = 'A line falls & rises: "<v>".'


@pytest.fixture
def picture():
    figure = Figure(figsize=(6, 3))
    figure.add_subplot().plot([2, 1, 2])
    return Picture(figure, ALT, "See *how* it turns.")


@pytest.fixture
def outputs(picture):
    """What a notebook stores for a cell whose last expression is the picture."""
    shell = InteractiveShell.instance()
    with capture_output() as captured:
        shell.display_formatter.format(picture)
    return captured.outputs


class Images(HTMLParser):
    """Collects the attributes of every <img>."""

    def __init__(self, page: str):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append(dict(attributes))


def test_a_cell_shows_the_image_with_its_words_then_the_caption(outputs):
    image, caption = (output.data for output in outputs)
    (attributes,) = Images(image["text/html"]).found
    assert attributes["alt"] == ALT
    assert image["text/plain"] == ALT
    assert "image/png" not in image  # JupyterLab and nbconvert would show it without its alt
    assert caption["text/markdown"] == "See *how* it turns."


def test_the_image_has_two_dots_for_each_pixel_of_the_page(picture, outputs):
    (attributes,) = Images(outputs[0].data["text/html"]).found
    prefix, data = attributes["src"].split(",")
    assert prefix == "data:image/webp;base64"
    shown = Image.open(BytesIO(base64.b64decode(data)))
    assert shown.size == (2 * int(attributes["width"]), 600)
    assert shown.convert("RGB").tobytes() == Image.open(BytesIO(picture.png())).convert("RGB").tobytes()


def test_an_exported_page_keeps_the_words(outputs):
    cell = nbformat.v4.new_code_cell("picture")
    cell.outputs = [nbformat.v4.new_output("display_data", data=output.data) for output in outputs]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert [image["alt"] for image in Images(page).found] == [ALT]
    assert "<em>how</em>" in page


def test_quantising_keeps_the_colours(picture):
    exact = BytesIO()
    picture.figure.savefig(exact, format="png", dpi=200, facecolor="white")
    difference = np.asarray(Image.open(exact).convert("RGB")).astype(int) - np.asarray(
        Image.open(BytesIO(picture.png())).convert("RGB")
    )
    assert abs(difference).max() <= 8


def test_it_saves_what_it_shows(picture, tmp_path):
    picture.save(tmp_path / "line.png")
    assert (tmp_path / "line.png").read_bytes() == picture.png()
    with pytest.raises(ValueError, match=r"'line\.svg' must end in \.png"):
        picture.save(tmp_path / "line.svg")


@pytest.mark.parametrize(("alt", "caption", "named"), [(" ", "c", "alt"), ("a", "", "caption")])
def test_words_are_required(alt, caption, named):
    with pytest.raises(ValueError, match=f"^{named} is empty"):
        Picture(Figure(), alt, caption)


def test_a_sample_is_announced_and_other_sources_are_not():
    real = new_figure("t", 2, source="Fashion-MNIST, complete")
    sample = new_figure("t", 2, source="BUNDLED SAMPLE: 600 images")
    assert real.get_supxlabel() == "Data: Fashion-MNIST, complete"
    assert sample.get_supxlabel() == "Data: BUNDLED SAMPLE: 600 images"
    assert sample._supxlabel.get_fontweight() == "bold" and real._supxlabel.get_fontweight() == "normal"
    orange = np.array([0xE6, 0x9F, 0x00])

    def orange_dots(figure):
        dots = np.asarray(Image.open(BytesIO(Picture(figure, "a", "c").png())).convert("RGB")).astype(int)
        return (abs(dots - orange).max(-1) < 10).sum()

    assert orange_dots(real) == 0 and orange_dots(sample) > 5000


def test_of_data_that_are_real_the_name_is_enough():
    fashion = "Fashion-MNIST, 60,000 + 10,000 images, from the system copy in /usr/share/datasets"
    cifar = "CIFAR-10 without its cats and dogs, 40,000 + 8,000 images, from a mirror"
    sample = "BUNDLED SAMPLE: 1,000 + 500 images, drawn by the course in place of CIFAR-10"
    assert of_data(f"{fashion}; {cifar}") == "Data: Fashion-MNIST; CIFAR-10 without its cats and dogs"
    assert of_data(sample) == f"Data: {sample}"


def test_what_was_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(settings, "_asked", False)
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    words = {"title": "t", "caption": "c", "source": "Fashion-MNIST", "x_label": "x", "y_label": "y"}
    draw = partial(figures.lines, [1, 2], {"a": [3, 4]}, **words)
    assert draw().alt.endswith("Data: Fashion-MNIST"), "nothing here has asked for the budget yet"
    settings.budget(quick=1, laptop=2, full=3)
    picture = draw()
    note = "Data: Fashion-MNIST. Budget quick: too short to show what the text says"
    assert picture.alt.endswith(note) and picture.figure.get_supxlabel().replace("\n", " ") == note
    assert picture.figure._supxlabel.get_fontweight() == "bold"
    monkeypatch.setenv("COURSE_BUDGET", "laptop")
    assert draw().alt.endswith("Data: Fashion-MNIST")


@pytest.mark.slow
def test_importing_and_drawing_need_neither_jupyter_nor_pyplot(tmp_path):
    code = f"""
import sys
sys.modules["IPython"] = None  # as if it were not installed
from utils import figures
figures.connections(title="t", caption="c").save({str(tmp_path / "p.png")!r})
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "p.png").exists()
