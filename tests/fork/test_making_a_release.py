"""A release is one commit and its tag, or nothing at all."""

import re
from datetime import date

import pytest

from tests.fork.conftest import git, repository
from utils.fork import release as verb

NEWS = "# What has changed\n\n## Unreleased\n\n- a thing\n\n## 0.0.1\n\nThe first.\n"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A course with one page, which says its version; the verb takes it for its own."""
    folder = tmp_path / "small"
    (folder / "lectures").mkdir(parents=True)
    (folder / "lectures/course.toml").write_text('[course]\nname = "A"\nversion = "0.0.1" # a tag\n')
    (folder / "CHANGELOG.md").write_text(NEWS)
    (folder / "page").write_text("v0.0.1")

    def renew_pages(course):
        said = re.search(r'version = "(.*)"', (course / "lectures/course.toml").read_text())[1]
        (course / "page").write_text(f"v{said}")
        (course / "new page").write_text(f"v{said}")

    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "ann")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ann@example.org")
    monkeypatch.setattr(verb, "ROOT", repository(folder))
    monkeypatch.setattr(verb, "renew_pages", renew_pages)
    return folder


def test_it_is_on_every_page_and_at_the_head_of_the_changes(small):
    verb.release("2027.1")
    assert git(small, "tag") == "v2027.1\n" and not git(small, "status", "--porcelain")
    assert git(small, "describe") == "v2027.1\n", "a tag that git push --follow-tags takes along"
    news = (small / "CHANGELOG.md").read_text()
    assert news == NEWS.replace("## Unreleased\n", f"## Unreleased\n\n## 2027.1 - {date.today()}\n")
    assert 'version = "2027.1" # a tag' in (small / "lectures/course.toml").read_text()
    assert git(small, "show", "HEAD:page") == git(small, "show", "HEAD:new page") == "v2027.1"
    verb.release("2027.2")
    assert git(small, "tag").split() == ["v2027.1", "v2027.2"]
    assert re.findall("^## (.+)", (small / "CHANGELOG.md").read_text(), re.MULTILINE)[1].startswith("2027.2 - ")


@pytest.mark.parametrize("version", ["", "v2027.1", "2027.01", "2027.1 beta", "spring", "-m", "../2", "2027,1"])
def test_a_bad_version_is_refused(small, version):
    with pytest.raises(ValueError, match="is no version: write it like"):
        verb.release(version)
    assert not git(small, "status", "--porcelain") and not git(small, "tag")


def test_what_stands_in_the_way_is_named_before_anything_is_changed(small):
    def refused(version, words):
        before = git(small, "rev-parse", "HEAD"), git(small, "tag"), git(small, "status", "--porcelain")
        with pytest.raises(ValueError, match=words):
            verb.release(version)
        assert (git(small, "rev-parse", "HEAD"), git(small, "tag"), git(small, "status", "--porcelain")) == before

    refused("0.0.1", r"CHANGELOG\.md has 0\.0\.1 already: choose the next")
    git(small, "tag", "v2027.1")
    refused("2027.1", r"There is a tag v2027\.1 already: choose the next")
    (small / "forgotten.py").write_text("new")
    refused("2027.2", r"forgotten\.py in .* is not committed: commit it")
    (small / "forgotten.py").unlink()
    (small / "CHANGELOG.md").write_text("# What has changed\n")
    refused("2027.2", r"CHANGELOG\.md in .* is not committed")
    git(small, "commit", "--quiet", "--all", "--message=no heading")
    refused("2027.2", "CHANGELOG.md has no heading `## Unreleased`")


@pytest.mark.parametrize("step", ["renew_pages", "git"])
def test_whatever_fails_all_is_as_it_was(small, step, monkeypatch):
    """A page that cannot be made, stopped by its author; a tag that cannot be made, after the commit."""
    done = git

    def failing(folder, *arguments):
        if step == "renew_pages" or (arguments[0] == "tag" and "--annotate" in arguments):
            raise KeyboardInterrupt
        return done(folder, *arguments)

    monkeypatch.setattr(verb, step, failing)
    before = done(small, "rev-parse", "HEAD")
    with pytest.raises(KeyboardInterrupt):
        verb.release("2027.1")
    assert done(small, "rev-parse", "HEAD") == before and not done(small, "status", "--porcelain", "-uno")
    assert not done(small, "tag") and (small / "CHANGELOG.md").read_text() == NEWS
