"""``python -m utils.site``: build the site, or one lecture as one file, and say where it is."""

import argparse
import sys
from pathlib import Path

from utils.course import ROOT, course, lectures
from utils.site.building import build
from utils.site.repository import Repository
from utils.site.single import single


def main() -> None:
    parser = argparse.ArgumentParser(prog="make site", description=__doc__)
    parser.add_argument("--page", metavar="NUMBER", help="this lecture alone, as one file that needs no other")
    parser.add_argument("--to", type=Path, help="the folder of the site, replaced if it is there, or the file")
    parser.add_argument("--address", default=course().address, help="of the repository, if it is not the course's")
    parser.add_argument("--ref", default=course().tag, help="its branch or tag")
    told = parser.parse_args()
    repository = Repository(told.address, told.ref)
    if not told.page:
        folder = told.to or ROOT / "site"
        build(folder, repository)
        print(f"Open {folder / 'index.html'} in a browser.")
        return
    lecture = next((lecture for lecture in lectures() if lecture.number == told.page), None)
    if lecture is None:
        sys.exit(f"There is no lecture {told.page} in lectures/course.toml.")
    file = told.to or ROOT / f"{lecture.file}.html"
    single(lecture, file, repository)
    print(f"Open {file} in a browser: it holds all that it needs.")


if __name__ == "__main__":
    try:
        main()
    except ValueError as problem:
        sys.exit(str(problem))
