"""What Sphinx makes the site of: the notebooks as pages, the start, the gallery of figures, the reference."""

import inspect
from pathlib import Path

import nbformat

from utils.course import ROOT, SOLUTIONS, assignments, course, lectures
from utils.notebooks.overview import in_words
from utils.site import figures, reference
from utils.site.cards import cards
from utils.site.notebooks import committed, page
from utils.site.reference import tree
from utils.site.repository import Repository
from utils.widgets import KINDS
from utils.widgets.page import joined

SITE = Path(__file__).parent


def write(folder: Path, repository: Repository) -> None:
    """Write all sources into an empty folder."""
    static = folder / "_static"
    pictures = static / "pictures"
    pictures.mkdir(parents=True)
    for source in [*lectures(), *assignments()]:
        path = folder / committed(source).relative_to(ROOT)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(page(source, pictures, repository)), "utf-8")
    static.joinpath("figures.css").write_text(figures.sheet(), "utf-8")
    static.joinpath("figures.js").write_text(joined(SITE / "page/place.js"), "utf-8")
    (folder / "figures").mkdir()
    (folder / "figures/index.md").write_text(_gallery(), "utf-8")
    reference.write(folder / "reference", repository)
    (folder / "exercises.md").write_text(_exercises(), "utf-8")
    (folder / "lectures.md").write_text(_lectures(), "utf-8")
    (folder / "index.md").write_text(_start(repository, pictures), "utf-8")


def _start(repository: Repository, pictures: Path) -> str:
    return (
        (SITE / "start.md")
        .read_text("utf-8")
        .format(
            name=course().name,
            first=lectures()[0].file,
            figure=figures.example("stepper"),
            count=in_words(),
            map=cards(pictures),
            address=repository.address,
            teach=repository.file(SOLUTIONS / "README.md"),
        )
    )


def _lectures() -> str:
    return f"# Lectures\n\n{in_words()}\n\n" + tree([f"lectures/{lecture.file}" for lecture in lectures()])


def _exercises() -> str:
    entries = [f"exercises/{each.file}/{each.file}" for each in assignments()]
    return "# Exercises\n\nA check below each task says ✓ or what went wrong. Hints are folded.\n\n" + tree(entries)


def _gallery() -> str:
    text = [
        "# Figures to touch\n",
        "Each has a page of its own, whose address keeps the settings after `#`. *Copy to embed* gives the line for a "
        "learning platform or for slides; `NAME.mjs` beside it is a module for pages that speak anywidget:\n",
        '````\n```{anywidget} figures/stepper.mjs\n{ "stride": [2, 2] }\n```\n````\n',
    ]
    for name in figures.ALONE:
        kind = KINDS[name]
        links = ", ".join(
            f"[{lecture.number} {lecture.title}](../lectures/{lecture.file}.ipynb)"
            for lecture in figures.uses()[name].lectures
        )
        text.append(f"## {kind().title}\n\n{inspect.getdoc(kind).splitlines()[0]}\n\n{figures.example(name)}\n")
        text.append(
            f'<a href="{name}.html">A page of its own</a>' + (f" · from lecture {links}" if links else "") + "\n"
        )
    return "\n".join(text)
