"""Pictures of widgets, for where no frame is shown: on a repository's page, in a notebook that is not trusted."""

import base64
import hashlib
import io
import shutil

from PIL import Image

from utils.widgets.base import STILL

WIDTH = 820  # CSS pixels: the column of a notebook
COLORS = 128  # of a picture: no colour of a widget is more than 7 of 255 away
LARGEST = 40_000  # bytes of a picture that is kept dot by dot
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def still(title: str, page: str, picture: bytes | None, address: str) -> str:
    """What stands in a frame's place: the picture of ``page``, if there is one, and where it can be touched. HTML."""
    if picture is None:
        return STILL
    image = f"data:image/webp;base64,{base64.b64encode(picture).decode()}"
    alt = f"{title}. A picture of the figure; what it shows stands under “In words”."
    where = f'<a href="{address}">in Colab</a>, or in JupyterLab'
    return (
        f'<img data-of="{name_of(page)}" alt="{alt}" width="{WIDTH}" src="{image}"><br>'
        f"A picture of a figure that can be touched: {where}. Run the cell there."
    )


def name_of(page: str) -> str:
    """The name of a page's picture: another page, another name."""
    return hashlib.sha256(page.encode()).hexdigest()[:12]


def photographed(pages: list[str]) -> dict[str, bytes]:
    """A WebP picture of each page; of none on a machine without Chromium, where the words have to do."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not pages or not browser:
        return {}
    from playwright.sync_api import sync_playwright  # here: what reads a lecture can do without

    pictures = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        view = chromium.new_page(viewport={"width": WIDTH, "height": 600})
        for page in pages:
            view.set_content(page)
            view.wait_for_function("document.querySelector('.cnn')?.children.length > 1")
            pictures[page] = _packed(view.locator(".cnn").first.screenshot(animations="disabled"))
        chromium.close()
    return pictures


def _packed(png: bytes) -> bytes:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    drawing = _webp(image.quantize(COLORS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE), lossless=True)
    return drawing if len(drawing) < LARGEST else _webp(image, quality=35)  # a network's maps are like a photograph


def _webp(image: Image.Image, **how) -> bytes:
    packed = io.BytesIO()
    image.save(packed, format="webp", method=6, **how)
    return packed.getvalue()
