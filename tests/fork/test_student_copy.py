"""A copy for students: nothing in it that only teachers may see, and nothing of it lost when it is renewed."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.fork.conftest import git, make, repository
from tests.grading.secret_lines import secrets
from utils.course import ROOT, assignments, course
from utils.fork import student_copy as verb

ADDRESS = "https://github.com/ann/students"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A course of a few files, which has no pages to renew; the verb takes it for its own."""
    folder = tmp_path / "small"
    files = {"lectures/01_first.py": "first", "solutions/README.md": "how", "solutions/01_first/01_first.py": "secret"}
    files["lectures/course.toml"] = f'[course]\naddress = "{course().address}"\n'
    files[".gitattributes"] = (ROOT / ".gitattributes").read_text("utf-8")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "ann")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ann@example.org")
    monkeypatch.setattr(verb, "ROOT", repository(folder))
    monkeypatch.setattr(verb, "renew_pages", lambda folder: None)
    return folder


def everything(folder) -> dict:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_is_made_renewed_and_what_its_keeper_adds_stays(small, tmp_path):
    copy = tmp_path / "students"
    verb.student_copy(copy, ADDRESS)
    assert git(copy, "ls-files").split() == [
        verb.LISTED, ".gitattributes", "lectures/01_first.py", "lectures/course.toml", "solutions/README.md"
    ]  # fmt: skip
    assert ADDRESS in (copy / "lectures/course.toml").read_text() and not git(copy, "status", "--porcelain")
    assert course().address in (small / "lectures/course.toml").read_text(), "the course keeps its own"
    first = git(copy, "rev-parse", "HEAD")
    verb.student_copy(copy)
    assert git(copy, "rev-parse", "HEAD") == first, "nothing has changed"

    for name, committed in {"news.md": True, "notes/mine.txt": False}.items():
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text("mine")
        if committed:
            git(copy, "add", name)
            git(copy, "commit", "--quiet", "--message=news")
    git(small, "mv", "lectures/01_first.py", "lectures/02_second.py")
    git(small, "commit", "--quiet", "--message=week 2")
    verb.student_copy(copy)
    assert git(copy, "rev-list", "--count", "HEAD") == "3\n" and first in git(copy, "rev-list", "HEAD")
    assert (copy / "lectures/02_second.py").exists() and not (copy / "lectures/01_first.py").exists()
    assert (copy / "news.md").read_text() == (copy / "notes/mine.txt").read_text() == "mine"
    assert ADDRESS in (copy / "lectures/course.toml").read_text(), "it keeps its address"
    assert git(copy, "rev-parse", course().tag) == git(copy, "rev-parse", "HEAD"), "where the badges lead"


def test_an_empty_folder_and_an_empty_repository_will_do(small, tmp_path):
    for name, begun in {"empty": ["status"], "begun": ["init", "--quiet"]}.items():
        (tmp_path / name).mkdir()
        subprocess.run(["git", *begun], cwd=tmp_path / name, capture_output=True)
        verb.student_copy(tmp_path / name, ADDRESS)
        assert (tmp_path / name / verb.LISTED).exists()


def test_a_folder_with_something_else_is_left_alone(small, tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", small, clone], check=True)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "diary").write_text("mine")
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    (unpacked / verb.LISTED).write_text("")
    before = everything(tmp_path)
    refused = {
        clone: "holds something else: choose an empty folder",
        tmp_path / "home": "holds something else",
        unpacked: "holds something else",
        tmp_path / "file": "is a file",
        small: "the course's own folder",
        small / "students": "the course's own folder",
    }
    for folder, words in refused.items():
        with pytest.raises(ValueError, match=words):
            verb.student_copy(folder, ADDRESS)
    with pytest.raises(ValueError, match=r"Say where the copy will be published: make .* ADDRESS=https"):
        verb.student_copy(tmp_path / "new")
    assert everything(tmp_path) == before


def test_what_is_not_committed_or_would_be_overwritten_is_named(small, tmp_path):
    copy = tmp_path / "students"
    (small / "exam.py").write_text("new")
    with pytest.raises(ValueError, match=r"exam\.py in .*small is not committed"):
        verb.student_copy(copy, ADDRESS)
    (small / "exam.py").unlink()
    verb.student_copy(copy, ADDRESS)
    (copy / "lectures/01_first.py").write_text("changed by hand")
    with pytest.raises(ValueError, match=r"01_first\.py in .*students is not committed"):
        verb.student_copy(copy)
    git(copy, "checkout", "--quiet", ".")
    for folder in (small, copy):
        (folder / "news.md").write_text(folder.name)
    git(small, "add", "news.md")
    git(small, "commit", "--quiet", "--message=news")
    before = everything(copy)
    with pytest.raises(ValueError, match=r"news\.md is not from the course, which has one too: rename yours"):
        verb.student_copy(copy)
    assert everything(copy) == before


@pytest.fixture(scope="module")
def handed_out(original, tmp_path_factory):
    copy = tmp_path_factory.mktemp("handed out") / "students"
    for arguments, words in {
        (): "Say where: make student-copy DIR=",
        (f"DIR={copy}", "ADDRESS=here"): "address = 'here' is no address such as https://",
    }.items():
        refused = make(original, "student-copy", *arguments)
        assert refused.returncode and words in refused.stderr and "Traceback" not in refused.stderr
        assert not copy.exists()
    made = make(original, "student-copy", f"DIR={copy}", f"ADDRESS={ADDRESS}.git")
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"push {ADDRESS} HEAD +{course().tag}" in made.stdout
    return copy


@pytest.mark.slow  # renews every page
def test_no_secret_is_in_any_file_or_object_of_the_copy(handed_out):
    """A line that a lecture or the package shows as well is no secret: those are what students are given to read."""
    files = [line.split(maxsplit=3)[2:] for line in git(handed_out, "ls-tree", "-r", "HEAD").splitlines()]
    shown = {name: path for name, path in files if path.startswith(("lectures/", "utils/"))}
    public = "\n".join((handed_out / path).read_text("utf-8", errors="replace") for path in shown.values())
    lines = {line for assignment in assignments() for line in secrets(assignment) if line not in public}
    assert len(lines) > 20 * len(assignments())
    secret = {form for line in lines for form in (line, json.dumps(line, ensure_ascii=False)[1:-1])}
    objects = git(handed_out, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    assert len(objects) > 400 and not (handed_out / ".git/objects/info/alternates").exists()
    for name in {*objects} - shown.keys():
        text = subprocess.check_output(["git", "-C", handed_out, "cat-file", "-p", name]).decode(errors="replace")
        assert not [line for line in secret if line in text], text[:200]
    assert {path.name for path in (handed_out / "solutions").iterdir()} == {"README.md"}


@pytest.mark.slow
def test_the_copy_has_its_address_on_every_page_and_green_tests(handed_out):
    for page in handed_out.glob("*/**/*.ipynb"):
        text = page.read_text("utf-8")
        assert re.search(rf"--branch={re.escape(course().tag)} {ADDRESS}\b", text), page
        assert f"github/ann/students/blob/{course().tag}/" in text and course().address not in text, page
    tests = ["tests/test_floors.py", "tests/test_project.py", "tests/notebooks/test_committed.py"]
    command = [sys.executable, "-m", "pytest", "-p", "no:nbval", "-p", "no:cacheprovider", "-q", "-m", "not slow"]
    command += ["--deselect=tests/test_project.py::test_installing_again_does_nothing", *tests]  # no .venv there
    environment = {**os.environ, "PYTHONPATH": str(handed_out)}
    done = subprocess.run(command, cwd=handed_out, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    refused = make(handed_out, "student-copy", f"DIR={handed_out}2", f"ADDRESS={ADDRESS}")
    assert refused.returncode and "This is itself a copy for students" in refused.stderr
    assert make(handed_out, "exercises").returncode == 0 and not git(handed_out, "status", "--porcelain")
