"""The first cell on Colab: run in a clean environment with a stand-in for ``google.colab`` and a local git remote.

What cannot be had here is Colab itself. The environment is one without this checkout on its path, in which one of
the course's dependencies is missing; pip takes it from a folder, as there may be no network.
"""

import os
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from utils.course import ROOT, Lecture, course, lectures
from utils.notebooks.header import header_cells

MISSING = "tqdm"  # the dependency that this Colab lacks


def setup_cell(lecture: Lecture) -> str:
    return header_cells(lecture)[1].source


@pytest.fixture
def remote(tmp_path) -> Path:
    """A git repository of the working tree, with the release's tag."""
    work = tmp_path / "remote"
    tracked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.check_output(tracked, cwd=ROOT).decode().split("\0"):
        if name.startswith(("utils/", "pyproject.toml", "lectures/course.toml")) and (ROOT / name).exists():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, work / name)
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "--quiet", str(work)], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "release"], check=True)
    subprocess.run([*git, "tag", course().tag], check=True)
    return work


@pytest.fixture
def colab(tmp_path, remote) -> dict[str, str]:
    """The environment variables of a Python that has torch and the rest, but neither the course nor tqdm."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for entry in Path(site.getsitepackages()[0]).iterdir():
        if not entry.name.startswith((MISSING, "cnn_course", "__editable__")):
            (packages / entry.name).symlink_to(entry)
    (packages / "google" / "colab").mkdir(parents=True)
    (packages / "google" / "__init__.py").touch()
    (packages / "google" / "colab" / "__init__.py").touch()

    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / f"{MISSING}-99.0-py3-none-any.whl", "w") as wheel:
        info = f"{MISSING}-99.0.dist-info"
        wheel.writestr(f"{MISSING}/__init__.py", "def tqdm(*arguments, **settings): ...\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {MISSING}\nVersion: 99.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")

    (tmp_path / "gitconfig").write_text(f'[url "file://{remote}"]\n    insteadOf = {course().address}\n')
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "python")], check=True)
    return os.environ | {
        "PYTHONPATH": str(packages),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": os.devnull,
    }


def run(code: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    content = folder / "content"
    content.mkdir(exist_ok=True)
    python = str(folder / "python" / "bin" / "python")
    return subprocess.run([python, "-c", code], cwd=content, env=environment, capture_output=True, text=True)


CHECK = """
import importlib.metadata, numpy, torch, {missing}
import utils.data, utils.models
from pathlib import Path
from utils.course import LECTURES
assert "[course]" in (LECTURES / "course.toml").read_text(), "a lecture finds the files beside it"
assert importlib.metadata.version("{missing}") == "99.0"
print(Path(utils.__file__).parents[1] if utils.__file__ else Path(list(utils.__path__)[0]).parent)
print(torch.__file__, numpy.__file__)
"""


@pytest.mark.slow
def test_the_first_cell_brings_the_course_and_leaves_torch_alone(colab, tmp_path):
    without = run("import utils", tmp_path, colab)
    assert "No module named 'utils'" in without.stderr, "the environment is not clean"

    for attempt in ("first", "again"):  # a restarted kernel runs the cell again
        done = run(setup_cell(lectures()[1]) + CHECK.format(missing=MISSING), tmp_path, colab)
        assert done.returncode == 0, f"{attempt}: {done.stderr}"
        course, modules = done.stdout.splitlines()
        assert Path(course) == (tmp_path / "content" / "cnn-course").resolve()
        assert modules.count(str(tmp_path / "packages")) == 2, "torch or numpy was installed anew"


@pytest.mark.slow
def test_a_course_that_cannot_be_fetched_is_said_so(colab, tmp_path, remote):
    shutil.rmtree(remote)
    done = run(setup_cell(lectures()[1]), tmp_path, colab)
    assert "RuntimeError: The course could not be fetched: " in done.stderr


def test_anywhere_else_the_first_cell_does_nothing(tmp_path):
    code = "import sys; before = set(sys.path)\n" + setup_cell(lectures()[1]) + "\nassert set(sys.path) == before"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


def test_a_lecture_finds_the_files_beside_it_wherever_it_runs(tmp_path):
    code = setup_cell(lectures()[1]) + "\nfrom utils.course import LECTURES\nprint((LECTURES / 'images').is_dir())"
    for folder in (ROOT / "lectures", tmp_path):
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
        assert done.stdout == "True\n", done.stderr


def test_every_address_comes_from_one_line():
    """Nowhere else is the repository named, so a fork changes one line. (The rest is written from it.)"""
    name = course().address.removeprefix("https://github.com/")
    listed = subprocess.check_output(
        [
            "git",
            "grep",
            "-l",
            name,
            "--",
            ":!lectures/[0-9]*",
            ":!exercises",
            ":!solutions",
            ":!README.md",
            ":!CITATION.cff",
        ],
        cwd=ROOT,
    )
    assert listed.decode().split() == ["lectures/course.toml"]
