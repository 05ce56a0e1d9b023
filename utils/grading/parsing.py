"""What was handed in: who, which notebook, and what its cells say. Nothing here trusts a name, a size or a form."""

import contextlib
import hashlib
import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath

from utils.grading.names import Owner, clean, decoded, is_junk, is_notebook, owner, stem, unwrapped

FILE_BYTES = 20_000_000
CELL_CHARACTERS = 200_000
CELLS = 2_000
FILES = 1_000  # of one student
_WINDOWS = (0, 10)  # where the program that made a zip says it ran


class Unreadable(Exception):
    """Why a submission cannot be graded, in words for a person."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook, as bytes, or the ``problem`` that left none.

    ``student`` is for people, ``identity`` for telling students apart (the same, if it is empty), ``handed_in_as``
    what the learning platform knows the student by. A ``doubt`` makes a person look.
    """

    student: str
    content: bytes = b""
    problem: str | None = None
    identity: str = ""
    handed_in_as: str = ""
    late: bool = False
    doubt: str | None = None

    @property
    def student_id(self) -> str:
        """The identity as a file may be called; two never give the same."""
        identity = self.identity or self.student
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", identity).strip("-")[:40]
        if plain == identity and not re.search(r"-[0-9a-f]{16}$", plain):  # else it could be another's
            return plain
        digest = hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()
        return f"{plain or 'student'}-{digest[:16]}"


@dataclass(frozen=True)
class SubmittedCell:
    """What grading needs of a cell. ``grade_id`` and ``cell_id`` are empty where an editor has dropped them."""

    kind: str
    source: str
    grade_id: str = ""
    cell_id: str = ""
    details: tuple = ()  # points and roles as the student's file states them

    @cached_property
    def words(self) -> str:
        """The source without what editors change in passing: blanks, tabs and ends of lines."""
        return " ".join(self.source.split())


@dataclass(frozen=True)
class _Entry:
    """One file of a delivery: its path inside, and how to read it. Only what counts is ever read."""

    path: PurePosixPath
    read: Callable[[], bytes] = bytes  # raises Unreadable


def collect(delivery: Path, assignment: str, others: tuple[str, ...] = (), out: Path | None = None) -> list[Submission]:
    """One submission for each student, by name.

    ``delivery`` is a zip file or a folder. Inside lies a folder for each student (with a folder for each
    assignment in it, as in nbgrader's ``submitted/``, or without), or one notebook for each student; around that
    can be folders that are no student's. ``others`` are names of assignments to leave out, ``out`` is a folder to
    leave out: that of the grades can lie inside.

    Raises:
        Unreadable: the delivery itself cannot be read.
    """
    with contextlib.ExitStack() as stack:
        by_student: dict[str, list[tuple[Owner, _Entry]]] = {}
        for entry, inside in _entries(delivery, {assignment, *others}, stack, out):
            if inside and not set(entry.path.parts[:-1]).intersection(others):
                whose = owner(inside, assignment)
                by_student.setdefault(whose.identity, []).append((whose, entry))
        found = [_choose(files, assignment, others) for files in by_student.values()]
        return sorted(found, key=lambda each: (each.student, each.identity))


def left_out(delivery: Path, assignments: set[str], out: Path | None = None) -> list[str]:
    """Files that are nobody's, for they lie beside the students' folders."""
    with contextlib.ExitStack() as stack:
        entries = [(e.path, inside) for e, inside in _entries(delivery, assignments, stack, out) if not inside]
        depth = min((len(path.parts) for path, _ in entries), default=0)
        return [clean(str(path)) for path, _ in entries if len(path.parts) == depth]


def notebooks(delivery: Path, out: Path | None = None) -> list[str]:
    """The paths of all notebooks of a delivery."""
    with contextlib.ExitStack() as stack:
        paths = [entry.path for entry, _ in _entries(delivery, set(), stack, out)]
        return [clean(str(path)) for path in paths if is_notebook(path)]


def _entries(
    delivery: Path, assignments: set[str], stack: contextlib.ExitStack, out: Path | None
) -> list[tuple[_Entry, PurePosixPath | None]]:
    """All files, each with its path from the level of the students on, if it is somebody's."""
    found = _in_folder(delivery, out) if delivery.is_dir() else _in_zip(stack.enter_context(_archive(delivery)))
    entries = [entry for entry in found if not is_junk(entry.path)]
    return list(zip(entries, unwrapped([entry.path for entry in entries], assignments), strict=True))


def read_cells(content: bytes) -> list[SubmittedCell]:
    """The cells of a notebook file.

    Raises:
        Unreadable: it is no notebook, or larger than a submission can sensibly be.
    """
    if len(content) > FILE_BYTES:
        raise Unreadable(f"The file is larger than {FILE_BYTES // 1_000_000} MB. Clear its outputs and hand in again.")
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
    metadata = _mapping(cell.get("metadata"))
    details = _mapping(metadata.get("nbgrader"))
    cell_id = cell.get("id") or metadata.get("id")  # Colab moves it
    roles = tuple((name, repr(details[name])) for name in ("points", "grade", "solution", "locked") if name in details)
    return SubmittedCell(
        kind=clean(str(cell.get("cell_type", ""))),
        source=clean(source),
        grade_id=clean(str(details.get("grade_id", ""))),
        cell_id=clean(str(cell_id or "")),
        details=roles,
    )


def _mapping(value: object) -> dict:
    return value if isinstance(value, dict) else {}


def _choose(files: list[tuple[Owner, _Entry]], assignment: str, others: tuple[str, ...]) -> Submission:
    """The notebook that counts, of all that one student has handed in."""
    whose = next((each for each, entry in files if is_notebook(entry.path)), files[0][0])
    who = partial(
        Submission,
        clean(whose.name),
        identity=whose.identity,
        handed_in_as=clean(whose.handed_in_as),
        late=any(each.late for each, _ in files),
    )
    if len(files) > FILES:
        return who(problem=f"There are more than {FILES:,} files.")
    found = [(given, entry) for given, entry in files if is_notebook(entry.path)]
    if not found:
        names = _listed(entry.path.name for _, entry in files)
        return who(problem=f"There is no notebook, only: {names}" if names else "There is no notebook.")
    called = [stem(given.rest or entry.path.name) for given, entry in found]
    named = [place for place, name in enumerate(called) if name.lower() == assignment.lower()]
    paths = [str(entry.path) for _, entry in found]
    if len(found) > 1 and len(named) != 1:
        return who(problem=f"There are several notebooks, and it is not clear which counts: {_listed(paths)}")
    chosen = (named or [0])[0]
    beside = [path for path, name in zip(paths, called, strict=True) if name not in others]
    beside = [path for path in beside if path != paths[chosen]]
    doubt = f"{clean(paths[chosen])} was graded, and not what lies beside it: {_listed(beside)}"
    try:
        return who(found[chosen][1].read(), doubt=doubt if beside else None)
    except Unreadable as problem:
        return who(problem=str(problem))


def _listed(names: Iterable[str]) -> str:
    return clean(", ".join(sorted(names)))[:200]


def _path(name: bytes, windows: bool = False) -> PurePosixPath:
    """The parts of a path; Windows has put backslashes between them."""
    text = decoded(name)
    if "\\" in text and (windows or "/" not in text):
        text = text.replace("\\", "/")
    return PurePosixPath(text)


def _in_folder(folder: Path, out: Path | None) -> Iterator[_Entry]:
    for place, folders, files in os.walk(folder, followlinks=False):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not is_junk(PurePosixPath("x", name, "x")))
        if out:
            folders[:] = [name for name in folders if (here / name).resolve() != out.resolve()]
        links = [name for name in folders if (here / name).is_symlink()]
        for name in sorted(files) + links:
            yield _Entry(_path(os.fsencode((here / name).relative_to(folder))), partial(_read_file, here / name))
        if not folders and not files and here != folder:
            yield _Entry(_path(os.fsencode(here.relative_to(folder) / "(empty folder)")))


def _read_file(file: Path) -> bytes:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        reason = "it is a link to another file" if file.is_symlink() else error.strerror
        raise Unreadable(f"{clean(decoded(os.fsencode(file.name)))} is not read: {reason}.") from None
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable(f"{clean(decoded(os.fsencode(file.name)))} is not read: it is not a file.")
        return opened.read(FILE_BYTES + 1)


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(f"{path} is neither a folder nor a zip file that can be read: {error}") from None


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    files, folders = [], set()
    for info in archive.infolist():
        name = info.filename.encode(errors="surrogatepass")
        if not info.flag_bits & 0x800:  # then Python has taken the bytes for letters of CP437
            with contextlib.suppress(UnicodeEncodeError):
                name = info.filename.encode("cp437")
        path = _path(name, info.create_system in _WINDOWS)
        if name.endswith((b"/", b"\\")):
            folders.add(path)
        elif path.parts:
            files.append((path, info))
    filled = {parent for path in [*(path for path, _ in files), *folders] for parent in path.parents}
    for path in sorted(folders - filled - {PurePosixPath()}):
        yield _Entry(path / "(empty folder)")
    for path, info in files:
        yield _Entry(path, partial(_unpack, archive, info))


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unreadable("The notebook is not read: it is a link to another file.")
    try:
        with archive.open(info) as opened:
            return opened.read(FILE_BYTES + 1)  # whatever size the archive claims
    except Exception as error:  # damaged, encrypted, packed in a way this Python does not know
        raise Unreadable(f"The notebook cannot be unpacked: {clean(str(error))}") from None
