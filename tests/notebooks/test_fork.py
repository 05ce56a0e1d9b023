"""A fork: what is said in one place is renewed everywhere by one command. Tried in a clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from utils.course import ROOT, release, repository

pytestmark = pytest.mark.slow  # renews every page


@pytest.fixture
def fork(tmp_path) -> Path:
    """A copy of the files that git knows, as they are now."""
    tracked = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, tracked.decode().split("\0")):
        if (ROOT / name).exists():  # it may be deleted and not yet committed
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(fork: Path, target: str) -> None:
    """The target's commands, with the packages that are installed here."""
    venv = Path(sys.executable).parents[1]
    command = ["make", target, f"VENV={venv}", "--assume-old", f"{venv}/dev.done"]
    made = subprocess.run(command, cwd=fork, env=os.environ | {"PYTHONPATH": "."}, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr


def test_address_and_version_are_renewed_on_every_page_by_one_command(fork):
    project = fork / "pyproject.toml"
    text = project.read_text("utf-8").replace(repository(), "https://github.com/another/course")
    project.write_text(text.replace(f'version = "{release()[1:]}"', 'version = "2027.1"'), "utf-8")
    make(fork, "notebooks")
    pages = [
        fork / "README.md",
        *(page for room in ("lectures", "solutions", "exercises") for page in fork.glob(f"{room}/**/*.*")),
    ]
    old = [
        page.name for page in pages if page.suffix in (".md", ".py", ".ipynb") and release() in page.read_text("utf-8")
    ]
    assert not old
    assert (
        "github/another/course/blob/v2027.1/"
        in (fork / "exercises/03_fashion_mnist/03_fashion_mnist.ipynb").read_text()
    )
