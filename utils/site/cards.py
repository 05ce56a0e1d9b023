"""The map of the start page: a card for each lecture, with a picture out of it."""

import base64
import io
import re
from html import escape
from pathlib import Path

import nbformat
from PIL import Image

from utils.course import Lecture, lectures

SIZE = (360, 216)  # dots of a picture: 5 to 3
_IMAGE = re.compile(r'src="data:image/\w+;base64,([^"]+)"')


def cards(pictures: Path) -> str:
    """A list in HTML. A lecture's picture is from its cell with the tag ``thumbnail``, or its first one.

    Args:
        pictures: the folder that they are written to.
    """
    return f'<ul class="cards">{"".join(_card(lecture, pictures) for lecture in lectures())}</ul>'


def _card(lecture: Lecture, pictures: Path) -> str:
    image = ""
    if picture := _picture(lecture):
        name = f"{lecture.file}.webp"
        _small(picture).save(pictures / name, format="webp", quality=70, method=6)
        width, height = SIZE
        image = f'<img src="_static/pictures/{name}" alt="" width="{width}" height="{height}" loading="lazy">'
    needs = f", after {', '.join(lecture.needs)}" if lecture.needs else ""
    return (
        f'<li>{image}<a href="lectures/{lecture.file}.html">{lecture.number} · {escape(lecture.title)}</a>'
        f"<span>{escape(lecture.about)}</span><small>{lecture.minutes} minutes{needs}</small></li>"
    )


def _picture(lecture: Lecture) -> Image.Image | None:
    found = [
        ("thumbnail" in cell.metadata.get("tags", []), image[1])
        for cell in nbformat.read(lecture.notebook, as_version=4).cells
        for output in cell.get("outputs", [])
        if (image := _IMAGE.search(output.get("data", {}).get("text/html", "")))
    ]
    if not found:
        return None
    _, chosen = max(found, key=lambda each: each[0])  # the first of the best
    return Image.open(io.BytesIO(base64.b64decode(chosen))).convert("RGB")


def _small(picture: Image.Image) -> Image.Image:
    """As wide as a card; what is too high is cut off below, what is too low stands on white."""
    width, height = SIZE
    scaled = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
    card = Image.new("RGB", SIZE, "white")
    card.paste(scaled, (0, max(0, (height - scaled.height) // 2)))
    return card
