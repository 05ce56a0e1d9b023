"""A fork, in clones: what the course is, is renewed by one command, and later changes are taken over."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.fork.conftest import git, make
from utils.course import course, lectures
from utils.notebooks.overview import NUMBERS

pytestmark = pytest.mark.slow  # renews every page


def change(folder: Path, **fields: str) -> None:
    """Of what the course is, with all that follows from it, in one commit."""
    table = folder / "lectures/course.toml"
    text = table.read_text("utf-8")
    for field, value in fields.items():
        text = re.sub(rf'^{field} = "[^"]*"', f'{field} = "{value}"', text, flags=re.MULTILINE)
    table.write_text(text, "utf-8")
    made = make(folder, "notebooks")
    assert made.returncode == 0, made.stdout + made.stderr
    git(folder, "commit", "--quiet", "--all", "--message=changed")


BEFORE, GONE, AFTER = (lecture.file for lecture in lectures()[-3:])  # whatever a fork teaches
KINDS = (".md", ".cff", ".py", ".ipynb")
OTHER = {"name": "Pictures and networks", "address": "https://github.com/ann/cnn", "version": "2027.1"}
OTHER |= {"text_licence": "CC BY-SA 4.0", "upstream": course().address}


@pytest.fixture(scope="module")
def fork(original, tmp_path_factory) -> Path:
    """A clone with a name, an address, a version and a licence of its own, and without one of the lectures."""
    folder = tmp_path_factory.mktemp("fork") / "course"
    subprocess.run(["git", "clone", "--quiet", original, folder], check=True)
    table = folder / "lectures/course.toml"
    row = rf'\[\[lecture\]\]\nfile = "{GONE}"\n.*?\n\n'
    table.write_text(re.sub(row, "", table.read_text("utf-8"), flags=re.DOTALL), "utf-8")
    git(folder, "rm", "--quiet", "-r", *git(folder, "ls-files", f"*{GONE}*").split())
    change(folder, **OTHER)
    return folder


def written(folder: Path) -> dict[str, str]:
    """Everything a person reads: pages, README, citation."""
    pages = [folder / "README.md", folder / "CITATION.cff"]
    pages += [page for room in ("lectures", "solutions", "exercises") for page in folder.glob(f"{room}/**/*_*.*")]
    return {str(page.relative_to(folder)): page.read_text("utf-8") for page in pages if page.suffix in KINDS}


def require_ours(pages: dict[str, str]) -> None:
    """The fork's name, address, version and licence, and no other course's, except for the credit."""
    here = course()
    assert not [page for page, text in pages.items() if here.tag in text]
    credit = f"[{here.address.removeprefix('https://')}]({here.address})"
    for page, text in pages.items():
        if page != "CITATION.cff":
            assert f"{OTHER['name']}, adapted from {credit}" in text, page
            assert here.address not in text.replace(credit, ""), page


def test_what_the_course_is_is_renewed_on_every_page_by_one_command(fork):
    """A lecture that is gone is in no list, and nobody's neighbour."""
    pages = written(fork)
    require_ours(pages)
    count = f"\n{NUMBERS[len(lectures()) - 2].capitalize()} lectures in "
    assert pages["README.md"].startswith(f"# {OTHER['name']}\n") and count in pages["README.md"]
    assert count.strip() in pages[f"lectures/{lectures()[0].file}.py"]
    for name in (lectures()[0].file, BEFORE, AFTER):
        assert GONE not in pages[f"lectures/{name}.py"]
    cited = yaml.safe_load(pages["CITATION.cff"])
    assert [cited[field] for field in ("title", "repository-code", "version")] == list(OTHER.values())[:3]
    assert cited["references"][0]["repository-code"] == course().address


def test_a_new_version_conflicts_nowhere_and_what_was_dropped_stays_dropped(original, fork):
    """Released on both sides, which CHANGELOG.md says in one place."""
    news = fork / "CHANGELOG.md"
    news.write_text(news.read_text("utf-8").replace("## Unreleased\n", "## Unreleased\n\n## 2027.1\n"), "utf-8")
    git(fork, "commit", "--quiet", "--all", "--message=2027.1")
    released = make(original, "release", "VERSION=99.0")
    assert released.returncode == 0, released.stdout + released.stderr
    assert git(original, "tag") == "v99.0\n" and not git(original, "status", "--porcelain")
    old = subprocess.run(["git", "-C", original, "grep", "-lF", course().tag, "--", ":!CHANGELOG.md"], text=True)
    assert old.returncode == 1, "the old tag is nowhere"
    git(fork, "fetch", "--quiet")
    merged = make(fork, "merge", "FROM=origin/main")
    assert merged.returncode == 0, merged.stdout + merged.stderr
    versions = re.findall(r"^## ([\w.]+)", news.read_text("utf-8"), re.MULTILINE)
    assert versions[:3] == ["Unreleased", "2027.1", "99.0"]
    assert not git(fork, "status", "--porcelain") and "99.0" in git(fork, "show", "origin/main:lectures/course.toml")
    require_ours(written(fork))
    assert not list(fork.glob(f"*/{GONE}*"))
    for branch, why in (("origin/main", "Already up to date."), ("nobody/main", "not something we can merge")):
        refused = make(fork, "merge", f"FROM={branch}")
        assert (
            refused.returncode and f"Nothing was taken over from {branch}." in refused.stderr and why in refused.stderr
        )


def test_a_paragraph_that_both_changed_is_the_one_conflict(original, fork):
    """In the `.py`; an edit of theirs elsewhere is taken over with its page."""
    first = lectures()[0]
    heading = re.findall(r"^# ## (.+)$", first.script.read_text("utf-8"), re.MULTILINE)[-1]
    for folder, other in ((original, "A heading of theirs"), (fork, "A heading of ours")):
        page = folder / "lectures" / first.script.name
        page.write_text(page.read_text("utf-8").replace(f"# ## {heading}\n", f"# ## {other}\n"), "utf-8")
    readme = original / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nA line of theirs.\n", "utf-8")
    refused = make(fork, "merge", "FROM=origin/main")
    assert refused.returncode and "is not committed: commit it" in refused.stderr
    for folder in (original, fork):
        git(folder, "commit", "--quiet", "--all", "--message=a sentence")
    git(fork, "fetch", "--quiet")
    merged = make(fork, "merge", "FROM=origin/main")
    assert merged.returncode and f"lectures/{first.script.name}\n" in merged.stderr
    assert git(fork, "diff", "--name-only", "--diff-filter=U").split() == [f"lectures/{first.script.name}"]
    assert "A line of theirs." in (fork / "README.md").read_text("utf-8")
    refused = make(fork, "notebooks")
    assert refused.returncode and f"{first.script.name}, line" in refused.stderr and "two people" in refused.stderr
    page.write_text(re.sub(r"<{7}.*\n((?:.*\n)*?)={7}\n(?:.*\n)*?>{7}.*\n", r"\1", page.read_text("utf-8")), "utf-8")
    assert make(fork, "notebooks", f"ONLY={first.number}").returncode == 0
    require_ours(written(fork))
    assert "A heading of ours" in page.with_suffix(".ipynb").read_text("utf-8")
