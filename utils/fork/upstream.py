"""``make merge FROM=upstream/main``: take over later changes of the course that yours is adapted from."""

import sys

from utils.course import ROOT
from utils.fork.git import git, refuse_uncommitted


def take_over(branch: str) -> list[str]:
    """Merge a branch, without a commit. What is made is not merged by hand, and what you have dropped stays dropped.

    Returns:
        Files in which both sides wrote in the same place: to be edited.

    Raises:
        ValueError: git does not know the branch, it has nothing new, or there are changes here that are not committed.
    """
    refuse_uncommitted(ROOT, untracked=False)
    git(ROOT, "config", "merge.course.driver", f'"{sys.executable}" -m utils.fork.merging %O %A %B %P')
    try:
        said = git(ROOT, "merge", "--no-ff", "--no-commit", branch)
    except ValueError as refusal:  # conflicts, too
        said = str(refusal)
    states = [line.split(" ", 1) for line in git(ROOT, "status", "--porcelain", "--untracked-files=no").splitlines()]
    if not states:
        raise ValueError(f"Nothing was taken over from {branch}. {said.strip()}")
    both = []
    for state, path in states:
        if state == "DU":  # deleted by us, updated by them
            git(ROOT, "rm", "--quiet", path)
        elif state in ("UU", "AA", "UD", "AU", "UA"):
            both.append(path)
    return both


def main() -> None:
    if both := take_over(sys.argv[1]):
        sys.exit(
            "Here both you and they wrote. Edit each file, then `make notebooks` and `git commit --all`:\n  "
            + "\n  ".join(both)
        )


if __name__ == "__main__":
    try:
        main()
    except (ValueError, IndexError) as problem:
        sys.exit(f"{problem}" if isinstance(problem, ValueError) else "Say from where: make merge FROM=upstream/main")
