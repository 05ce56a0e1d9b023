"""``make student-copy DIR=../students ADDRESS=https://github.com/ANN/course``: what students get, as a repository.

The copy has a history and an address of its own. It lacks what ``.gitattributes`` marks ``export-ignore``: solutions,
and the tests that know them. All is made beside; the folder itself changes in one step of git, which loses nothing.
"""

import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from utils.course import ROOT, course
from utils.files import home_path
from utils.fork.git import git, refuse_uncommitted, who
from utils.fork.pages import renew_pages, say

# In the copy: what it has from the course. All else in its folder is its keeper's.
LISTED = ".course-files"
EXAMPLE = "make student-copy DIR=../students ADDRESS=https://github.com/ANN/course"


def student_copy(folder: Path, address: str = "") -> None:
    """Make a copy for students, or renew one: a commit on top, if anything has changed, and the version's tag there.

    Args:
        folder: an empty one, one that is not there yet, or a copy that was made before.
        address: where the copy will be published. A copy that is renewed keeps its own without one.

    Raises:
        ValueError: the folder holds something else, there is no address, or something is not committed, here or there.
        OSError: the folder cannot be written to.
    """
    folder = folder.resolve()
    there = _is_copy(folder)
    if not (address or there):
        raise ValueError(f"Say where the copy will be published: {EXAMPLE}")
    refuse_uncommitted(ROOT, untracked=True)
    person = who(ROOT)
    with tempfile.TemporaryDirectory() as temporary:
        packed, copy = Path(temporary, "course.tar"), Path(temporary, "copy")
        _pack(packed, Path(temporary, "full"), address or _address(folder))
        git(ROOT, *(["clone", "--quiet", folder] if there else ["init", "--quiet"]), copy)
        _unpack(packed, copy, folder)
        git(copy, "add", "--all", "--force")
        if git(copy, "status", "--porcelain"):
            message = f"From the course at {git(ROOT, 'rev-parse', '--short', 'HEAD').strip()}"
            git(copy, *person, "commit", "--quiet", f"--message={message}")
        if not there:
            git(ROOT, "init", "--quiet", folder)
        git(folder, "fetch", "--quiet", "--no-tags", copy, "HEAD")
        git(folder, "merge", "--quiet", "--ff-only", "FETCH_HEAD")
        git(folder, "tag", "--no-sign", "--force", course().tag)


def _is_copy(folder: Path) -> bool:
    """Whether it is a copy already, and not a place for a new one."""
    if (ROOT / LISTED).exists():
        raise ValueError("This is itself a copy for students: make another from the course that it comes from.")
    if folder.is_relative_to(ROOT.resolve()):
        raise ValueError(f"{folder} lies in the course's own folder: choose one beside it.")
    if not folder.exists():
        return False
    if not folder.is_dir():
        raise ValueError(f"{folder} is a file: choose a folder that is not there yet.")
    has = {path.name for path in folder.iterdir()}
    if {LISTED, ".git"} <= has:
        refuse_uncommitted(folder, untracked=False)
        return True
    if has - {".git"} or (has and git(folder, "rev-list", "--all", "--max-count=1")):
        raise ValueError(f"{folder} holds something else: choose an empty folder, or a copy that was made before.")
    return False


def _address(copy: Path) -> str:
    return tomllib.loads((copy / "lectures" / "course.toml").read_text("utf-8"))["course"]["address"]


def _pack(archive: Path, full: Path, address: str) -> None:
    """Pack what students get: the course as it is committed, with the copy's address on each page."""
    git(ROOT, "clone", "--quiet", ROOT, full)
    say(full, "address", address)
    renew_pages(full)
    git(full, "add", "--all")
    git(full, "archive", f"--output={archive}", git(full, "write-tree").strip())


def _unpack(archive: Path, copy: Path, folder: Path) -> None:
    """Unpack into the copy, in place of what it has had from the course; what its keeper has added stays."""
    known = set(git(copy, "ls-files", "-z").split("\0"))
    before = known & set((copy / LISTED).read_text("utf-8").splitlines()) if LISTED in known else set()
    for name in before:
        (copy / name).unlink()
    with tarfile.open(archive) as packed:
        names = sorted(member.name for member in packed if not member.isdir())
        if foreign := [name for name in names if name not in before and (folder / name).exists()]:
            raise ValueError(f"{folder / foreign[0]} is not from the course, which has one too: rename yours first.")
        packed.extraction_filter = lambda member, _: member  # they are our own
        packed.extractall(copy)
    (copy / LISTED).write_text("\n".join(names) + "\n", "utf-8")


def main() -> None:
    folder, address = sys.argv[1:]
    address = address.removesuffix("/").removesuffix(".git")  # as it is copied from a browser, or from GitHub's button
    if not folder:
        raise ValueError(f"Say where: {EXAMPLE}")
    student_copy(home_path(folder), address)
    print(
        f"{folder} has no solutions, nor anything else that .gitattributes marks export-ignore. To publish it:\n"
        f"  git -C {folder} push {_address(home_path(folder))} HEAD +{course().tag}"
    )


if __name__ == "__main__":
    try:
        main()
    except ValueError as problem:
        sys.exit(str(problem))
    except OSError as problem:
        sys.exit(f"{problem.filename}: {problem.strerror}")
