"""From results to gradebook, table, pages and summary: what people decide stays, and nothing is done twice."""

import contextlib
import csv
import errno
import json
import multiprocessing
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath

import nbformat
import psutil
import pytest
from nbconvert import HTMLExporter
from nbgrader.api import Gradebook

from utils.grading import __main__ as command
from utils.grading import chunks, feedback, gradebook, merging, parsing, private, report, table
from utils.grading.merging import Grades, export, summary
from utils.grading.names import owner
from utils.grading.rebuilding import Paper, rebuild
from utils.grading.sandbox import NOBODY, Limits
from utils.grading.scoring import Result, grade, harmless_markdown

HOSTILE = "=HYPERLINK(\"http://x\")\n<script>alert(1)</script>'../..'" + "x" * 200
SCRIPT = "<script>alert('mine')</script>"


@pytest.fixture
def known(numbers, monkeypatch):
    """The course has this assignment and no other."""
    monkeypatch.setattr(merging, "assignments", lambda: [numbers])
    return numbers


@pytest.fixture
def result(paper, submission):
    """Make the result of a submission without running it."""

    def make(student="ann", scores=(1.0, 1.0, 1.0), words=None, status="graded", reasons=(), **answers):
        handed_in = parsing.Submission(student)
        if status == "failed":
            return Result(student, handed_in.student_id, "key", status, list(reasons))
        rebuilt = rebuild(paper, parsing.read_cells(submission(**answers)))
        names = [f"check-{name}" for name in ("one", "two", "three")]
        return Result(
            student,
            handed_in.student_id,
            "key",
            status,
            list(reasons),
            scores=dict(zip(names, scores, strict=True)) | {"words": words},
            failures={name: "AssertionError" for name, score in zip(names, scores, strict=True) if not score},
            notebook=rebuilt.notebook,
        )

    return make


@pytest.fixture
def grades(known, begun, tmp_path):
    """A folder of grades, and how to put results into it."""
    made = Grades(tmp_path / "grades", known)
    shutil.copy(begun, made.folder)

    def put(*results):
        private.make_folder(made.results_folder)
        for each in results:
            chunks.save(each, made.results_folder)
        return made.merge()

    made.put = put
    return made


def rows(grades):
    return {row["student"]: row for row in table.read(grades.folder / "grades.csv")}


def give(grades, student, name, score):
    """What a person does in Formgrader."""
    with Gradebook(grades.url) as gradebook:
        found = gradebook.find_grade(name, "77_numbers", "77_numbers", student)
        found.manual_score, found.needs_manual_grade = score, False
        gradebook.db.commit()


def needs_a_person(grades, student):
    with Gradebook(grades.url) as gradebook:
        notebook = gradebook.find_submission_notebook("77_numbers", "77_numbers", student)
        return {grade.name for grade in notebook.grades if grade.needs_manual_grade}


@pytest.mark.slow
def test_the_table(grades, result):
    grades.put(result("zoe"))  # who hands in a broken file later
    grades.put(
        result("ann"),
        result("bob", scores=(1.0, 0.0, 0.0), words=0.0),
        result("eve", status="needs review", reasons=["look here"]),
        result("zoe", status="failed", reasons=["The file is empty."]),
        result(HOSTILE),
    )
    found = rows(grades)
    assert [(found[name]["score"], found[name]["waiting_for_a_person"]) for name in ("ann", "bob", "zoe")] == [
        ("3.0", "2.0"),
        ("1.0", "0"),
        ("", "0"),
    ]
    assert found["bob"]["points"] == "check-one 1, check-two 0, check-three 0, words 0"
    assert (found["eve"]["status"], found["eve"]["reasons"]) == ("needs review", "look here")
    assert {row["max_score"] for row in found.values()} == {"5.0"}
    assert HOSTILE in found


def test_the_summary_names_who_needs_a_person_and_why(result):
    text = summary(
        [
            result("ann"),
            result("eve\nmallory", status="needs review", reasons=["look here"]),
            result("zoe", status="failed", reasons=["empty"]),
        ]
    )
    assert "3 submissions" in text and "1 needs review" in text and "1 failed" in text
    assert "  eve mallory (" in text and "    look here" in text and "    empty" in text
    assert "ann" not in text
    assert "2 with answers that a person grades" in text


def test_the_report_counts_mistakes_of_each_task(result, paper):
    wrong = [result(name, scores=(0.0, 1.0, 1.0)) for name in ("ann", "bob", "eve")]
    for number, each in enumerate(wrong):
        each.failures = {"check-one": f"It gives {number}, which is one too few."}
    wrong[2].failures["check-one"] = "NameError: x"
    text = report.by_task([*wrong, result("zoe"), result("x", status="failed")], paper)
    assert text.splitlines() == [
        "check-one: 3 of 4 without points",
        "    2 × It gives …, which is one too few.",
        "    1 × NameError: x",
    ]


@pytest.mark.slow
def test_merging_again_changes_nothing(grades, result):
    grades.put(result("ann"), result("bob", status="failed"))
    give(grades, "ann", "words", 1.5)
    grades.merge()
    before = {path: path.read_bytes() for path in grades.folder.rglob("*") if path.suffix in (".csv", ".html", ".txt")}
    grades.merge()
    assert before and all(path.read_bytes() == content for path, content in before.items())
    assert rows(grades)["ann"]["score"] == "4.5"


@pytest.mark.slow
def test_points_given_by_hand_are_kept(grades, result):
    grades.put(result("ann", scores=(1.0, 0.0, 1.0)))
    assert needs_a_person(grades, "ann") == {"words"}
    give(grades, "ann", "words", 2)
    give(grades, "ann", "check-two", 0.5)
    grades.put(result("ann", scores=(1.0, 0.0, 1.0)))
    assert rows(grades)["ann"]["score"] == "4.5"
    assert needs_a_person(grades, "ann") == set()


@pytest.mark.slow
def test_a_changed_answer_is_shown_to_the_person_again(grades, result):
    grades.put(result("ann", scores=(1.0, 0.0, 1.0)))
    give(grades, "ann", "words", 2)
    give(grades, "ann", "check-two", 0.5)
    changed = result("ann", two="def two():\n    return 22")
    changed.scores["check-two"] = 0.0
    grades.put(changed)
    assert rows(grades)["ann"]["score"] == "4.5", "kept"
    assert needs_a_person(grades, "ann") == {"check-two"}, "and asked for"


@pytest.mark.slow
def test_old_points_are_not_counted_in_silence(grades, result):
    grades.put(result("ann"))
    give(grades, "ann", "words", 2)
    grades.put(result("ann", **{"words": None}))
    assert rows(grades)["ann"]["reasons"] == ""
    changed = result("ann")
    next(cell for cell in changed.notebook.cells if cell.id == "words").source = "Another."
    grades.put(changed)
    row = rows(grades)["ann"]
    assert row["status"] == "needs review" and row["waiting_for_a_person"] == "2.0"
    assert "words changed after points were given by hand" in row["reasons"]
    page = (grades.folder / "feedback" / "ann" / "77_numbers.html").read_text()
    assert "5 of 5 points so far" in page and "a person decides" in page
    assert "words changed after points" in (grades.folder / "summary.txt").read_text()
    give(grades, "ann", "words", 1)
    export(grades.folder)
    assert rows(grades)["ann"]["reasons"] == "" and rows(grades)["ann"]["score"] == "4.0"


@pytest.mark.slow
def test_what_one_student_breaks_is_named_and_the_others_have_all(grades, result, monkeypatch):
    """Three places, three students: the gradebook, the page, the row of one that is not there."""
    real_page, real_record = feedback.page, gradebook._record

    def page(made, *others):
        return real_page(made, *others) if made.student != "bob" else 1 / 0

    def record(notebook, made, *others):
        return real_record(notebook, made, *others) if made.student != "eve" else 1 / 0

    monkeypatch.setattr(feedback, "page", page)
    monkeypatch.setattr(gradebook, "_record", record)
    (grades.folder / "autograded").mkdir()
    (grades.folder / "autograded" / "zoe").write_text("a file where a folder belongs")
    grades.put(*(result(name) for name in ("ann", "bob", "eve", "zoe", "zzz")))
    found = (grades.folder / "summary.txt").read_text()
    assert "3 not written, all others are" in found
    for who in ("bob (bob) has no page", "eve (eve) cannot be put", "zoe (zoe) cannot be put"):
        assert who in found
    assert rows(grades)["ann"]["score"] == rows(grades)["zzz"]["score"] == "3.0"
    assert {path.parent.name for path in grades.folder.glob("feedback/*/*")} >= {"ann", "zzz", "eve"}
    monkeypatch.undo()
    (grades.folder / "autograded" / "zoe").unlink()
    monkeypatch.setattr(merging, "assignments", lambda: [grades.assignment])
    grades.problems.clear()
    grades.merge()
    assert {row["score"] for row in rows(grades).values()} == {"3.0"}
    assert "not written" not in (grades.folder / "summary.txt").read_text()


@pytest.mark.slow
def test_odd_text_of_a_submission_stops_nothing(grades, result):
    odd = result("latin\udce9\0\x1b")
    odd.notebook.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="\ud800\0")]
    odd.failures["check-two"], odd.notes = "\udfff", ["\ud800"]
    grades.put(odd, result("failed\ud800", status="failed", reasons=["only: \udce9.pdf"]), result("ann"))
    assert len(rows(grades)) == 3 and len(list(grades.folder.glob("feedback/*/*.html"))) == 3
    assert "not written" not in (grades.folder / "summary.txt").read_text()


@pytest.mark.slow
def test_the_summary_follows_what_people_do(grades, result):
    grades.put(result("ann"), result("eve", status="needs review", reasons=["patched"], words=0.0))
    summary_now = grades.folder / "summary.txt"
    assert "1 needs review" in summary_now.read_text() and "1 with answers" in summary_now.read_text()
    page = grades.folder / "feedback" / "eve" / "77_numbers.html"
    assert "A person looks at this" in page.read_text()
    give(grades, "ann", "words", 2)
    with Gradebook(grades.url) as opened:
        opened.find_submission_notebook("77_numbers", "77_numbers", "eve").flagged = False
        opened.db.commit()
    grades.merge()
    assert "A person looks at this" not in page.read_text(), "merging puts no flag back"
    export(grades.folder)
    assert "0 needs review" in summary_now.read_text() and "0 with answers" in summary_now.read_text()
    assert rows(grades)["eve"]["reasons"] == "patched A person has looked at it."
    grades.put(result("eve", status="needs review", reasons=["patched again"], words=0.0))
    assert "1 needs review" in summary_now.read_text() and "A person looks at this" in page.read_text()


@pytest.mark.slow
def test_all_is_for_its_owner_only(grades, result):
    previous = os.umask(0)
    try:
        grades.put(result("ann"))
    finally:
        os.umask(previous)
    for path in [grades.folder, *grades.folder.rglob("*")]:
        if path.name != "gradebook.db":  # a copy, made by the test
            assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.slow
def test_shares_that_are_not_merged_are_said(grades, result):
    private.make_folder(grades.results_folder)
    chunks.save(result("ann"), grades.results_folder)
    with pytest.raises(ValueError, match="Not merged yet: run the `grade` command without --share"):
        export(grades.folder)
    assert not (grades.folder / "grades.csv").exists()
    grades.merge()
    chunks.save(result("bob"), grades.results_folder)
    export(grades.folder)
    assert rows(grades)["ann"]["score"] == "3.0"
    assert rows(grades)["bob"]["score"] == "" and "Not merged yet" in rows(grades)["bob"]["reasons"]


@pytest.mark.slow
def test_a_damaged_result_is_named_and_graded_anew(grades, result, paper, monkeypatch):
    grades.put(result("ann"), result("bob"))
    (grades.results_folder / "bob.json").write_text('{"student": "b')
    export(grades.folder)
    assert "bob.json" in rows(grades)["bob"]["reasons"] and rows(grades)["ann"]["status"] == "graded"
    monkeypatch.setattr(chunks, "grade", grade_or_die)
    chunks.grade_all([parsing.Submission("bob")], paper, grades.results_folder, Limits(), jobs=1)
    assert {each.student: each.status for each in chunks.load(grades.results_folder)}["bob"] == "graded"


@pytest.mark.slow
@pytest.mark.parametrize("when", ["add_assignment", "record", "marks"])
def test_a_gradebook_that_is_locked_is_said_in_a_sentence(when, grades, result, monkeypatch, capfd):
    """Whatever step meets it first. The same command goes on when it is free again."""
    monkeypatch.setattr(command, "assignments", lambda: [grades.assignment])
    grades.put(result("ann"))
    if when != "add_assignment":
        monkeypatch.setattr(gradebook, "add_assignment", lambda *_: None)
    monkeypatch.setattr(gradebook, "Gradebook", lambda url: Gradebook(f"{url}?timeout=0.1"))
    with sqlite3.connect(grades.folder / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ValueError, match="database is locked") as problem:
            grades.rows() if when == "marks" else grades.merge()
    assert "upgrade" not in str(problem.value) + "".join(capfd.readouterr())
    assert "\n" not in str(problem.value) and "[SQL" not in str(problem.value)
    grades.merge()
    assert rows(grades)["ann"]["score"] == "3.0"


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    private.write(tmp_path / "a.txt", "before")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as problem:
        private.write(tmp_path / "a.txt", "half")
    assert problem.value.filename == str(tmp_path / "a.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "before"


@pytest.mark.slow
def test_what_is_handed_back_has_the_names_that_the_platform_gave(grades, result, capsys):
    delivery = {
        "Ann Lee_101_assignsubmission_file_/77_numbers.ipynb": {},
        "=Bob_102_assignsubmission_file_/77_numbers.ipynb": {"status": "failed", "reasons": ["It is empty."]},
        "Zoe_103_assignsubmission_file_/77_numbers.ipynb": {"words": None},
        "Eve_104_assignsubmission_file_/77_numbers.ipynb": {"status": "needs review", "reasons": ["look"]},
    }
    results = []
    for path, details in delivery.items():
        who = owner(PurePosixPath(path), "77_numbers")
        made = result(who.name, **({"words": 2.0} | details))
        made.student_id = parsing.Submission(who.name, identity=who.identity).student_id
        made.handed_in_as = who.handed_in_as
        results.append(made)
    canvas = result("leeann_101", words=1.5)
    canvas.handed_in_as = "leeann_LATE_101_9000_77_numbers-1.ipynb"
    grades.put(*results, canvas, result("plain", words=0.0))
    command.main(["return", str(grades.folder)])
    said = capsys.readouterr().out
    assert said.count("held back") == 2 and "Zoe (Zoe_103)" in said and "Eve (Eve_104)" in said
    folder = grades.folder / "return"
    with zipfile.ZipFile(folder / "77_numbers-moodle.zip") as archive:
        assert archive.namelist() == [
            f"{name}_assignsubmission_file_/77_numbers.html" for name in ("=Bob_102", "Ann Lee_101")
        ]
        assert b"5 of 5 points" in archive.read("Ann Lee_101_assignsubmission_file_/77_numbers.html")
    bob, ann = table.read(folder / "77_numbers-moodle.csv")
    assert (ann["Identifier"], ann["Grade"], bob["Grade"]) == ("Participant 101", "5.0", "")
    assert bob["Feedback comments"] == "It is empty." and "Last modified (grade)" in bob
    with zipfile.ZipFile(folder / "77_numbers-canvas.zip") as archive:
        assert archive.namelist() == ["leeann_LATE_101_9000_77_numbers-1.html"]
    possible, lee = table.read(folder / "77_numbers-canvas.csv")
    assert (lee["ID"], lee["77_numbers"], possible["77_numbers"]) == ("101", "4.5", "5.0")
    assert table.read(folder / "77_numbers-pages.csv")[0]["77_numbers"] == "3.0"


@pytest.mark.slow
def test_a_doubtful_submission_waits_in_formgrader(grades, result):
    grades.put(result("eve", status="needs review", reasons=["patched"]))
    assert needs_a_person(grades, "eve") == {"check-one", "check-two", "check-three", "words"}


@pytest.mark.slow
def test_export_and_feedback_take_in_what_people_did(grades, result):
    grades.put(result("ann"))
    give(grades, "ann", "words", 2)
    export(grades.folder)
    assert rows(grades)["ann"]["score"] == "5.0"
    page = (grades.feedback() / "ann" / "77_numbers.html").read_text()
    assert "5 of 5 points" in page


@pytest.mark.slow
def test_the_folder_remembers_its_gradebook(grades, known, begun, result):
    other = shutil.copy(begun, grades.folder / "other.db")
    url = f"sqlite:///{other}"
    grades.url = Grades(grades.folder, known, url).url
    grades.put(result("ann"))
    assert (grades.folder / "nbgrader_config.py").stat().st_mode & 0o077 == 0, "it can hold a password"
    assert Grades(grades.folder, known).url == Grades(grades.folder, known, url).url == url
    with pytest.raises(ValueError, match="has another gradebook, with the points that were given by hand"):
        Grades(grades.folder, known, "sqlite:////nowhere/x.db")
    assert Grades(grades.folder, known).url == url, "a slip changes nothing"
    with Gradebook(f"sqlite:///{other}") as found:
        assert [student.id for student in found.students] == ["ann"]


@pytest.mark.slow
def test_an_assignment_that_has_other_tasks_by_now_is_refused_at_once(grades, known, result, monkeypatch):
    grades.put(result("ann"))
    gradebook.refuse_other_cells(grades.url, grades.paper)
    complete = nbformat.from_dict(grades.paper.complete)
    complete.cells = [cell for cell in complete.cells if cell.id != "check-two"]
    other = Paper(known.file, complete, grades.paper.released)
    monkeypatch.setattr(Paper, "of", lambda assignment: other)
    with pytest.raises(ValueError, match=r"had other tasks: check-two came or went"):
        export(grades.folder)
    monkeypatch.setattr(command, "assignments", lambda: [known])
    monkeypatch.setattr(chunks, "grade_all", lambda *_: pytest.fail("hours of work for nothing"))
    with pytest.raises(SystemExit, match="check-two came or went"):
        command.main(["grade", str(known.folder), "--assignment", "77", "--out", str(grades.folder), "--trusted"])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql+psycopg://course:secret@/grades?host=/nowhere", "No such file"),
        ("nosuch://grades", "nosuch"),
        ("grades.db", "URL"),
    ],
)
def test_a_gradebook_that_cannot_be_opened_is_said_at_once(url, reason, paper):
    with pytest.raises(ValueError, match=f"gradebook cannot be opened: .*{reason}") as problem:
        gradebook.refuse_other_cells(url, paper)
    assert "secret" not in str(problem.value)


@pytest.mark.slow
def test_a_text_added_to_the_assignment_spoils_no_page(grades, known, result):
    grades.put(result("ann"))
    notebooks = [nbformat.from_dict(each) for each in (grades.paper.complete, grades.paper.released)]
    for notebook in notebooks:
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("Mind the gap."))
    grades.paper = Paper(known.file, *notebooks)
    page = (grades.feedback() / "ann" / "77_numbers.html").read_text()
    assert "return 1" in page and "Because." in page


def test_a_folder_without_grades_is_refused(known, tmp_path):
    with pytest.raises(ValueError, match="is not a folder of grades"):
        export(tmp_path)


# --- feedback pages -----------------------------------------------------------------------------------------


def marks(**scores):
    return {
        name: {
            "score": score or 0.0,
            "max_score": 1.0,
            "waiting": score is None,
            "comment": f"comment {SCRIPT}",
        }
        for name, score in scores.items()
    }


def test_no_script_reaches_a_page(result, paper, tmp_path):
    made = result(HOSTILE, words=None, **{"two": f"# {SCRIPT}\ndef two():\n    return 2"})
    made.notes, made.failures = [SCRIPT], {"check-two": SCRIPT}
    cell = next(cell for cell in made.notebook.cells if cell.id == "two")
    cell.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=SCRIPT),
        nbformat.v4.new_output("error", ename=SCRIPT, evalue=SCRIPT, traceback=[SCRIPT]),
        nbformat.v4.new_output("display_data", {"text/plain": SCRIPT}),
        nbformat.v4.new_output("display_data", {"image/png": f'iVBORw0KGgo="><{SCRIPT}'}),
    ]
    text = feedback.page(made, paper, marks(words=None, **{"check-two": 0.0}))
    assert "<script" not in text.lower() and "onerror=" not in text
    assert "&lt;script&gt;" in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT,
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScript&#58;alert(1))",
        "[x](java&#115;cript&colon;alert(1))",
        "[x]: javascript:alert(1)\n\n[x]",
        "<javascript:alert(1)>",
        "![x](data:text/html,alert)",
        "<svg/onload=alert(1)>",
        "</td><iframe src=x>",
        "<!--<script>-->",
    ],
)
def test_nothing_active_is_left_in_markdown(text):
    """Formgrader shows answers in words as nbconvert renders them."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(harmless_markdown(text))])
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    body = page.lower().replace("javascript :", "").replace("< ", "")
    assert not re.search(r"<(script|img|svg|iframe|javascript)|<!--|href=\"(java|data)|src=\"(java|data)", body), page


BACKGROUND = r"$\style{background:u\72l(/logout); background-image:url(/logout)}{x}$"


@pytest.mark.parametrize(
    "text",
    [
        "![x](/logout)",
        "My answer.![x](http://192.0.2.7/track.png 'title')",
        "![x][there]\n\n[there]: /logout",
        "![there]\n\n[there]: /logout",
        "![there][]\n\n[there]: /logout",
        "![a ![b](/logout)](data:image/png;base64,AAAA)",
        "[![x](//192.0.2.7/x)](/y)",
        "![a\\](data:image/png;base64,A) ](/logout)",
        "![`](data:image/png;base64,` ](/logout)",
        "![x](data:image/svg+xml;base64,AAAA)",
        "![x\ny](<../logout>)",
        "<img src=/logout>",
        "<img srcset='/logout 2x'>",
        "<div style='background:url(/logout)'>",
        "<http://192.0.2.7/x.png>",
        "| a |\n|---|\n| ![x](/logout) |",
        "> ![x](/logout)",
        "<picture><source srcset=/logout></picture>",
        "<link rel=stylesheet href=/logout>",
    ],
)
def test_a_picture_in_an_answer_loads_nothing(text):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(harmless_markdown(text))])
    page, _ = HTMLExporter(template_name="basic").from_notebook_node(notebook)
    assert not re.search(r"<(img|picture|source|link|div style|a class=.x)", page), page


def test_a_formula_loads_nothing():
    text = harmless_markdown(BACKGROUND)
    assert r"\style" not in text and "url(" not in text


def test_a_picture_that_an_answer_holds_itself_stays():
    for text in ("![a plot](data:image/png;base64,iVBORw0KGgo=)", "![image.png](attachment:image.png)"):
        assert harmless_markdown(text) == text


@pytest.mark.parametrize("white", ["", "\t", "\n", " \t "])
def test_an_address_of_a_script_is_broken_in_formulas_too(white):
    """MathJax makes links in the browser, and a browser takes no notice of tabs and new lines in an address."""
    formula = rf"$\href{{java{white}script{white}:alert(1)}}{{x}}$"
    assert "script :alert" in harmless_markdown(formula)


def test_what_is_honest_reads_the_same():
    honest = "If $a < b$ and `x<2`, R&D: 3 > 2, **so** [see](https://example.org/a?b=1&c=2)."
    assert harmless_markdown(honest) == honest


def test_hidden_tests_are_not_on_a_page(result, paper):
    made = result("ann")
    cell = next(cell for cell in made.notebook.cells if cell.id == "two")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="assert two() * 17 == 34\nmine")]
    text = feedback.page(made, paper, marks(words=None))
    assert "17" not in text and "HIDDEN" not in text
    assert "mine" in text and "assert two() == 2" in text


def test_a_page_calls_tasks_by_their_headings(result, paper):
    released = nbformat.from_dict(paper.released)
    next(cell for cell in released.cells if cell.id == "task-two").source = "## Task 2 ★ Twice <one>\n\nWrite it."
    text = feedback.page(
        result("ann"),
        Paper(paper.name, paper.complete, released),
        marks(**{"check-one": 1.0, "check-two": 1.0}),
    )
    for heading in (
        "check-one: the check",
        "Task 2 ★ Twice &lt;one&gt;: your answer",
        "Task 2 ★ Twice &lt;one&gt;: the check",
    ):
        assert f"<h3>{heading}</h3>" in text
    assert "<td>check-one</td>" in text and "<td>Task 2 ★ Twice &lt;one&gt;</td>" in text


def test_a_page_stays_small(result, paper):
    made = result("ann", words=None, **{name: "x" * 190_000 for name in ("one", "two", "three")})
    for cell in made.notebook.cells:
        if cell.id == "two":
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="<" * 400_000)]
    assert len(feedback.page(made, paper, marks(words=None)).encode()) <= feedback.PAGE_BYTES


def test_a_failed_submission_gets_a_page_with_the_reason(result, paper):
    text = feedback.page(result("zoe", status="failed", reasons=["The file is empty."]), paper, {})
    assert "Not graded." in text and "The file is empty." in text


# --- with the real sandbox ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("bwrap")
@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on(submission, paper, tmp_path, monkeypatch):
    everyone = [parsing.Submission(f"student-{n}", submission()) for n in range(4)]
    chunks.grade_all(everyone[:2], paper, tmp_path, Limits(), jobs=2)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")}
    everyone[1] = parsing.Submission("student-1", submission(two="def two():\n    return 0"))
    chunks.grade_all(everyone, paper, tmp_path, Limits(), jobs=2)
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")}
    assert len(after) == 4
    assert after["student-0.json"] == before["student-0.json"], "graded once"
    assert after["student-1.json"] != before["student-1.json"], "handed in anew, graded anew"


def grade_or_die(submission, **ignored):
    if submission.student == "killer":
        os._exit(1)
    return Result(submission.student, submission.student_id, "key")


def test_a_process_of_the_grader_that_dies_takes_nobody_along(paper, tmp_path, monkeypatch):
    """Whatever kills it, too little memory for instance: the others are graded, and a later run tries again."""
    monkeypatch.setattr(chunks, "grade", grade_or_die)
    everyone = [parsing.Submission(name) for name in ("ann", "bob", "killer", "eve", "zoe")]
    chunks.grade_all(everyone, paper, tmp_path, Limits(), jobs=2)
    found = {each.student: each for each in chunks.load(tmp_path)}
    assert {name for name in found if found[name].status == "graded"} == {"ann", "bob", "eve", "zoe"}
    assert found["killer"].status == "failed" and found["killer"].again


@pytest.mark.usefixtures("bwrap")
@pytest.mark.slow
def test_hidden_numbers_reach_no_page(submission, paper):
    """An answer keeps what the hidden test hands it (17), and later ones print and raise it."""
    keeper = "SEEN = []\nclass N(int):\n    def __mul__(self, other):\n        SEEN.append(other)\n"
    keeper += "        return int(self) * other\ndef one():\n    return N(1)"
    honest = submission(
        one=keeper,
        two="print('seen', SEEN)\ndef two():\n    return 2",
        three="class Seen(Exception): pass\ndef three():\n    raise Seen('raised', SEEN)",
    )
    found = grade(parsing.Submission("ann", honest), paper, Limits())
    assert (found.status, found.scores["check-two"], found.scores["check-three"]) == ("graded", 1, 0)
    found.notebook = nbformat.from_dict(found.notebook)
    text = feedback.page(found, paper, {})
    assert "17" not in text and "seen []" in text and "&#x27;raised&#x27;, []" in text
    doubtful = submission(one=keeper, two="import ctypes\nprint('seen', SEEN)\ndef two():\n    return SEEN")
    found = grade(parsing.Submission("eve", doubtful), paper, Limits())
    assert found.status == "needs review" and "seen [17]" in json.dumps(found.notebook)
    found.notebook = nbformat.from_dict(found.notebook)
    assert "17" not in feedback.page(found, paper, {})


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.usefixtures("bwrap")
@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_grader_that_is_stopped_keeps_what_is_graded_and_leaves_nothing_running(stop, submission, paper, tmp_path):
    sleeper = submission(one="import time; time.sleep(987)")
    everyone = [
        parsing.Submission("ann", submission()),
        *(parsing.Submission(n, sleeper) for n in ("bob", "eve")),
    ]

    def run():
        os.setsid()  # Ctrl-C reaches all processes of a terminal, and so shall the signal below
        signal.signal(signal.SIGINT, signal.default_int_handler)  # processes of pytest-xdist ignore it
        chunks.grade_all(everyone, paper, tmp_path, Limits(), jobs=2)

    grader = multiprocessing.get_context("fork").Process(target=run)
    grader.start()
    sandboxes = []
    while not (sandboxes and (tmp_path / "ann.json").exists()):
        time.sleep(0.1)
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(grader.pid).children(recursive=True)
            sandboxes = [process for process in family if process.name() == "bwrap"]
    os.kill(grader.pid, stop) if stop == signal.SIGKILL else os.killpg(grader.pid, stop)
    grader.join()
    deadline = time.monotonic() + 20
    while alive := [process for process in family if is_alive(process)]:
        assert time.monotonic() < deadline, alive
        time.sleep(0.1)
    assert [each.student for each in chunks.load(tmp_path)] == ["ann"]


def test_shares_are_everything_once(submission):
    everyone = [parsing.Submission(f"{n}") for n in range(10)]
    shares = [chunks.share(everyone, part, 4) for part in (1, 2, 3, 4)]
    assert sorted(each.student for share in shares for each in share) == [f"{n}" for n in range(10)]


def test_a_grader_that_stumbles_spoils_one_submission_only(submission, paper, monkeypatch):
    monkeypatch.setattr("utils.grading.scoring.rebuild", lambda *_: 1 / 0)
    found = grade(parsing.Submission("ann", submission()), paper, Limits())
    assert found.status == "failed" and "ZeroDivisionError" in found.reasons[0]
    assert found.again, "a later run tries once more"


@pytest.fixture
def postgresql(initdb):
    """The address of a PostgreSQL of our own, reached by a socket in a folder of its own."""
    folder = tempfile.mkdtemp(prefix="course-pg-")
    become = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        os.chown(folder, NOBODY, NOBODY)
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]

    def run(program, *arguments):
        command = [*become, Path(initdb).with_name(program), "-D", f"{folder}/data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "-U", "course", "-A", "trust", "--no-sync")
    run("pg_ctl", "-o", f"-k {folder} -c listen_addresses= -c fsync=off", "-l", f"{folder}/log", "-w", "start")
    try:
        yield f"postgresql+psycopg://course@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.mark.slow
def test_postgresql_as_the_gradebook(postgresql, known, result, tmp_path):
    grades = Grades(tmp_path / "grades", known, postgresql)
    grades.results_folder.mkdir(parents=True)
    for each in (result("ann"), result(HOSTILE), result("zoe", status="failed")):
        chunks.save(each, grades.results_folder)
    grades.merge()
    give(grades, "ann", "words", 2)
    grades.merge()
    assert rows(grades)["ann"]["score"] == "5.0" and rows(grades)[HOSTILE]["score"] == "3.0"
    with (grades.folder / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 4
    assert not (grades.folder / "gradebook.db").exists()
