"""What pages say of other lectures, held to the list: what is gone, and what comes too late to be needed."""

import re
from collections.abc import Iterator
from pathlib import Path

from utils.course import LECTURES, ROOT, SOLUTIONS, Lecture

_NUMBER = r"\d\d[a-z]?"
_NAMED = re.compile(rf"\b[Ll]ectures?\s+{_NUMBER}\b(?:(?:\s*[,–]\s*|\s+)(?:(?:and|or|to)\s+)?{_NUMBER}\b)*")
_NEEDED = re.compile(r"^ *You need (?:.+\n)+", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([\w./-]+\.\w+)[)#]")  # to a file


def stale(listed: list[Lecture]) -> list[str]:
    """What no longer holds once these are the lectures: a line each, ``file:line: what``; none where all holds.

    Looked at are `needs` in ``lectures/course.toml`` and, in lectures, solutions and documents, "lecture 09", what a
    lecture says that it needs, and links to files.
    """
    found = list(_needs(listed))
    pages = [*LECTURES.glob("*.py"), *SOLUTIONS.glob("*/*.py"), *ROOT.glob("*.md"), *ROOT.glob("*/*.md")]
    for path in sorted(pages):
        place = path.relative_to(ROOT).as_posix()
        found += [f"{place}:{line}: {what}" for line, what in sorted({*_on_page(path, listed)})]
    return found


def _needs(listed: list[Lecture]) -> Iterator[str]:
    rows = (LECTURES / "course.toml").read_text(encoding="utf-8")
    for place, lecture in enumerate(listed):
        before = {other.number for other in listed[:place]}
        for number in lecture.needs:
            if number not in before:
                row = rows.index("needs", rows.index(f'"{lecture.file}"'))
                what = f"{lecture.file} needs {number}, and no lecture {number} comes before it."
                yield f"lectures/course.toml:{_line(rows, row)}: {what}"


def _on_page(path: Path, listed: list[Lecture]) -> Iterator[tuple[int, str]]:
    """Line and what is wrong there."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":  # as a reader has it, without comment marks; each line stays where it was
        text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
    known = {lecture.number: lecture for lecture in listed}
    for said in _NAMED.finditer(text):
        for number in set(re.findall(_NUMBER, said[0])) - known.keys():
            yield _line(text, said.start()), f"there is no lecture {number}."
    own = next((lecture for lecture in listed if lecture.script == path), None)
    for said in _NEEDED.finditer(text) if own else ():
        for number in set(re.findall(rf"(?<![-\w]){_NUMBER}\b", said[0])) & known.keys() - {*own.needs}:
            yield _line(text, said.start()), f"lecture {number} is needed, says the page; course.toml does not."
    pages = {lecture.notebook.resolve() for lecture in listed}
    for link in _LINK.finditer(text):
        target = Path(path.parent, link[1]).resolve()
        dropped = target.suffix == ".ipynb" and target.parent == LECTURES and target not in pages
        if dropped or not target.exists():
            yield _line(text, link.start()), f"{link[1]} is not there."


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
