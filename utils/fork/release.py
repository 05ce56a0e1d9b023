"""``make release VERSION=2027.1``: the version on every page and in CHANGELOG.md, in one commit with its tag."""

import re
import sys
from datetime import date

from utils.course import ROOT, course
from utils.fork.git import git, refuse_uncommitted, who
from utils.fork.pages import renew_pages, say

UNRELEASED = re.compile(r"^## Unreleased *\n", re.MULTILINE)


def release(version: str) -> None:
    """Commit the course under a version, and tag it. Whatever fails, all is as it was before.

    Raises:
        ValueError: it is no version, there is one of that name, or something is not committed.
    """
    if not re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*", version):
        raise ValueError(f"{version!r} is no version: write it like 2027.1, as in make release VERSION=2027.1")
    refuse_uncommitted(ROOT, untracked=True)
    who(ROOT)  # asked before the work, not after it
    if git(ROOT, "tag", "--list", f"v{version}"):
        raise ValueError(f"There is a tag v{version} already: choose the next version.")
    changes = ROOT / "CHANGELOG.md"
    text = changes.read_text("utf-8")
    if re.search(rf"^## {re.escape(version)}\b(?!\.)", text, re.MULTILINE):
        raise ValueError(f"CHANGELOG.md has {version} already: choose the next version.")
    if not UNRELEASED.search(text):
        raise ValueError("CHANGELOG.md has no heading `## Unreleased`: put one above what is new.")
    before = git(ROOT, "rev-parse", "HEAD").strip()
    try:
        say(ROOT, "version", version)
        heading = f"## Unreleased\n\n## {version} - {date.today()}\n"
        changes.write_text(UNRELEASED.sub(heading, text, count=1), "utf-8")
        renew_pages(ROOT)
        git(ROOT, "add", "--all")
        git(ROOT, "commit", "--quiet", f"--message=Version {version}")
        git(ROOT, "tag", "--annotate", f"--message=Version {version}", f"v{version}")
    except BaseException:
        git(ROOT, "reset", "--quiet", "--hard", before)
        raise


def main() -> None:
    (version,) = sys.argv[1:]
    release(version)
    print(f"{course().tag} is committed and tagged. To publish it: git push --follow-tags")


if __name__ == "__main__":
    try:
        main()
    except ValueError as problem:
        sys.exit(str(problem))
