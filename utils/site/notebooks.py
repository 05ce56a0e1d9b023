"""A committed notebook as a page of the site: what is for Colab goes, pictures become files, widgets find a place."""

import ast
import base64
import hashlib
import inspect
import pkgutil
import re
from pathlib import Path, PurePosixPath

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from utils.course import ROOT, Assignment, Lecture, course
from utils.notebooks.header import is_header
from utils.site.figures import figure_in, held_by, place
from utils.site.reference import describes
from utils.site.repository import Repository

_PICTURE = re.compile(r'src="data:image/(\w+);base64,([^"]+)"')
_LINK = re.compile(r"\]\((?!https?:|#)([\w./-]+)((?:#[^)]*)?)\)")


def page(source: Lecture | Assignment, pictures: Path, repository: Repository) -> NotebookNode:
    """The page of a lecture, or of the exercises of one.

    Args:
        pictures: the folder that pictures are written to, each named by what is in it.
        repository: where links to code lead.
    """
    path = committed(source)
    notebook = nbformat.read(path, as_version=4)
    body = [cell for cell in notebook.cells if not is_header(cell)]
    maps = [cell for cell in notebook.cells if is_header(cell) and cell.source.startswith("## The map")]
    notebook.cells = [
        new_markdown_cell(_title(source, repository)),
        *maps,
        *body,
        new_markdown_cell(_end(body, repository)),
    ]
    folder = PurePosixPath(path.relative_to(ROOT).parent)
    held = held_by(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _LINK.sub(lambda link: f"]({_target(folder, link[1], repository)}{link[2]})", cell.source)
        tags = cell.metadata.get("tags", [])
        if "hide-output" in tags:  # it answers a prediction
            cell.metadata.mystnb = {"code_prompt_show": "Show what came out", "code_prompt_hide": "What came out"}
            if "hide-input" in tags:  # one fold for both
                cell.metadata.tags = ["hide-cell"]
        for output in cell.get("outputs", []):
            if text := output.get("data", {}).get("text/html"):
                figure = figure_in(text, held)
                pictured = _PICTURE.sub(lambda found: _picture(found, pictures, folder), text)
                output.data = {"text/html": place(*figure) if figure else pictured}
    return notebook


def committed(source: Lecture | Assignment) -> Path:
    """The notebook that a page is made from: what learners open."""
    return source.exercise if isinstance(source, Assignment) else source.notebook


def _title(source: Lecture | Assignment, repository: Repository) -> str:
    lecture = source.lecture if isinstance(source, Assignment) else source
    ways = [
        f"[Open in Colab]({repository.colab(source)})",
        f'<a href="{lecture.file}.ipynb" download>Download the notebook</a>',
    ]
    if isinstance(source, Assignment):
        ways.append(f"[Lecture {lecture.number}](../../lectures/{lecture.file}.ipynb)")
        return f"# Exercises {lecture.number} · {lecture.title}\n\n{' &emsp; '.join(ways)}"
    if Assignment(lecture).exercise.exists():
        ways.append(f"[Exercises](../exercises/{lecture.file}/{lecture.file}.ipynb)")
    ways.insert(0, f"About {lecture.minutes} minutes")
    return f"# {lecture.number} · {lecture.title}\n\n{lecture.about}\n\n{' &emsp; '.join(ways)}"


def _end(body: list[NotebookNode], repository: Repository) -> str:
    """What of the package a page uses, where its code stands, and whose the page is."""
    names = _used([cell.source for cell in body if cell.cell_type == "code"])
    described = [f"{{py:obj}}`{name.removeprefix('utils.')} <{name}>`" for name in filter(describes, names)]
    paths = dict.fromkeys(map(_file_of, names))
    files = [f"[`{path.relative_to(ROOT)}`]({repository.file(path)})" for path in paths]
    listed = {"In the reference": described, "In the code": files}
    parts = [f"**{title}:** {', '.join(links)}\n\n" for title, links in listed.items() if links]
    return f"---\n\n{''.join(parts)}<small>{course().credit}</small>"


def _used(cells: list[str]) -> list[str]:
    """What of the package is imported there, or called from a module of it: ``utils.data.load``."""
    nodes = [node for cell in cells for node in ast.walk(ast.parse(cell))]
    modules, names = {}, set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "utils":
            imported = {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            modules |= imported if node.module == "utils" else {}
            names |= {*imported.values()} - {*modules.values()}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            names.add(f"{modules[node.value.id]}.{node.attr}")
    return sorted(names)


def _file_of(name: str) -> Path:
    """The file that it is written in."""
    found = pkgutil.resolve_name(name)
    if not (inspect.ismodule(found) or inspect.isclass(found) or inspect.isroutine(found)):  # a constant
        found = pkgutil.resolve_name(name.rpartition(".")[0])
    return Path(inspect.getfile(found))


def _target(folder: PurePosixPath, link: str, repository: Repository) -> str:
    """Where a link of a notebook in ``folder`` leads on the site: to its pages as it is, else into the repository."""
    path = (ROOT / folder / link).resolve()
    on_site = path.suffix == ".ipynb" and path.parts[len(ROOT.parts)] in ("lectures", "exercises")
    return link if on_site or not path.exists() else repository.file(path)


def _picture(found: re.Match, pictures: Path, folder: PurePosixPath) -> str:
    content = base64.b64decode(found[2])
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{found[1]}"
    (pictures / name).write_bytes(content)
    up = "../" * len(folder.parts)
    return f'loading="lazy" src="{up}_static/pictures/{name}"'
