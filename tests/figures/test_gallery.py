"""What holds for every picture of the course."""

import inspect
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from itertools import combinations
from pkgutil import iter_modules

import pytest
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from utils import figures
from utils.figures import Picture

pytestmark = pytest.mark.slow  # drawing all of them takes some seconds


@dataclass
class Drawn:
    """What a picture put on its page: each piece of text with the dots it covers, and the file."""

    texts: dict[Text, Bbox] = field(default_factory=dict)
    page: Bbox | None = None
    file: bytes = b""


@pytest.fixture(scope="module")
def drawn(gallery):
    """Every picture, drawn once."""
    pages = {}
    draw = Text.draw
    with pytest.MonkeyPatch.context() as patch:
        for name, picture in gallery.items():
            page = pages[name] = Drawn()

            def record(text, renderer, page=page):
                if text.get_visible() and text.get_text().strip():
                    page.texts[text] = text.get_window_extent(renderer)
                    page.page = Bbox.from_bounds(0, 0, renderer.width, renderer.height)
                return draw(text, renderer)

            patch.setattr(Text, "draw", record)
            page.file = picture.png()
    return pages


def test_the_gallery_has_every_function(gallery):
    functions = {name for name in figures.__all__ if inspect.isfunction(getattr(figures, name))}
    missing = functions - set(gallery)
    assert functions and not missing, "give each an entry in the gallery of tests/figures/conftest.py, which draws it"


def test_a_figure_is_found_by_its_name():
    """In the file that is called like it: the files are the list of figures."""
    for file in iter_modules(figures.__path__):
        drawing = [
            name
            for name, thing in inspect.getmembers(import_module(f"utils.figures.{file.name}"), inspect.isfunction)
            if thing.__module__.endswith(f".{file.name}") and inspect.signature(thing).return_annotation is Picture
        ]
        assert [name for name in drawing if not name.startswith("_")] in ([], [file.name]), (
            f"utils/figures/{file.name}.py holds one function that returns a Picture, called like the file"
        )


def test_every_picture_has_words(gallery):
    for name, picture in gallery.items():
        assert len(picture.alt) > 60, name
        assert picture.caption == "What to look for.", name
        assert picture.figure.get_suptitle() == "A title", name


def test_pictures_of_data_name_their_source_in_figure_and_words(gallery):
    with_data = [
        name
        for name in figures.__all__
        if name in gallery and "source" in inspect.signature(getattr(figures, name)).parameters
    ]
    assert len(with_data) >= 13
    for name in [*with_data, "training_curves"]:
        assert gallery[name].figure.get_supxlabel() == "Data: numbers made for a test", name
        assert gallery[name].alt.endswith("Data: numbers made for a test"), name


def test_no_text_is_smaller_than_nine_points(drawn):
    for name, page in drawn.items():
        assert len(page.texts) > 1, name
        assert min(text.get_fontsize() for text in page.texts) >= 9, name


def test_no_text_is_cut_off(drawn):
    for name, page in drawn.items():
        for text, box in page.texts.items():
            inside = Bbox.intersection(page.page, box)
            assert inside is not None and inside.size == pytest.approx(box.size), f"{name}: {text.get_text()!r}"


def test_no_text_covers_another(drawn):
    for name, page in drawn.items():
        upright = [(text, box.padded(-2)) for text, box in page.texts.items() if text.get_rotation() % 90 == 0]
        for (first, a), (second, b) in combinations(upright, 2):
            assert not a.overlaps(b), f"{name}: {first.get_text()!r} and {second.get_text()!r} overlap"


def test_files_are_small_narrow_and_opaque_on_white(gallery, drawn):
    for name, page in drawn.items():
        assert 4 <= gallery[name].figure.get_figwidth() <= 7.2, name
        assert len(page.file) < 100_000, name
        image = Image.open(BytesIO(page.file))
        assert "transparency" not in image.info, name
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255), name
    # Twenty of them, in base64, still leave a notebook under 1 MB.
    assert sum(len(page.file) for page in drawn.values()) / len(drawn) < 37_000
