"""What is said of other lectures holds; where a lecture goes or moves, what no longer holds is listed."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from utils.course import LECTURES, ROOT, SOLUTIONS, lectures
from utils.notebooks.references import stale


def test_all_that_is_said_of_other_lectures_holds():
    found = stale(lectures())
    assert not found, "\n".join(["change:", *found])


def test_the_package_names_no_lecture_by_its_number():
    """So that a course without that lecture has nothing to change in it."""
    for room in ("utils", "benchmarks"):
        for path in (ROOT / room).rglob("*.*"):
            if path.suffix in (".py", ".js", ".md", ".html"):
                found = re.findall(r"(?<!\")\b[Ll]ectures? \d\d\b(?!\")", path.read_text("utf-8"))
                advice = f"{path} says {found}: say what the lecture is about, since numbers change"
                assert not found or path.name in ("references.py", "overview.py", "skeletons.py"), advice


@pytest.fixture(scope="module")
def sound():
    """A course in which all holds, so that what is listed after a change comes from the change."""
    if stale(lectures()):
        pytest.skip("something does not hold before the change: the first test says what")


@pytest.mark.parametrize("gone", lectures()[1:], ids=lambda lecture: lecture.number)
def test_what_names_a_dropped_lecture_is_listed_with_file_and_line(sound, gone):
    left = [lecture for lecture in lectures() if lecture != gone]
    listed = stale(left)
    places = [line.split(":")[:2] for line in listed if not line.startswith("lectures/course.toml:")]
    assert places == sorted(places, key=lambda place: (Path(place[0]), int(place[1]))), "in the order of reading"
    for line in listed:
        file, number, what = re.fullmatch(r"([^:]+):(\d+): (.+)", line).groups()
        assert gone.number in what, "nothing else is wrong"
        shown = "".join((ROOT / file).read_text("utf-8").splitlines()[int(number) - 1 :][:3])
        assert gone.number in shown, line
    for lecture in left:
        told = [
            line for line in listed if line.startswith("lectures/course.toml:") and f" {lecture.file} needs" in line
        ]
        assert len(told) == (gone.number in lecture.needs)
    for page in [*(lecture.script for lecture in left), *SOLUTIONS.glob("*/*.py")]:
        if re.search(rf"\blecture {gone.number}\b", page.read_text("utf-8")):
            assert any(line.startswith(f"{page.relative_to(ROOT).as_posix()}:") for line in listed)


@pytest.fixture
def last():
    """The last lecture of this course's own that needs others: its page says so, as all of them do."""
    needing = [lecture for lecture in lectures() if lecture.needs and lecture.house]
    return needing[-1] if needing else pytest.skip("no lecture needs another")


def test_a_lecture_that_moves_before_what_it_needs_is_listed(sound, last):
    moved = [last, *[lecture for lecture in lectures() if lecture != last]]
    rows = (LECTURES / "course.toml").read_text("utf-8").splitlines()
    for line in stale(moved):
        number = int(line.split(":")[1])
        assert rows[number - 1].startswith("needs"), line
        assert f"{last.file} needs " in line and "comes before it." in line
    assert len(stale(moved)) == len(last.needs)


def test_what_a_page_says_it_needs_is_what_the_list_says(sound, last):
    fewer = [replace(lecture, needs=()) if lecture == last else lecture for lecture in lectures()]
    listed = stale(fewer)
    assert {re.search(r"lecture (\d\d) is needed", line)[1] for line in listed} == {*last.needs}
    assert all(line.startswith(f"lectures/{last.script.name}:") for line in listed)
