"""The files around the course agree with each other: dependencies, versions, verbs, layout."""

import ast
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from utils.course import ROOT, course

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TESTED_EXTRAS = ("lab", "grade", "dev")  # what `make test` installs
LONGER = {"fit": "half of it says what a learner may set, and what is raised"}  # functions, each with its reason


def constraints() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "constraints.txt holds names and versions only"
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def requirements() -> list[Requirement]:
    extras = [line for extra in TESTED_EXTRAS for line in PYPROJECT["optional-dependencies"][extra]]
    found = [Requirement(line) for line in PYPROJECT["dependencies"] + extras]
    return [requirement for requirement in found if requirement.name != PYPROJECT["name"]]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_dependency_has_a_tested_version_that_it_allows(requirement):
    tested = constraints().get(canonicalize_name(requirement.name))
    assert tested and tested in requirement.specifier, "constraints.txt: `make constraints` writes it, in a fresh .venv"


def test_every_dependency_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text()
    lists = text[text.index("dependencies = [") : text.index("[tool.")]
    for line in re.findall(r'^    ".*', lists, re.MULTILINE):
        assert "cnn-course[" in line or re.search(r"#|^    \"pytest\"|^    \"ruff\"", line), (
            f"pyproject.toml: write behind it, after a #, what it is for: {line}"
        )


def test_conda_is_another_door_to_the_same_list():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == PYPROJECT["name"]
    python, pip, from_pip = environment["dependencies"]
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PYPROJECT["requires-python"])
    assert pip == "pip"
    assert from_pip == {"pip": ["-c constraints.txt", "-e .[lab]"]}, "pyproject.toml is the only list"


def test_the_citation_has_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert str(citation["version"]) == course().version


def test_continuous_integration_runs_the_oldest_python_and_one_that_the_course_allows():
    allowed = SpecifierSet(PYPROJECT["requires-python"])
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["tests"]
    oldest, newest = job["strategy"]["matrix"]["python"]
    assert allowed == SpecifierSet(f">={oldest}"), "the oldest that is allowed is tried"
    assert Version(newest) > Version(oldest) and newest in allowed
    assert job["steps"][-1] == {"run": ".ci/run"}


def test_the_form_for_a_fault_asks_for_what_is_needed_to_see_it_too():
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/fault.yml").read_text())
    asked = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert asked == ["place", "cell", "seen", "expected", "budget", "data", "versions"]


def test_readme_and_contributing_lead_to_the_other_files():
    for page in ("README.md", "CONTRIBUTING.md", "SECURITY.md"):
        for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", (ROOT / page).read_text()):
            assert (ROOT / link).exists(), f"{page}: {link}"
    for page in ("README.md", "CONTRIBUTING.md"):
        assert {"(CHANGELOG.md)", "(SECURITY.md)"} <= set(re.findall(r"\(\w+\.md\)", (ROOT / page).read_text()))


def test_the_licence_of_the_text_is_the_same_wherever_it_is_said():
    """CITATION.cff follows by itself; these are for people to change, and a lawyer's text has to be theirs."""
    licence = course().text_licence
    of_the_readme = (ROOT / "README.md").read_text().split("## Licence")[-1]  # above it is what `make notebooks` writes
    for page, text in {
        "LICENSE": (ROOT / "LICENSE").read_text(),
        "the last section of README.md": of_the_readme,
    }.items():
        assert re.search(rf"{re.escape(licence)}(?!\w)", text), (
            f"lectures/course.toml says {licence!r}: change {page} too"
        )
    if of_commons := re.fullmatch(r"CC (BY[A-Z-]*) ([\d.]+)", licence):
        address = f"creativecommons.org/licenses/{of_commons[1].lower()}/{of_commons[2]}/"
        assert address in (ROOT / "LICENSE").read_text(), (
            f"LICENSE: the address of {licence} is https://{address}legalcode"
        )
    expected = f"MIT AND {licence.replace(' ', '-')}"
    assert PYPROJECT["license"] == expected, f"pyproject.toml: write license = {expected!r}"


def test_help_lists_every_verb():
    listed = subprocess.check_output(["make", "--no-print-directory", "help"], cwd=ROOT, text=True)
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert [line.split()[1] for line in listed.splitlines()] == phony, (
        "Makefile: each verb has a `## what it does` behind it, and its name in .PHONY, in the same order"
    )


def test_installing_again_does_nothing():
    """The stamps are newer than the lists, so make has nothing to do before a target's own command."""
    plan = subprocess.check_output(["make", "--dry-run", "lab"], cwd=ROOT, text=True)
    assert "pip install" not in plan and "jupyter lab" in plan


@pytest.mark.parametrize("name", ["AGENTS.md", "exercises/AGENTS.md"])
def test_what_an_assistant_is_told_is_there(name):
    """Every file, folder and command that it names."""
    text = (ROOT / name).read_text()
    named = re.findall(r"`([\w./-]+/[\w./-]*|[\w-]+\.\w+)`", text) + re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert len(named) >= 3
    for path in named:
        pattern = path.rstrip("/").replace("NN_topic", "[0-9][0-9]_*")
        assert any(ROOT.glob(pattern)) or any((ROOT / name).parent.glob(pattern)), path
    verbs = re.findall(r"`make ([\w-]+)", text)
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{verb}:", makefile, re.MULTILINE) for verb in verbs), verbs


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "layout"])
def test_ruff_is_content(arguments):
    done = subprocess.run([sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"`make format` lays it out, `make lint` says what else is wrong:\n{done.stdout}"


@pytest.mark.parametrize("folder", ["utils", "benchmarks"])
def test_files_and_functions_are_short_enough_to_be_read_as_a_whole(folder):
    """Functions in JavaScript are counted by its linter."""
    for file in (ROOT / folder).rglob("*.*"):
        if file.suffix not in (".py", ".js", ".css"):
            continue
        text = file.read_text("utf-8")
        assert text.count("\n") <= 300, f"{file.relative_to(ROOT)}: more than 300 lines: make two ideas two files"
        for node in ast.walk(ast.parse(text)) if file.suffix == ".py" else []:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in LONGER:
                lines = node.end_lineno - node.lineno + 1
                assert lines <= 80, f"{file.relative_to(ROOT)}: {node.name} has {lines} lines, and 80 are the most"


def test_percentages_are_written_as_everywhere_in_the_course():
    for file in (ROOT / "utils").rglob("*.py"):
        found = re.findall(r"\{[^{}]*:[^{}:]*%\}", file.read_text("utf-8"))
        assert not found, f"{file.relative_to(ROOT)}: {found[0]} leaves no room before the sign: use words.percent"


@pytest.mark.slow
def test_mypy_is_content():
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_without_make_the_commands_of_the_readme_do_the_same():
    block = re.search(r"tries these -->\n```\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    told = block.replace('"', "")
    for program, *arguments in map(str.split, told.splitlines()):
        assert program in ("py", r".venv\Scripts\python")
        subprocess.run([sys.executable, *arguments, "--help"], check=True, stdout=subprocess.DEVNULL)
    makefile = (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv").replace("'.[$*]'", ".[dev]")
    start = "--LabApp.default_url=/lab/tree/lectures/00_start_here.ipynb"
    for same in ("-m venv .venv", "-c constraints.txt -e .[dev]", start, "-m pytest -p no:nbval"):
        assert same in told and same in makefile, same
