"""``make merge FROM=upstream/main``: take over later changes of the course that yours is adapted from."""

import subprocess
import sys

from utils.course import ROOT


def take_over(branch: str) -> list[str]:
    """Merge a branch, without a commit. What is made is not merged by hand, and what you have dropped stays dropped.

    Returns:
        Files in which both sides wrote in the same place: to be edited.

    Raises:
        ValueError: git does not know the branch, it has nothing new, or there are changes here that are not committed.
    """
    if _git("status", "--porcelain", "--untracked-files=no").stdout:
        raise ValueError("There are changes here that are not committed: commit them first.")
    _git("config", "merge.course.driver", f'"{sys.executable}" -m utils.notebooks.merging %O %A %B %P')
    merged = _git("merge", "--no-ff", "--no-commit", branch)
    states = [line.split(" ", 1) for line in _git("status", "--porcelain", "--untracked-files=no").stdout.splitlines()]
    both = []
    for state, path in states:
        if state == "DU":  # deleted by us, updated by them
            _git("rm", "--quiet", path)
        elif state in ("UU", "AA", "UD", "AU", "UA"):
            both.append(path)
    if not states:
        said = merged.stderr.strip() or merged.stdout.strip()
        raise ValueError(f"Nothing was taken over from {branch}. {said}")
    return both


def _git(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)


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
