"""`make lecture` and `make assignment`: first lines that build and are green, and nothing written over."""

import os
import subprocess
import sys
import tomllib

import pytest

from tests.fork.conftest import git, make
from utils import course
from utils.fork import beginnings

TABLE = """\
[course]
name = "A"

[house]
points = 20

[[lecture]]
file = "01_first"
title = "First"
about = "One."
minutes = 5

[[lecture]]
file = '03_third'
title = "Third"
about = "Three."
minutes = 5
needs = [
    "01",
]

# From here on in summer only.

[[lecture]]
file = "02_second"
title = "Second"
about = "Two."
minutes = 5"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A course of three lectures, in an order of its own, one of which has an assignment."""
    folders = {"ROOT": tmp_path} | {name: tmp_path / name.lower() for name in ("LECTURES", "SOLUTIONS", "EXERCISES")}
    for name, folder in folders.items():
        for module in (course, beginnings):
            monkeypatch.setattr(module, name, folder)
    files = {"lectures/course.toml": TABLE, "lectures/02_second.py": "", "utils/checks/plan.py": ""}
    files["solutions/01_first/01_first.py"] = "check.one(one, seed=4711)"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def everything(folder) -> dict:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "place"), [("00_zero", 0), ("01b_more", 1), ("02b_more", 3), ("03b_more", 2), ("12_end", 2)]
)
def test_the_row_stands_after_the_number_that_comes_before(small, name, place):
    """Wherever that one is taught; nothing else in the file changes, comments stay with what follows them."""
    beginnings.lecture(name, '  "More"   of\tit ')
    text = (small / "lectures/course.toml").read_text("utf-8")
    rows = tomllib.loads(text)["lecture"]
    assert [row["file"] for row in rows].index(name) == place and rows[place]["title"] == '"More" of it'
    row = f'[[lecture]]\nfile = "{name}"\ntitle = "\\"More\\" of it"\nabout = "{beginnings.ABOUT}"\nminutes = 30\n'
    assert text.replace(f"{row}\n", "").replace(f"\n\n{row}", "").rstrip() == TABLE
    assert "# From here on in summer only.\n\n[[lecture]]\nfile = \"02_second\"" in text  # fmt: skip
    assert [lecture.file for lecture in course.lectures()][place] == name


def test_what_cannot_be_is_refused_and_nothing_is_written(small):
    before = everything(small)
    for name in ("", "separable", "2_separable", "02b-separable", "02B_separable", "02b_Separable", "../02b_x", "02b_"):
        with pytest.raises(ValueError, match=r"is no name of a lecture, which is a number and a topic: make lecture"):
            beginnings.lecture(name, "A title")
    with pytest.raises(ValueError, match="The lecture has no title: make lecture NAME="):
        beginnings.lecture("04_fourth", " \n")
    with pytest.raises(ValueError, match="There is a lecture 02 already, 02_second: choose another number, such as"):
        beginnings.lecture("02_other", "A title")
    for number in ("", "77", "01_first"):
        with pytest.raises(ValueError, match=r"There is no lecture .* in lectures/course.toml: make assignment ONLY="):
            beginnings.assignment(number)
    with pytest.raises(ValueError, match="solutions/01_first is there already, and nothing was written"):
        beginnings.assignment("01")
    assert everything(small) == before


@pytest.mark.parametrize("taken", ["04_plan.py", "04_plan.ipynb", "facts/04_plan.txt"])
def test_a_file_that_is_there_is_not_written_over(small, taken):
    (small / "lectures" / taken).parent.mkdir(exist_ok=True)
    (small / "lectures" / taken).write_text("mine")
    before = everything(small)
    with pytest.raises(ValueError, match=f"lectures/{taken} is there already, and nothing was written"):
        beginnings.lecture("04_plan", "A title")
    assert everything(small) == before


def test_an_assignment_has_the_seed_of_the_others_and_takes_no_name_that_is_taken(small):
    beginnings.lecture("04_plan", "A plan")
    before = everything(small)
    with pytest.raises(ValueError, match=r"utils/checks/plan\.py is there already, and nothing was written"):
        beginnings.assignment("04")
    assert everything(small) == before
    solution, checks = beginnings.assignment("03")
    assert "seed=4711)" in solution.read_text() and "import third as check" in solution.read_text()
    assert checks == small / "utils/checks/third.py"


@pytest.mark.slow  # builds both, and runs their tests
def test_what_is_begun_builds_and_is_green(original):
    *_, last = course.lectures()
    number = f"{last.number[:2]}z"
    begun = make(original, "lecture", f"NAME={number}_halves", 'TITLE=Halves, and "more"')
    assert begun.returncode == 0, begun.stderr
    assert f"Now edit lectures/{number}_halves.py, lectures/facts/" in begun.stdout
    begun = make(original, "assignment", f"ONLY={number}")
    assert begun.returncode == 0, begun.stderr
    for verb in (("lecture", f"NAME={number}_other", "TITLE=Other"), ("assignment", f"ONLY={number}"), ("lecture",)):
        before = git(original, "status", "--porcelain")
        refused = make(original, *verb)
        assert refused.returncode and refused.stderr.count("\n") == 2 and "] Error 1" in refused.stderr
        assert git(original, "status", "--porcelain") == before
    files = "notebooks/test_committed notebooks/test_bold_numbers notebooks/test_references"
    files += " grading/test_release grading/test_suspicion checks/test_every_task test_project"
    its_own = f"{number}_halves or (checks and halves) or citation or in_the_map or said_of_other or ruff"
    command = [sys.executable, "-m", "pytest", "-p", "no:nbval", "-p", "no:cacheprovider", "-q", "-k", its_own]
    command += [f"tests/{file}.py" for file in files.split()]
    environment = os.environ | {"PYTHONPATH": str(original)}
    done = subprocess.run(command, cwd=original, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(done.stdout.split(" passed")[0].split()[-1]) > 20
