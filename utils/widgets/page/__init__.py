"""What the widgets share in the page, and the joining of a widget's files into one module.

anywidget loads a module from memory, where a relative import leads nowhere. So the files import each other as
JavaScript does, for editors, node and the linter, and here they are joined, without a build step: each file once,
behind what it imports, without the import lines, comments and indentation. A comment changes no page.
"""

import re
from functools import cache
from pathlib import Path

WIDGETS = Path(__file__).resolve().parents[1]
ALONE = WIDGETS / "page" / "local_model.js"  # what a widget needs in a page without a kernel
IMPORT = re.compile(r'^import \{[^}]*\} from "([^"]+)";\n', re.MULTILINE)
BLOCK_COMMENT = re.compile(r"^\s*/\*.*?\*/ *\n?", re.MULTILINE | re.DOTALL)
LINE_COMMENT = re.compile(r"(?:^|\s+)// .*$", re.MULTILINE)  # an address has no blank behind its slashes


@cache
def script(name: str, *more: Path) -> str:
    """The module of the widget ``name``, or of another file ("predict/without_cases"), with ``more`` files."""
    return joined(*more, _entry(name))


def joined(*entries: Path) -> str:
    """The code of files and of all that they import."""
    return "\n".join(_code(file.read_text("utf-8")) for file in _files(*entries))


def _entry(name: str) -> Path:
    return WIDGETS / (f"{name}.js" if "/" in name else f"{name}/{name}.js")


@cache
def style(name: str) -> str:
    """The style of a widget."""
    return "\n".join(styles(name))


def styles(name: str) -> list[str]:
    """The style sheets that lie beside the files of a widget's module, under the same names."""
    sheets = [file.with_suffix(".css") for file in _files(_entry(name))]
    return [_tight(sheet.read_text("utf-8")) for sheet in sheets if sheet.exists()]


def _files(*entries: Path) -> list[Path]:
    """Files and all that they import, each behind what it needs itself."""
    found: list[Path] = []
    seen: set[Path] = set()

    def visit(file: Path) -> None:
        if file in seen:
            return
        seen.add(file)
        for other in IMPORT.findall(file.read_text("utf-8")):
            visit((file.parent / other).resolve())
        found.append(file)

    for entry in entries:
        visit(entry.resolve())
    return found


def _code(text: str) -> str:
    text = re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.MULTILINE)
    return _tight(LINE_COMMENT.sub("", text))


def _tight(text: str) -> str:
    lines = (line.strip() for line in BLOCK_COMMENT.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)
