"""Imports go one way through the package: upwards in the list of CONTRIBUTING.md, which is read here."""

import ast
import re

import pytest

from utils.course import ROOT

FLOORS = re.findall(r"^utils/(\w+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
FILES = sorted((ROOT / "utils").rglob("*.py"))


def own(file) -> str:
    """The floor on which a file lies."""
    return file.relative_to(ROOT / "utils").parts[0].removesuffix(".py")


def imported(file) -> set[str]:
    """The floors that a file asks for, also inside its functions."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: import from `utils.…`, so that this test can follow"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("utils.")}


def test_the_list_is_the_package():
    assert sorted(FLOORS) == sorted({own(file) for file in FILES} - {"__init__"}), (
        "give it a line in CONTRIBUTING.md, below all that it imports and above all that imports it"
    )


def test_tests_lie_where_the_package_has_what_they_test():
    rooms = {path.name.removeprefix("test_").removesuffix(".py") for path in (ROOT / "tests").glob("[!_.]*")}
    of_the_whole = {
        "accessibility",
        "benchmarks",
        "conftest",
        "devices",
        "floors",
        "imports",
        "lab",
        "needs",
        "project",
    }
    assert rooms - of_the_whole <= {*FLOORS}, "in tests/, name it after the file or folder of utils that it tests"


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_up_the_list(floor):
    below = FLOORS[FLOORS.index(floor) + 1 :]
    down = {str(file): found for file in FILES if own(file) == floor if (found := imported(file) & {*below})}
    assert not down, f"{floor} stands above these in CONTRIBUTING.md, so it may not import them"
