"""Clones of the course, in which what a fork does is tried."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from utils.course import ROOT


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.check_output(["git", "-C", str(folder), *who, *arguments], text=True)


def repository(folder: Path) -> Path:
    """Make one of what lies in a folder."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=original")
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A repository of the files that git knows here, as they are now."""
    folder = tmp_path_factory.mktemp("original")
    tracked = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    for name in filter(None, tracked.decode().split("\0")):
        if (ROOT / name).exists():  # it may be deleted and not yet committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return repository(folder)


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The target's commands, with the packages that are installed here."""
    venv = Path(sys.executable).parents[1]
    command = ["make", *arguments, f"VENV={venv}", "--assume-old", f"{venv}/dev.done"]
    who = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = os.environ | who | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
