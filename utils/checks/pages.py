"""The pages of exercises: what the course wrote into each about its tasks, and which checks were content.

A page is a notebook that a learner opens. Nothing is written here: how far somebody is stands in the outputs that
JupyterLab has kept.
"""

import builtins
import json
import re
import symtable
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from utils.course import EXERCISES

CALL = re.compile(r"^check\.(\w+)\((\w+)", re.MULTILINE)
MODULE = re.compile(r"from utils\.checks import (\w+) as check\b")


class Part(NamedTuple):
    """What is graded by itself: an answer with its check, or one in words."""

    check: str
    """The name of the check; "" for one in words, or with checks of its own."""
    answer: str
    """The name that the check is given; "" likewise."""
    points: float


def description(cells: list) -> dict:
    """What is written into a page's metadata: the module of its checks, the names its own cells give, its parts."""
    sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    details = [(cell, cell["metadata"].get("nbgrader", {})) for cell in cells]
    given = [cell["source"] for cell, role in details if cell["cell_type"] == "code" and not role]
    module = MODULE.search("\n".join(sources))
    return {
        "checks": module[1] if module else "",
        "given": sorted({name for source in given for name in bound(source)}),
        "parts": [Part(*_checked(cell["source"]), role["points"]) for cell, role in details if role.get("grade")],
    }


def _checked(source: str) -> tuple[str, str]:
    """The names of the check that a cell calls, and of the answer that it is given; "" if it calls none."""
    call = CALL.search(source)
    return (call[1], call[2]) if call else ("", "")


def page_of(topic: str) -> dict | None:
    """The page whose checks are ``utils.checks.TOPIC``, as it is on this machine; None if it is not there."""
    for path in sorted(EXERCISES.glob(f"*_{topic}/*_{topic}.ipynb")):
        page = read(path)
        if page["metadata"].get("course", {}).get("checks") == topic:
            return page
    return None


def read(path: Path) -> dict:
    """A notebook, with the text of each cell in one piece."""
    page = json.loads(path.read_text(encoding="utf-8"))
    for cell in page["cells"]:
        cell["source"] = "".join(cell["source"])
    return page


def parts_of(page: dict) -> list[Part]:
    return [Part(*part) for part in page["metadata"]["course"]["parts"]]


def standing(page: dict, done: set[str]) -> tuple[str, str]:
    """In words how many tasks of a page are done, and how many points they give: "3 of 6", "9 of 20"."""
    parts = parts_of(page)
    mine = [part.points for part in parts if part.check in done]
    return f"{len(mine)} of {len(parts)}", f"{sum(mine):g} of {sum(part.points for part in parts):g}"


def content(page: dict) -> set[str]:
    """The names of the checks that were content when the page was saved."""
    found = set()
    for cell in page["cells"]:
        said = ["".join(output.get("text", "")) for output in cell.get("outputs", [])]
        found |= {name for name in CALL.findall(cell["source"]) for text in said if f"✓ {name[0]}\n" in text}
    return {check for check, _ in found}


def bound(source: str) -> set[str]:
    """Names that a cell gives a meaning to."""
    return {name.get_name() for name in _table(source).get_symbols() if _is_bound(name)}


def needed(source: str) -> set[str]:
    """Names that a cell uses and gives no meaning to, nor Python itself."""
    own, found = bound(source), set()
    for table in _all(_table(source)):
        for name in table.get_symbols():
            if name.is_referenced() and (name.is_global() or table.get_type() == "module"):
                found.add(name.get_name())
    return found - own - set(vars(builtins))


def _table(source: str) -> symtable.SymbolTable:
    return symtable.symtable(source, "cell", "exec")


def _all(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _all(child)


def _is_bound(name: symtable.Symbol) -> bool:
    return name.is_assigned() or name.is_imported() or name.is_namespace()
