"""``grades.csv``: quoted, and harmless in a spreadsheet, which would run a cell that begins like a formula."""

import csv
import io
from pathlib import Path

from utils.grading import private

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def write(rows: list[dict[str, object]], path: Path) -> None:
    """Write rows of the same columns. A text that a spreadsheet could run gets an apostrophe before it."""
    private.write(path, f"\ufeff{as_text(rows)}")  # without the mark Excel guesses the encoding


def as_text(rows: list[dict[str, object]]) -> str:
    """What `write` writes, without the mark of its encoding."""
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else [], quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writeheader()
    table.writerows({str(_safe(name)): _safe(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def read(path: Path) -> list[dict[str, str]]:
    """The rows as they were before they were made harmless."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: _plain(value) for name, value in row.items()} for row in csv.DictReader(file)]


def _safe(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str):
        value = value.replace("\0", "").encode(errors="replace").decode()
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value


def _plain(value: str) -> str:
    return value.removeprefix("'")
