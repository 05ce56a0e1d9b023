"""Names as they are handed in: made fit to be read, and understood as archives and learning platforms mean them."""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

# Moodle: FULL NAME_NUMBER_assignsubmission_file_, a folder, or before the name of each file.
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_(?P<rest>.*))?", re.DOTALL)
# Canvas: NAME_USER_ATTACHMENT_FILE, or NAME_LATE_…; the attachment is a new one each time a student hands in.
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_\d+_(?P<rest>.+)", re.DOTALL)
_NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # browsers add the second ending
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tab and new line
_JUNK = {"__MACOSX", ".ipynb_checkpoints", ".git", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Owner:
    """Whose a file is. ``identity`` is the same however often, and in whatever form, a student hands in."""

    name: str  # for people
    identity: str
    handed_in_as: str  # what the platform knows it by
    rest: str = ""  # the name that the student has given the file
    late: bool = False
    platform: str = ""
    number: str = ""  # the platform's own, of the student


def clean(text: str) -> str:
    """Text that everything can hold and show: composed, of whole characters, without control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # no half of a pair
    return unicodedata.normalize("NFC", _CONTROL.sub("", text))


def decoded(raw: bytes) -> str:
    """A file's name. What is no UTF-8 is from an old Windows: by its console's letters, else by its windows'."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp850")
        if re.search(r"[a-zà-öø-ÿ][^\W\d_a-zà-öø-ÿ]|[^\w\s!-~]", text):  # "AndrÚ", "J³rgen"
            text = raw.decode("cp1252", "replace")
    return unicodedata.normalize("NFC", text)


def is_notebook(path: PurePosixPath) -> bool:
    return bool(_NOTEBOOK.search(path.name))


def stem(name: str) -> str:
    """Without the ending of a notebook, or of another file."""
    return _NOTEBOOK.sub("", name) if _NOTEBOOK.search(name) else PurePosixPath(name).stem


def is_junk(path: PurePosixPath) -> bool:
    """What systems and editors leave behind. A folder is nobody's junk for its dot alone: it can be a student's."""
    return bool(_JUNK.intersection(path.parts)) or path.name.startswith(".")


def by_platform(part: str) -> Owner | None:
    """Whose the first part of a path is, if a learning platform has named it."""
    if found := _CANVAS.fullmatch(part):
        identity = f"{found['name']}_{found['number']}"
        return Owner(identity, identity, part, found["rest"], bool(found["late"]), "canvas", found["number"])
    if found := _MOODLE.fullmatch(part):
        rest, number = found["rest"] or "", found["number"]
        return Owner(found["name"], f"{found['name']}_{number}", part.removesuffix(rest), rest, False, "moodle", number)
    return None


def owner(path: PurePosixPath, assignment: str) -> Owner:
    """Whose a file is: the first folder's, or, of a file alone, what its name says before the assignment's."""
    first = path.parts[0]
    alone = len(path.parts) == 1
    found = by_platform(first)
    if found and (alone or "_assignsubmission_" in first):
        return found
    if alone:
        name = stem(first).removesuffix(assignment).rstrip("_- ") or stem(first)
        return Owner(name, name, first, first)
    if ".." in path.parts or path.is_absolute():
        first = str(path.parent)  # such a name is kept as it is, and never used as a path
    return Owner(first, first, first)


def unwrapped(paths: list[PurePosixPath], assignments: set[str]) -> list[PurePosixPath | None]:
    """The paths from the level of the students on; None for what lies outside it or belongs to nobody."""
    inside: list[PurePosixPath | None] = list(paths)
    while wrappers := _wrappers([path for path in inside if path], assignments):
        inside = [_below(path) if path and path.parts[0] in wrappers else None for path in inside]
    there = [path for path in inside if path]
    alone = {path for path in there if len(path.parts) == 1}
    named = {path for path in alone if by_platform(path.name)}
    loose = {path for path in alone if is_notebook(path)}
    in_folders = any(is_notebook(path) for path in there if path not in alone)
    if named or (in_folders and not loose):
        strays = alone - named - loose
        inside = [None if path in strays else path for path in inside]
    hidden = {path.parts[0] for path in there if path.parts[0].startswith(".") and path.parts[0] != ".."}
    hidden -= {path.parts[0] for path in there if is_notebook(path)}
    return [None if path and (path.parts[0] in hidden or _is_hidden_below(path)) else path for path in inside]


def _is_hidden_below(path: PurePosixPath) -> bool:
    return any(part.startswith(".") and part != ".." for part in path.parts[1:])


def _below(path: PurePosixPath) -> PurePosixPath | None:
    return PurePosixPath(*path.parts[1:]) if len(path.parts) > 1 else None


def _wrappers(paths: list[PurePosixPath], assignments: set[str]) -> set[str]:
    """The folders at the top that are no student's, but hold the students'; empty at the students' own level."""
    folders: dict[str, list[PurePosixPath]] = {}
    for path in paths:
        if len(path.parts) > 1:
            folders.setdefault(path.parts[0], []).append(PurePosixPath(*path.parts[1:]))
    if "submitted" in folders:  # nbgrader's tree; what lies beside it is the course's
        return {"submitted"}
    alone = [path for path in paths if len(path.parts) == 1]
    if any(is_notebook(path) or by_platform(path.name) for path in alone):
        return set()
    if any("_assignsubmission_" in name for name in folders):
        return set()
    if len(folders) == 1:
        (name, inner), *_ = folders.items()
        return {name} if name != ".." and name != "/" and _holds_students(name, inner, assignments) else set()
    return set(folders) if folders and all(map(_is_section, folders.values())) else set()


def _holds_students(name: str, inner: list[PurePosixPath], assignments: set[str]) -> bool:
    """Whether the only folder there is holds students' folders or files, and not one student's work."""
    if _platform_names(inner):
        return True
    notebooks = [path for path in inner if is_notebook(path)]
    alone = [path for path in notebooks if len(path.parts) == 1]
    if alone:  # ann_01_topic.ipynb beside bob_01_topic.ipynb
        return len(alone) > 1 and all(stem(p.name).endswith(tuple(f"_{a}" for a in assignments)) for p in alone)
    folders = {path.parts[0] for path in notebooks}
    if folders & assignments:  # of one student, unless students are in there
        (one, *more) = folders
        theirs = [below for path in inner if path.parts[0] == one and (below := _below(path))]
        return not more and _holds_students("", theirs, set())
    return name in assignments or len(folders) > 1 or bool(_wrappers(inner, assignments))


def _is_section(inner: list[PurePosixPath]) -> bool:
    """One of several parts of a class: all notebooks in it lie under a platform's names of several students."""
    notebooks = {path.parts[0] for path in inner if is_notebook(path)}
    return len(_platform_names(inner)) > 1 and all(map(by_platform, notebooks))


def _platform_names(paths: list[PurePosixPath]) -> set[str]:
    """Students whom a platform has named, as a folder (Moodle) or a file (both)."""
    found = {by_platform(p.parts[0]) for p in paths if len(p.parts) == 1 or "_assignsubmission_" in p.parts[0]}
    return {each.identity for each in found if each}
