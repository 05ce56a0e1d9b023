"""One lecture as one file: its text, formulas, pictures and figures, for a mail, a learning platform or paper."""

import base64
import mimetypes
import re
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup

from utils.course import Lecture
from utils.files import written_whole
from utils.site.building import build
from utils.site.repository import Repository


def single(lecture: Lecture, file: Path, repository: Repository) -> None:
    """Write the page of a lecture into one file; links to other pages lead into the repository."""
    with tempfile.TemporaryDirectory() as work:
        site = Path(work, "site")
        build(site, repository)
        text = _whole(site / "lectures" / f"{lecture.file}.html", lecture, repository)
    with written_whole(file) as whole:
        whole.write(text.encode())


def _whole(path: Path, lecture: Lecture, repository: Repository) -> str:
    page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    page.html["data-single"] = ""  # by which site.css leaves out what leads to other pages
    for part in page.select("link[rel]:not([rel=stylesheet]), .sidebar-tree, .related-pages"):
        part.decompose()
    for link in page.select("link[rel=stylesheet][href]"):
        style = page.new_tag("style")
        style.string = _beside(path, link["href"]).read_text("utf-8")
        link.replace_with(style)
    names = dict.fromkeys(place["data-figure"] for place in page.select(".cnn-place"))
    scripts = [(path.parents[1] / "figures" / f"{name}.js").read_text("utf-8") for name in names]
    for script in page.select("script[src]"):
        scripts.append(_beside(path, script["src"]).read_text("utf-8"))
        script.decompose()
    for code in scripts:  # at the end, where the page is there that they look at
        script = page.new_tag("script")
        script.string = re.sub(r"</(?=script)", r"<\\/", code, flags=re.IGNORECASE)
        page.body.append(script)
    for image in page.select("img[src]"):
        image["src"] = _in_address(_beside(path, image["src"]))
        del image["loading"]
    for link in page.select("a[href]"):
        link["href"] = _elsewhere(link["href"], lecture, repository)
        del link["download"]
    return str(page)


def _beside(page: Path, address: str) -> Path:
    return page.parent / address.split("?")[0]


def _in_address(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "image/webp"
    return f"data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _elsewhere(address: str, lecture: Lecture, repository: Repository) -> str:
    """A link to another page of the site as one to the notebook behind it."""
    if re.match(r"[a-z]+:|#", address):
        return address
    path = (lecture.notebook.parent / address.split("#")[0]).resolve()
    notebook = path.with_suffix(".ipynb")
    return repository.file(notebook) if notebook.exists() else repository.address
