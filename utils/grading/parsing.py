"""What was handed in: who, which notebook, and what its cells say. Nothing here trusts a name, a size or a form."""

import contextlib
import hashlib
import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

FILE_BYTES = 20_000_000
CELL_CHARACTERS = 200_000
CELLS = 2_000
FILES = 1_000  # of one student
# Canvas: NAME_USER_ATTACHMENT_FILE, or NAME_LATE_…; the attachment is a new one each time a student hands in.
_CANVAS = re.compile(r"([^_]+)_(?:LATE_)?(\d+)_\d+_.+")


class Unreadable(Exception):
    """Why a submission cannot be graded, in words for a person."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook, as bytes, or the ``problem`` that left none."""

    student: str
    content: bytes = b""
    problem: str | None = None

    @property
    def student_id(self) -> str:
        """The student's name as a file may be called; two names never give the same."""
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", self.student).strip("-")[:40]
        if plain == self.student and not re.search(r"-[0-9a-f]{16}$", plain):  # else it could be another's
            return plain
        digest = hashlib.sha256(self.student.encode(errors="surrogatepass")).hexdigest()
        return f"{plain or 'student'}-{digest[:16]}"


@dataclass(frozen=True)
class SubmittedCell:
    """What grading needs of a cell. ``grade_id`` and ``cell_id`` are empty where an editor has dropped them."""

    kind: str
    source: str
    grade_id: str = ""
    cell_id: str = ""
    details: tuple = ()  # points and roles as the student's file states them


@dataclass(frozen=True)
class _Entry:
    """One file of a delivery: its path inside, and how to read it. Only what counts is ever read."""

    path: PurePosixPath
    read: Callable[[], bytes] = bytes  # raises Unreadable


def collect(delivery: Path, assignment: str, others: tuple[str, ...] = ()) -> list[Submission]:
    """One submission for each student, by name.

    ``delivery`` is a zip file or a folder. Inside lies a folder for each student (with a folder for each
    assignment in it, as in nbgrader's ``submitted/``, or without), or one notebook for each student.
    ``others`` are names of assignments to leave out.

    Raises:
        Unreadable: the delivery itself cannot be read.
    """
    with contextlib.ExitStack() as stack:
        if delivery.is_dir():
            submitted = delivery / "submitted"
            entries = list(_in_folder(submitted if submitted.is_dir() else delivery))
        else:
            entries = list(_in_zip(stack.enter_context(_archive(delivery))))
        by_student: dict[str, list[_Entry]] = {}
        for entry in _without_wrapper(entries, {assignment, *others}):
            if not set(entry.path.parts[:-1]).intersection(others):
                by_student.setdefault(_student(entry.path, assignment), []).append(entry)
        return [_choose(student, found, assignment) for student, found in sorted(by_student.items())]


def names(delivery: Path) -> list[str]:
    """The paths of all files of a delivery."""
    if delivery.is_dir():
        return [path.relative_to(delivery).as_posix() for path in delivery.rglob("*.ipynb")]
    with _archive(delivery) as archive:
        return archive.namelist()


def read_cells(content: bytes) -> list[SubmittedCell]:
    """The cells of a notebook file.

    Raises:
        Unreadable: it is no notebook, or larger than a submission can sensibly be.
    """
    if len(content) > FILE_BYTES:
        raise Unreadable(
            f"The file is larger than {FILE_BYTES // 1_000_000} MB. Clear its outputs and hand in again."
        )
    if not content.strip():
        raise Unreadable("The file is empty.")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("The file is not text, so it is not a notebook.") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"The file is not a notebook: its JSON is broken ({str(error)[:100]}).") from None
    if not isinstance(notebook, dict):
        raise Unreadable(f"The file is JSON, but a {type(notebook).__name__} and not a notebook.")
    if "worksheets" in notebook:
        raise Unreadable("The notebook has a format from before 2015. Save it with a current Jupyter.")
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("The file is JSON, but not a notebook: it has no cells.")
    if len(cells) > CELLS:
        raise Unreadable(f"The notebook has more than {CELLS:,} cells.")
    return [_cell(number, cell) for number, cell in enumerate(cells, 1) if isinstance(cell, dict)]


def _cell(number: int, cell: dict) -> SubmittedCell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        source = ""
    if len(source) > CELL_CHARACTERS:
        raise Unreadable(f"Cell {number} has more than {CELL_CHARACTERS:,} characters.")
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    details = metadata.get("nbgrader") if isinstance(metadata.get("nbgrader"), dict) else {}
    cell_id = cell.get("id") or metadata.get("id")  # Colab moves it
    roles = tuple(
        (name, repr(details[name])) for name in ("points", "grade", "solution", "locked") if name in details
    )
    return SubmittedCell(
        kind=str(cell.get("cell_type", "")),
        source=source.replace("\r\n", "\n").encode(errors="replace").decode(),
        grade_id=str(details.get("grade_id", "")),
        cell_id=str(cell_id or ""),
        details=roles,
    )


def _student(path: PurePosixPath, assignment: str) -> str:
    """Whose a file is: the first folder's, or, of a file alone, what its name says before the assignment's."""
    if len(path.parts) == 1:
        if canvas := _CANVAS.fullmatch(path.stem):
            return "_".join(canvas.groups())
        return path.stem.removesuffix(assignment).rstrip("_- ") or path.stem
    if ".." in path.parts or path.is_absolute():
        return str(path.parent)  # such a name is kept as it is, and never used as a path
    return path.parts[0]


def _choose(student: str, entries: list[_Entry], assignment: str) -> Submission:
    if len(entries) > FILES:
        return Submission(student, problem=f"There are more than {FILES:,} files.")
    notebooks = [entry for entry in entries if entry.path.suffix == ".ipynb"]
    named = [entry for entry in notebooks if entry.path.name == f"{assignment}.ipynb"]
    if not notebooks:
        names = ", ".join(sorted(entry.path.name for entry in entries))[:200]
        return Submission(
            student, problem=f"There is no notebook, only: {names}" if names else "There is no notebook."
        )
    if len(notebooks) > 1 and len(named) != 1:
        names = ", ".join(sorted(str(entry.path) for entry in notebooks))[:200]
        return Submission(
            student, problem=f"There are several notebooks, and it is not clear which counts: {names}"
        )
    try:
        return Submission(student, (named or notebooks)[0].read())
    except Unreadable as problem:
        return Submission(student, problem=str(problem))


def _in_folder(folder: Path) -> Iterator[_Entry]:
    for place, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted(files) + links:
            path = PurePosixPath((here / name).relative_to(folder).as_posix())
            if not name.startswith("."):
                yield _Entry(path, partial(_read_file, here / name))
        if not folders and not files and here != folder:
            yield _Entry(PurePosixPath((here / "(empty folder)").relative_to(folder).as_posix()))


def _read_file(file: Path) -> bytes:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        reason = "it is a link to another file" if file.is_symlink() else error.strerror
        raise Unreadable(f"{file.name} is not read: {reason}.") from None
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable(f"{file.name} is not read: it is not a file.")
        return opened.read(FILE_BYTES + 1)


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(f"{path} is neither a folder nor a zip file that can be read: {error}") from None


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    for info in archive.infolist():
        path = PurePosixPath(info.filename)
        hidden = any(part.startswith(".") and part != ".." for part in path.parts)
        if not (info.is_dir() or hidden or "__MACOSX" in path.parts):
            yield _Entry(path, partial(_unpack, archive, info))


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    name = PurePosixPath(info.filename).name
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unreadable(f"{name} is not read: it is a link to another file.")
    try:
        with archive.open(info) as opened:
            return opened.read(FILE_BYTES + 1)  # whatever size the archive claims
    except Exception as error:  # damaged, encrypted, packed in a way this Python does not know
        raise Unreadable(f"{name} cannot be unpacked: {error}") from None


def _without_wrapper(entries: list[_Entry], assignments: set[str]) -> list[_Entry]:
    """Some archives hold one folder that holds everything; it is nobody's name."""
    tops = {entry.path.parts[0] for entry in entries}
    wrapped = len(tops) == 1 and all(len(entry.path.parts) > 2 for entry in entries)
    somebody = any(top == ".." or "_assignsubmission_" in top for top in tops)  # a folder of Moodle's
    if not wrapped or somebody or any(entry.path.parts[1] in assignments for entry in entries):
        return entries
    return [_Entry(PurePosixPath(*entry.path.parts[1:]), entry.read) for entry in entries]
