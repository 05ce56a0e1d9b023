"""What is said once and used in many places: the list of lectures, the repository's address, the release."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).parents[1]
LECTURES = ROOT / "lectures"
SOLUTIONS = ROOT / "solutions"
EXERCISES = ROOT / "exercises"


@dataclass(frozen=True)
class Lecture:
    """One row of ``lectures/course.toml``; ``minutes`` is how long a learner needs."""

    file: str
    title: str
    about: str
    minutes: int

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


def lectures() -> list[Lecture]:
    """All lectures, in their order."""
    table = tomllib.loads((LECTURES / "course.toml").read_text(encoding="utf-8"))
    if unknown := table.keys() - {"lecture"}:
        raise ValueError(
            f"lectures/course.toml: [[{unknown.pop()}]] is nothing it may hold. A lecture is a [[lecture]]."
        )
    expected = {field.name: field.type for field in fields(Lecture)}
    for number, row in enumerate(table["lecture"], start=1):
        wrong = [name for name in expected if not isinstance(row.get(name), expected[name])]
        if wrong or row.keys() - expected.keys():
            place = row.get("file", f"the {number}. lecture")
            raise ValueError(f"lectures/course.toml, {place}: it has {', '.join(expected)}, and no more.")
    return [Lecture(**row) for row in table["lecture"]]


def assignments() -> list[Assignment]:
    """All assignments that are there, in their order."""
    return [each for each in map(Assignment, lectures()) if each.script.exists()]


def project() -> dict:
    """The ``[project]`` table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def repository() -> str:
    """Where the course is published, such as ``https://github.com/ACCOUNT/NAME``."""
    return project()["urls"]["Repository"].rstrip("/")


def release() -> str:
    """The tag that Colab fetches: the version in pyproject.toml with a v before it."""
    return f"v{project()['version']}"


def colab_address(page: Lecture | Assignment) -> str:
    """The address that opens a lecture, or the exercises of one, at the release, in Colab."""
    path = repository().removeprefix("https://github.com/")
    folder = f"exercises/{page.file}" if isinstance(page, Assignment) else "lectures"
    return f"https://colab.research.google.com/github/{path}/blob/{release()}/{folder}/{page.file}.ipynb"
