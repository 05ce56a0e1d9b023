"""grades.csv comes back as it was, and no spreadsheet runs it."""

import csv

import pytest

from utils.grading import table

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\ttab",
    'a "quoted", name',
    "two\nlines",
    "\r=1",
    "../..",
    "x" * 300,
    "'apostrophe",
    "''",
    "José 名",
    "<script>",
    "a;b",
    "",
]


def test_names_come_back_unchanged(tmp_path):
    path = tmp_path / "grades.csv"
    table.write([{"student": name, "score": number / 2} for number, name in enumerate(HOSTILE)], path)
    rows = table.read(path)
    assert [row["student"] for row in rows] == HOSTILE
    assert [float(row["score"]) for row in rows] == [number / 2 for number in range(len(HOSTILE))]


def test_no_cell_begins_like_a_formula(tmp_path):
    path = tmp_path / "grades.csv"
    table.write([{"student": name} for name in HOSTILE], path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "else a spreadsheet guesses the encoding"


@pytest.mark.parametrize("odd", ["\0", "\ud800"])
def test_what_no_csv_can_hold_does_not_stop_it(odd, tmp_path):
    table.write([{"student": f"a{odd}b"}], tmp_path / "x.csv")
    assert table.read(tmp_path / "x.csv")[0]["student"].startswith("a")


def test_no_score_is_not_zero(tmp_path):
    table.write([{"student": "a", "score": None}, {"student": "b", "score": 0.0}], tmp_path / "x.csv")
    assert [row["score"] for row in table.read(tmp_path / "x.csv")] == ["", "0.0"]
