"""git, as the verbs here use it: where it refuses, its words are the reason."""

import re
import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str | Path) -> str:
    """What git prints when it is run in a folder.

    Raises:
        ValueError: git refuses.
    """
    done = subprocess.run(
        ["git", "-C", folder, "-c", "core.quotePath=false", *arguments], capture_output=True, text=True
    )
    if done.returncode:
        raise ValueError(f"git {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def refuse_uncommitted(folder: Path, *, untracked: bool) -> None:
    """Refuse a folder with changes that are not committed; new files that git does not know count if ``untracked``.

    Raises:
        ValueError: there is one; the first is named.
    """
    which = "--untracked-files=all" if untracked else "--untracked-files=no"
    if changed := git(folder, "status", "--porcelain", which).splitlines():
        raise ValueError(f"{changed[0][3:]} in {folder} is not committed: commit it, or put it away, and try again.")


def who(folder: Path) -> list[str]:
    """Options that make git commit elsewhere as whoever commits in this folder.

    Raises:
        ValueError: git does not know who that is.
    """
    try:
        name, mail = re.match(r"(.*) <(.*)>", git(folder, "var", "GIT_COMMITTER_IDENT")).groups()
    except ValueError:
        raise ValueError("git does not know who you are: set user.name and user.email with git config.") from None
    return ["-c", f"user.name={name}", "-c", f"user.email={mail}"]
