"""Every interactive figure as a file of its own, for the pages of the site and for those of others."""

import html
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from utils.course import Lecture, course, lectures
from utils.notebooks.renewing import CALL, FRAMED, NAMED
from utils.notebooks.reopening import HELD
from utils.widgets import KINDS
from utils.widgets.base import CourseWidget
from utils.widgets.page import script, style, styles
from utils.widgets.traits import Choice, Matrix, Pair, Whole

SITE = Path(__file__).parent
MODULE = SITE / "page/module.js"
ALONE = [name for name in KINDS if name != "score"]  # which counts a lecture's answers, and is nothing by itself


def bounds(kind: type[CourseWidget]) -> dict[str, dict]:
    """Of each setting that an address may give: its kind and its bounds, as ``settings.js`` checks them."""
    found = {}
    for name in kind.settings():
        trait = kind.class_traits()[name]
        if isinstance(trait, Whole | Pair):
            found[name] = {"kind": type(trait).__name__, "least": trait.least, "most": trait.most}
        elif isinstance(trait, Matrix):
            found[name] = {"kind": "Matrix", "most": trait.most, "largest": Matrix.LARGEST}
        elif isinstance(trait, Choice):
            found[name] = {"kind": "Choice", "options": list(trait.options)}
    return found


def figure_in(output: str, held: dict[str, str]) -> tuple[str, dict, str] | None:
    """Of a widget in an output: its folder's name, its settings, a table of what it shows. None where there is none.

    Args:
        held: what `held_by` finds in the notebook.
    """
    framed = FRAMED.match(output)
    if not framed:
        return None
    script, state = CALL.search(html.unescape(framed["page"][1:-1])).groups()
    settings = json.loads(NAMED.sub(lambda name: held[name[1]], state))
    return script, settings, framed["words"]


def outputs_of(notebook: NotebookNode) -> list[str]:
    """All outputs that are HTML."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["text/html"] for output in outputs if "text/html" in output.get("data", {})]


def held_by(notebook: NotebookNode) -> dict[str, str]:
    """Settings that a notebook holds once, by the names that its widgets have for them."""
    return dict(HELD.findall("".join(outputs_of(notebook))))


@dataclass(frozen=True)
class Use:
    """What a figure shows at first, in words too, and the lectures it is in."""

    settings: dict
    words: str
    lectures: tuple[Lecture, ...]


@cache
def uses() -> dict[str, Use]:
    """Every figure as the first lecture has it; one that is in none, as it is by itself."""
    found = {}
    for lecture in lectures():
        notebook = nbformat.read(lecture.notebook, as_version=4)
        held = held_by(notebook)
        for output in outputs_of(notebook):
            if figure := figure_in(output, held):
                name, settings, words = figure
                first = found.setdefault(name, Use(settings, words, ()))
                found[name] = replace(first, lectures=tuple(dict.fromkeys([*first.lectures, lecture])))
    return {name: found.get(name) or _by_itself(kind()) for name, kind in KINDS.items()}


def _by_itself(figure: CourseWidget) -> Use:
    output = figure.static_html()
    return Use(figure.shown(), figure_in(output, dict(HELD.findall(output)))[2], ())


def place(script: str, settings: dict, words: str) -> str:
    """The place of a widget in a page, which the site's script fills, with what it shows in words.

    It holds the settings that are not the usual ones: a network's weights are in the figure's script, once.
    """
    usual = uses()[script].settings
    own = {name: value for name, value in settings.items() if value != usual.get(name)}
    kept = html.escape(_for_script(own), quote=True)
    return (
        f'<div class="cnn-place" data-figure="{script}" data-settings="{kept}">'
        f"<details open><summary>In words</summary>{words}</details></div>"
    )


def write(folder: Path) -> None:
    """Write ``NAME.js`` for the pages of the site, ``NAME.mjs`` for those of others, and its own page ``NAME.html``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        code, usual = script(name), _for_script(uses()[name].settings)
        known = f"{{ draw: {name}, usual: {usual}, bounds: {_for_script(bounds(kind))} }}"
        entered = f"(window.courseFigures ??= {{}}).{name} = {known};"
        (folder / f"{name}.js").write_text(f"(() => {{\n{code}\n{entered}\n}})();\n", "utf-8")
        told = f"const [draw, usual, style] = [{name}, {usual}, {json.dumps(style(name))}];"
        (folder / f"{name}.mjs").write_text(f"{code}\n{told}\n{MODULE.read_text('utf-8')}", "utf-8")
        (folder / f"{name}.html").write_text(_page(name, kind), "utf-8")


def sheet() -> str:
    """The style of all figures and of what is around them: what they share once."""
    sheets = dict.fromkeys(file for name in KINDS for file in styles(name))
    return "\n".join([*sheets, (SITE / "page/place.css").read_text("utf-8")])


def _page(name: str, kind: type[CourseWidget]) -> str:
    links = " · ".join(
        f'<a href="../lectures/{lecture.file}.html">{lecture.number} {html.escape(lecture.title)}</a>'
        for lecture in uses()[name].lectures
    )
    return (
        (SITE / "figure.html")
        .read_text("utf-8")
        .format(
            title=html.escape(kind().title),
            course=html.escape(course().name),
            place=example(name),
            links=f"From lecture {links}" if links else "",
            name=name,
        )
    )


def _for_script(value) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def example(name: str) -> str:
    """The place of a figure as it is at first."""
    return place(name, {}, uses()[name].words)
