"""A fork: what is said in one place is renewed everywhere by one command. Tried in a clone."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from utils.course import ROOT, Course, course

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


def written(fork: Path) -> dict[str, str]:
    """Everything a person reads: pages, README, citation."""
    pages = [fork / "README.md", fork / "CITATION.cff"]
    pages += [page for room in ("lectures", "solutions", "exercises") for page in fork.glob(f"{room}/**/*_*.*")]
    return {str(page.relative_to(fork)): page.read_text("utf-8") for page in pages if page.suffix != ".png"}


def test_what_the_course_is_is_renewed_on_every_page_by_one_command(fork):
    """Name, address, version, licence, whose course it was. A lecture that is gone is in no list."""
    here, new = course(), Course("Pictures and networks", "https://github.com/ann/cnn", "2027.1", "CC BY-SA 4.0", "")
    new = replace(new, upstream=here.address)
    table = fork / "lectures/course.toml"
    text = table.read_text("utf-8")
    for field in ("name", "address", "version", "text_licence", "upstream"):
        text = text.replace(f'{field} = "{getattr(here, field)}"', f'{field} = "{getattr(new, field)}"')
    row = r'\[\[lecture\]\]\nfile = "09_gpu"\n.*?\n\n'
    table.write_text(re.sub(row, "", text, flags=re.DOTALL), "utf-8")
    for room in ("lectures/09_gpu.py", "lectures/09_gpu.ipynb"):
        (fork / room).unlink()
    shutil.rmtree(fork / "solutions/09_gpu")
    shutil.rmtree(fork / "exercises/09_gpu")
    make(fork, "notebooks")
    pages = written(fork)
    assert not [page for page, text in pages.items() if here.tag in text]
    assert not [
        page
        for page, text in pages.items()
        if here.address in text.replace(f"({here.address})", "") and not page.endswith("cff")
    ]
    for page, text in pages.items():
        if page != "CITATION.cff":
            assert f"{new.name}, adapted from [{here.address.removeprefix('https://')}]({here.address})" in text, page
    assert pages["README.md"].startswith("# Pictures and networks\n") and "\nTen lectures in " in pages["README.md"]
    assert "Ten lectures in " in pages["lectures/00_start_here.py"]
    for name in ("00_start_here", "08_architectures_shortcuts", "10_transfer"):
        assert "09_gpu" not in pages[f"lectures/{name}.py"]
    cited = yaml.safe_load(pages["CITATION.cff"])
    assert (cited["title"], cited["version"], cited["repository-code"]) == (new.name, new.version, new.address)
    assert cited["references"][0]["repository-code"] == here.address
    assert cited["references"][0]["repository-code"] == here.address
