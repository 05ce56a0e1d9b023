"""Handing back: one archive of pages and one table of points, as the learning platform takes them.

Moodle: "Upload multiple feedback files in a zip" wants the folders as they were downloaded, "Upload grading worksheet"
the columns Identifier, Grade and Last modified (grade). Canvas: "Upload submissions" finds a student by the two numbers
in a file's name, "Import grades" by the column ID. Both as documented; neither was tried against a platform.
"""

import io
import zipfile
from pathlib import Path

from utils.grading import chunks, private, table
from utils.grading.merging import Grades, standing
from utils.grading.names import by_platform, stem
from utils.grading.scoring import FAILED, REVIEW, Result


def hand_back(grades: Grades) -> tuple[list[Path], list[str]]:
    """Write ``return/`` in the folder of grades; gives the files, and whose points are not final, so that they wait.

    Who failed to be graded gets the page that says why, and no points.
    """
    pages, marks = grades.feedback(), grades.marks()
    rows: dict[str, list[dict[str, object]]] = {}
    archives: dict[str, dict[str, bytes]] = {}
    held_back = []
    for result in chunks.load(grades.results_folder):
        found = {} if result.status == FAILED else marks.get(result.student_id, {})
        page = pages / result.student_id / f"{grades.assignment.file}.html"
        open_points = any(mark["waiting"] or mark["outdated"] for mark in found.values())
        unmerged = result.status != FAILED and not found
        if open_points or unmerged or standing(result, found)[0] == REVIEW or not page.exists():
            held_back.append(f"{result.student} ({result.student_id})")
            continue
        points = sum(mark["score"] for mark in found.values()) if found else None
        platform, name, row = _for_platform(result, grades, points)
        rows.setdefault(platform, []).append(row)
        archives.setdefault(platform, {})[name] = page.read_bytes()
    written = []
    for platform in rows:
        base = grades.folder / "return" / f"{grades.assignment.file}-{platform}"
        if platform == "canvas":
            rows[platform].insert(0, _points_possible(grades))
        private.write(base.with_suffix(".csv"), table.as_text(rows[platform]))
        private.write(base.with_suffix(".zip"), _packed(archives[platform]))
        written += [base.with_suffix(".csv"), base.with_suffix(".zip")]
    return written, held_back


def _for_platform(result: Result, grades: Grades, points: float | None) -> tuple[str, str, dict[str, object]]:
    """Where a student's page goes: the platform, the page's name in its archive, the row in its table."""
    file = grades.assignment.file
    owner = by_platform(result.handed_in_as)
    if owner is None:
        row: dict[str, object] = {"student": result.student, "student_id": result.student_id, file: points}
        return "pages", f"{result.student_id}/{file}.html", row
    if owner.platform == "canvas":
        row = {
            "Student": owner.name,
            "ID": owner.number,
            "SIS User ID": "",
            "SIS Login ID": "",
            "Section": "",
        }
        return "canvas", f"{stem(result.handed_in_as)}.html", row | {file: points}
    total = f"{sum(grades.paper.points().values()):g}"
    words = " ".join(result.reasons) if points is None else f"{points:g} of {total} points. See the page."
    row = {"Identifier": f"Participant {owner.number}", "Full name": result.student, "Grade": points}
    row |= {"Maximum Grade": total, "Last modified (grade)": "-", "Feedback comments": words}
    return "moodle", f"{result.handed_in_as.rstrip('/')}/{file}.html", row


def _points_possible(grades: Grades) -> dict[str, object]:
    row = dict.fromkeys(("Student", "ID", "SIS User ID", "SIS Login ID", "Section"), "")
    return row | {"Student": "Points Possible", grades.assignment.file: sum(grades.paper.points().values())}


def _packed(pages: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in pages.items():
            archive.writestr(name, page)
    return content.getvalue()
