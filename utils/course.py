"""What is said once and used in many places: the list of lectures, the repository's address, the release."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).parents[1]
LECTURES = ROOT / "lectures"
SOLUTIONS = ROOT / "solutions"
EXERCISES = ROOT / "exercises"


@dataclass(frozen=True)
class Course:
    """The table ``[course]`` of ``lectures/course.toml``."""

    name: str
    address: str
    version: str
    text_licence: str
    upstream: str

    @property
    def tag(self) -> str:
        """What Colab fetches."""
        return f"v{self.version}"

    @property
    def credit(self) -> str:
        """Whose work a page is, and under which licence: one sentence of Markdown."""
        adapted = f", adapted from [{self.upstream.removeprefix('https://')}]({self.upstream})" if self.upstream else ""
        return f"{self.name}{adapted}. Text: {self.text_licence}; code: MIT."


@dataclass(frozen=True)
class House:
    """The table ``[house]``: what this course asks of its own pages, those whose row says ``house = true``.

    ``tasks`` are the fewest and the most of an assignment, ``points`` all that it gives, ``lines`` those of the longest
    cell of a lecture.
    """

    tasks: tuple
    points: int
    lines: int


@dataclass(frozen=True)
class Lecture:
    """One row of ``lectures/course.toml``; ``minutes`` is how long a learner needs, ``needs`` are numbers of lectures.

    ``house`` says that the page and its assignment keep the rules of the table ``[house]``.
    """

    file: str
    title: str
    about: str
    minutes: int
    needs: tuple = ()
    house: bool = False

    @property
    def number(self) -> str:
        return self.file.split("_")[0]

    @property
    def script(self) -> Path:
        """The text that is edited."""
        return LECTURES / f"{self.file}.py"

    @property
    def notebook(self) -> Path:
        """The same with its outputs, which is what learners open."""
        return LECTURES / f"{self.file}.ipynb"


@dataclass(frozen=True)
class Assignment:
    """The exercises that go with a lecture, in the form in which they are written: with solutions."""

    lecture: Lecture

    @property
    def file(self) -> str:
        return self.lecture.file

    @property
    def script(self) -> Path:
        """The text that is edited."""
        return SOLUTIONS / self.file / f"{self.file}.py"

    @property
    def notebook(self) -> Path:
        """The same with its outputs. What students open is made from it."""
        return SOLUTIONS / self.file / f"{self.file}.ipynb"

    @property
    def exercise(self) -> Path:
        """What students open."""
        return EXERCISES / self.file / f"{self.file}.ipynb"


def course() -> Course:
    """What the course says of itself.

    Raises:
        ValueError: ``lectures/course.toml`` does not say it, or what it says cannot be.
    """
    said = Course(**_checked("[course]", Course, _table()["course"]))
    for name, address in {"address": said.address, "upstream": said.upstream}.items():
        if (address or name == "address") and not re.fullmatch(r"https://[^\s/]+(/[^\s/]+)+", address):
            example = "https://github.com/ANN/course"
            raise ValueError(f"lectures/course.toml: {name} = {address!r} is no address such as {example}.")
    if not re.fullmatch(r"[\w.-]+", said.version):
        raise ValueError(f"lectures/course.toml: version = {said.version!r} can be no tag: write it like 2027.1.")
    return said


def house() -> House:
    """What this course asks of its own pages."""
    return House(**_checked("[house]", House, _table()["house"]))


def lectures() -> list[Lecture]:
    """All lectures, in their order.

    Raises:
        ValueError: a row of ``lectures/course.toml`` lacks something, has too much, or repeats a file.
    """
    rows = _table()["lecture"]
    found = [
        Lecture(**_checked(str(row.get("file", f"lecture {number}")), Lecture, row))
        for number, row in enumerate(rows, start=1)
    ]
    files = [lecture.file for lecture in found]
    if twice := [file for file in files if files.count(file) > 1]:
        raise ValueError(f"lectures/course.toml: {twice[0]} is listed twice.")
    return found


def _table() -> dict:
    table = tomllib.loads((LECTURES / "course.toml").read_text(encoding="utf-8"))
    if wrong := table.keys() ^ {"course", "house", "lecture"}:
        raise ValueError(
            f"lectures/course.toml holds [course], [house] and each [[lecture]], so {wrong.pop()} is wrong."
        )
    return table


def _checked(place: str, kind: type, row: dict) -> dict:
    expected = {field.name: field for field in fields(kind)}
    row = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    wrong = [name for name, field in expected.items() if not isinstance(row.get(name, field.default), field.type)]
    wrong += row.keys() - expected.keys()
    if wrong:
        has = ", ".join(expected)
        raise ValueError(f"lectures/course.toml, {place}: {wrong[0]} is missing or wrong. It has {has}, and no more.")
    return row


def assignments() -> list[Assignment]:
    """All assignments that are there, in their order."""
    return [each for each in map(Assignment, lectures()) if each.script.exists()]


def colab_address(page: Lecture | Assignment, address: str = "", ref: str = "") -> str:
    """The address that opens a lecture, or the exercises of one, in Colab.

    Args:
        address, ref: of another copy, and its branch or tag; without them of this course, at its release.
    """
    path = (address or course().address).removeprefix("https://github.com/")
    folder = f"exercises/{page.file}" if isinstance(page, Assignment) else "lectures"
    return f"https://colab.research.google.com/github/{path}/blob/{ref or course().tag}/{folder}/{page.file}.ipynb"
