"""What a figure is in this course: a drawing, the same thing in words, and what to look for in it."""

import base64
import html
import io
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from utils.figures.style import drawing
from utils.files import home_path, written_whole
from utils.text import clean

CSS_PIXELS_PER_INCH = 100
DOTS_PER_INCH = 2 * CSS_PIXELS_PER_INCH  # two dots for each pixel of a page: sharp on high-density screens
COLORS_IN_FILE = 256  # indexed, a third of the size of a full-colour one


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure with its words. As the last expression of a cell it shows itself, its caption below.

    The notebook receives HTML, ``<img alt=...>``, and not a bare ``image/png``: JupyterLab and nbconvert's default
    template drop the ``alt`` of the latter, and both forms together would double its size. In the notebook it is a
    lossless WebP, the same dots as the PNG in three quarters of the bytes; every browser since 2020 shows it.

    Args:
        figure: the matplotlib figure, made without pyplot.
        alt: what the picture shows, for those who do not see it. It also stands in for the picture where only
            text can be shown.
        caption: what to look for, in Markdown, shown below the picture.

    Raises:
        ValueError: ``alt`` or ``caption`` is empty.
    """

    figure: Figure
    alt: str
    caption: str

    def __post_init__(self) -> None:
        for name in ("alt", "caption"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty. Say in words what the picture shows ({name}=...).")
            object.__setattr__(self, name, clean(getattr(self, name)))
        for text in self.figure.findobj(Text):  # also those that others have drawn into it
            text.set_text(clean(text.get_text()))
            text.set_parse_math(False)

    def png(self) -> bytes:
        """The figure as the bytes of an indexed PNG on a white background."""
        return self._packed(format="png", optimize=True)

    def _packed(self, **how) -> bytes:
        drawn = io.BytesIO()
        with drawing():
            self.figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH, facecolor="white")
        # Of Pillow's methods the one that keeps every rare colour close: on charts within 7 of 255.
        image = (
            Image.open(drawn)
            .convert("RGB")
            .quantize(COLORS_IN_FILE, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        )
        packed = io.BytesIO()
        image.save(packed, **how)
        return packed.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the figure to a PNG file, for a README or a page.

        Raises:
            ValueError: ``path`` does not end in ``.png``.
        """
        path = home_path(path)
        if path.suffix != ".png":
            raise ValueError(f"Pictures are saved as PNG, so {path.name!r} must end in .png.")
        with written_whole(path) as file:
            file.write(self.png())

    def __repr__(self) -> str:
        return self.alt

    def _ipython_display_(self) -> None:
        from IPython.display import display  # here, so that figures can be made and saved without Jupyter

        width = round(self.figure.get_figwidth() * CSS_PIXELS_PER_INCH)
        data = base64.b64encode(self._packed(format="webp", lossless=True)).decode()
        image = f'<img alt="{html.escape(self.alt)}" width="{width}" src="data:image/webp;base64,{data}">'
        display({"text/html": image, "text/plain": self.alt}, raw=True)
        display({"text/markdown": self.caption, "text/plain": self.caption}, raw=True)
