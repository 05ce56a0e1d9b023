"""``python -m utils.notebooks [NUMBER ...]``: renew all lectures, or those named by their numbers."""

import argparse
import os
import sys

from utils.course import lectures
from utils.notebooks.build import build
from utils.notebooks.readme import renew
from utils.notebooks.references import stale


def main() -> None:
    parser = argparse.ArgumentParser(prog="make notebooks", description=__doc__)
    parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="such as 03; all lectures without any")
    numbers = parser.parse_args().numbers
    course = lectures()
    if unknown := set(numbers) - {lecture.number for lecture in course}:
        sys.exit(f"There is no lecture {', '.join(sorted(unknown))} in lectures/course.toml.")
    os.environ.setdefault("COURSE_BUDGET", "laptop")  # what committed outputs are made with
    for lecture in course:
        if not numbers or lecture.number in numbers:
            build(lecture)
    renew()
    if found := stale(course):
        print("What no longer holds, and is for you to change:", *found, sep="\n  ")


if __name__ == "__main__":
    try:
        main()
    except ValueError as slip:
        sys.exit(str(slip))
