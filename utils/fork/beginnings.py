"""``make lecture NAME=02b_topic TITLE=…`` and ``make assignment ONLY=02b``: first lines that build, to be replaced.

What they say stands in ``skeletons/``: a lecture with each part that CONTRIBUTING.md asks for, and an assignment with a
task of each kind.
"""

import json
import re
import sys
from pathlib import Path
from string import Template

from utils.course import EXERCISES, LECTURES, ROOT, SOLUTIONS, lectures
from utils.files import written_whole

SKELETONS = Path(__file__).parent / "skeletons"
ABOUT, MINUTES = "What a learner finds out here, in one sentence.", 30
EXAMPLE = 'make lecture NAME=02b_separable_filters TITLE="Separable filters"'


def lecture(name: str, title: str) -> list[Path]:
    """Begin a lecture: its row, after the lecture whose number comes before, its ``.py`` and its facts.

    Returns:
        What is to be edited.

    Raises:
        ValueError: it is no name, there is no title, or the number or a file is taken. Nothing is written then.
    """
    if not re.fullmatch(r"\d\d[a-z]?_[a-z][a-z0-9_]*", name):
        raise ValueError(f"NAME={name!r} is no name of a lecture, which is a number and a topic: {EXAMPLE}")
    title = " ".join(title.split())
    if not title:
        raise ValueError(f"The lecture has no title: {EXAMPLE}")
    number = name.split("_")[0]
    before = None
    for other in lectures():
        if other.number == number:
            raise ValueError(f"There is a lecture {number} already, {other.file}: choose another number, such as 02b.")
        if other.number < number and (before is None or other.number > before.number):
            before = other
    script, facts = LECTURES / f"{name}.py", LECTURES / "facts" / f"{name}.txt"
    _refuse_what_is_there(script, script.with_suffix(".ipynb"), facts)
    _write(script, "lecture")
    _write(facts, "facts")
    row = f'[[lecture]]\nfile = "{name}"\ntitle = {json.dumps(title, ensure_ascii=False)}\n'
    _insert(f'{row}about = "{ABOUT}"\nminutes = {MINUTES}\n', after=before.file if before else None)
    return [script, facts, LECTURES / "course.toml"]


def assignment(number: str) -> list[Path]:
    """Begin the assignment of a lecture: its solution, and the checks of its tasks.

    Returns:
        What is to be edited.

    Raises:
        ValueError: there is no such lecture, or a file is taken. Nothing is written then.
    """
    known = {lecture.number: lecture for lecture in lectures()}
    if number not in known:
        raise ValueError(f"There is no lecture {number!r} in lectures/course.toml: make assignment ONLY={[*known][-1]}")
    page = known[number]
    topic = page.file.removeprefix(f"{number}_")
    folder, checks = SOLUTIONS / page.file, ROOT / "utils" / "checks" / f"{topic}.py"
    _refuse_what_is_there(folder, EXERCISES / page.file, checks, checks.with_suffix(""))
    solution = folder / f"{page.file}.py"
    _write(solution, "solution", number=number, file=page.file, topic=topic, seed=_seed())
    _write(checks, "checks", number=number)
    return [solution, checks]


def _refuse_what_is_there(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise ValueError(f"{path.relative_to(ROOT)} is there already, and nothing was written.")


def _write(path: Path, skeleton: str, **words: str) -> None:
    text = Template((SKELETONS / f"{skeleton}.txt").read_text("utf-8")).substitute(words)
    with written_whole(path) as file:
        file.write(text.encode())


def _insert(row: str, after: str | None) -> None:
    """Put a row into ``lectures/course.toml``, after that of a lecture, or before the first."""
    path = LECTURES / "course.toml"
    text = path.read_text("utf-8")
    if after is None:
        place = text.index("[[lecture]]")
        text = f"{text[:place]}{row}\n{text[place:]}"
    else:
        begin = re.search(rf"^file *= *[\"']{after}[\"']", text, re.MULTILINE).end()
        until = re.search(r"^\[|\Z", text[begin:], re.MULTILINE).start() + begin
        *_, last = re.finditer(r"^[^#\s].*", text[:until], re.MULTILINE)  # comments below belong to what comes next
        text = f"{text[: last.end()]}\n\n{row}{text[last.end() :].removeprefix(chr(10))}"
    with written_whole(path) as file:
        file.write(text.encode())


def _seed() -> str:
    """Of the hidden tests: that of the assignments that are there, for it is one for all."""
    for solution in sorted(SOLUTIONS.glob("*/*.py")):
        if used := re.search(r"seed=(\d+)", solution.read_text("utf-8")):
            return used[1]
    return "90125"


def main() -> None:
    what, *words = sys.argv[1:]
    paths = {"lecture": lecture, "assignment": assignment}[what](*words)
    print("Now edit " + ", ".join(str(path.relative_to(ROOT)) for path in paths))


if __name__ == "__main__":
    try:
        main()
    except ValueError as problem:
        sys.exit(str(problem))
