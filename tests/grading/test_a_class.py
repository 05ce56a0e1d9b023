"""A whole class, of every kind, in one folder: all have the row that they should, also where the run is killed."""

import json
import multiprocessing
import os
import signal
import time
from itertools import islice

import pytest

from tests.grading.test_hostile import FLAGGED, HONEST, LOSES_ONE, RESTORED, UNREADABLE, after
from utils.course import assignments
from utils.grading import __main__ as command
from utils.grading import merging, session, table

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bwrap")]
NAME = "77_numbers"
FORGED = "get_ipython().kernel.session.pack = lambda o: json.dumps(o, default=str).encode()"


def without_ids(notebook):
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "  \r") + "\n"
        cell["metadata"] = {}
        cell.pop("id", None)


def foreign_ids(notebook):
    for number, cell in enumerate(notebook["cells"]):
        if details := cell["metadata"].get("nbgrader"):
            details["grade_id"] = f"cell-{number}"


def without_two(notebook):
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "two"]


def below_the_stub(notebook):
    place = [cell["id"] for cell in notebook["cells"]].index("two")
    new = {"cell_type": "code", "metadata": {}, "source": "def two(): return 2", "outputs": []}
    notebook["cells"].insert(place + 1, new)


@pytest.fixture(scope="module")
def the_class(numbers, submission, tmp_path_factory):
    """The folder, and what each student's row shall be: status, score, a part of the reasons."""
    folder = tmp_path_factory.mktemp("class") / "submissions"
    expected: dict[str, tuple[str, str, str]] = {}

    def hand_in(path, content, student, status="graded", score="3.0", reason=""):
        place = os.fsencode(folder) + b"/" + (path if isinstance(path, bytes) else path.encode())
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content)
        assert student not in expected
        expected[student] = (status, score, reason)

    some = [pair for kind in (HONEST, LOSES_ONE, RESTORED, FLAGGED) for pair in islice(kind.items(), 2)]
    for name, (two, edit, points, status, reason) in some:  # test_hostile.py has them all
        content = submission(edit, two=two)
        hand_in(f"{name}/{NAME}.ipynb", content, name, status, f"{float(sum(points))}", reason)
    for name, (content, reason) in UNREADABLE.items():
        hand_in(f"{name}/{NAME}.ipynb", content, name, "failed", "", reason)

    right, stub = (
        submission(),
        next(
            "".join(cell["source"]) for cell in json.loads(numbers.exercise.read_text())["cells"] if cell["id"] == "two"
        ),
    )
    for name, content in {
        "no ids": submission(without_ids),
        "foreign ids": submission(foreign_ids),
        "half a character": submission(two="# \ud800\n" + after()),
        "prints half a character": submission(two=after("print('\\ud800')")),
        "control characters": submission(two="\0\x1b" + after()),
    }.items():
        hand_in(f"{name}/any name.ipynb", content, name)
    forged = submission(two=after("import json", FORGED, "print('\\ud800')"))
    hand_in(f"forges/{NAME}.ipynb", forged, "forges", "needs review", reason=".session")
    ends = submission(three="import os\nos._exit(3)")
    hand_in(f"ends Python/{NAME}.ipynb", ends, "ends Python", "needs review", "2.0", "ended Python itself")
    below = submission(below_the_stub, two=stub)
    hand_in(f"below/{NAME}.ipynb", below, "below", "needs review", "2.0", "a new cell stands below it")
    hand_in(f"deleted/{NAME}.ipynb", submission(without_two), "deleted", score="2.0")
    hand_in(f"picture/{NAME}.ipynb", submission(words="![x](/logout)"), "picture")

    file = f"{NAME}.ipynb"
    hand_in(b"latin\xe9/" + file.encode(), right, "latiné")
    hand_in(f"two\nlines/{file}", right, "two\nlines")
    hand_in(f"bell\a/{file}", right, "bell")
    hand_in(f"=1+1/{file}", right, "=1+1")
    hand_in(f"<script>/{file}", right, "<script>")
    hand_in(f"{'x' * 240}/{file}", right, "x" * 240)
    hand_in(f"Jose\u0301/{file}", right, "José")
    hand_in(f"..hid/{file}", right, "..hid")
    hand_in(f"shouts/{file.upper()}", right, "shouts")
    hand_in(f"saved by a browser/{file}.txt", right, "saved by a browser")
    hand_in(f"Ann Lee_101_assignsubmission_file_/{file}", right, "Ann Lee")
    (folder / "Ann Lee_101_assignsubmission_onlinetext_").mkdir()
    (folder / "Ann Lee_101_assignsubmission_onlinetext_" / "onlinetext.html").write_text("Hello")
    hand_in(f"leeann_LATE_101_9000_{file}", right, "leeann_101")
    hand_in(f"copies/{file}", right, "copies", "needs review", reason="and not what lies beside it")
    (folder / "copies" / f"{NAME} (1).ipynb").write_bytes(right)

    other = assignments()[1].exercise.read_bytes()
    hand_in(f"wrong one/{file}", other, "wrong one", "failed", "", "this is assignment 02")
    hand_in("several/a.ipynb", right, "several", "failed", "", "several notebooks")
    (folder / "several" / "b.ipynb").write_bytes(right)
    hand_in(b"odd file/caf\xe9.pdf", b"%PDF", "odd file", "failed", "", "only: café.pdf")
    (folder / "nothing").mkdir()
    expected["nothing"] = ("failed", "", "There is no notebook")
    (folder / "link").mkdir()
    (folder / "link" / file).symlink_to(numbers.notebook)
    expected["link"] = ("failed", "", "it is a link")
    return folder, expected


@pytest.fixture(scope="module")
def rows(the_class, numbers, tmp_path_factory):
    """Graded, killed when half is done, and graded again by the same command."""
    folder, expected = the_class
    out = tmp_path_factory.mktemp("out") / "grades"
    grade = ["grade", str(folder), "--assignment", "77", "--out", str(out), "--seconds", "2", "--jobs", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "assignments", lambda: [numbers])
        patch.setattr(merging, "assignments", lambda: [numbers])
        patch.setattr(session, "PATIENCE", 2.5)
        killed = multiprocessing.get_context("fork").Process(target=command.main, args=(grade,))
        killed.start()
        while killed.is_alive() and len(list(out.glob("results/*/*.json"))) < len(expected) // 2:
            time.sleep(0.1)
        assert killed.is_alive()
        os.kill(killed.pid, signal.SIGKILL)
        killed.join()
        done = {path: path.stat().st_mtime_ns for path in out.glob("results/*/*.json")}
        command.main(grade)
    assert {path: path.stat().st_mtime_ns for path in done} == done, "nothing is graded twice"
    return out, {row["student"]: row for row in table.read(out / "grades.csv")}


def test_everyone_has_the_row_that_they_should(rows, the_class):
    out, found = rows
    expected = the_class[1]
    assert len(expected) > 40 and set(found) == set(expected)
    wrong = {
        student: found[student]
        for student, (status, score, reason) in expected.items()
        if (found[student]["status"], found[student]["score"]) != (status, score)
        or reason not in found[student]["reasons"]
    }
    assert not wrong
    assert found["leeann_101"]["late"] == "late"
    assert "not written" not in (out / "summary.txt").read_text()


def test_everyone_has_a_page(rows):
    out, found = rows
    pages = {path.parent.name: path.read_text() for path in out.glob("feedback/*/*.html")}
    assert set(pages) == {row["student_id"] for row in found.values()}
    assert "Not graded." in pages[found["nothing"]["student_id"]]
    assert "3 of 5 points so far" in pages[found["Ann Lee"]["student_id"]]
