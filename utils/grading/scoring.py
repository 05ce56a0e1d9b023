"""One submission from bytes to a result: read, rebuilt, run in the sandbox, scored. It never raises."""

import base64
import hashlib
import json
import re
import traceback
from dataclasses import asdict, dataclass, field

from nbformat import NotebookNode

from utils.course import assignments
from utils.grading.parsing import Submission, SubmittedCell, Unreadable, read_cells
from utils.grading.rebuilding import Paper, Rebuilt, another_assignment, rebuild
from utils.grading.running import run
from utils.grading.sandbox import Limits
from utils.grading.session import SandboxError
from utils.grading.suspicion import suspicious

GRADED, REVIEW, FAILED = "graded", "needs review", "failed"
SAFE_OUTPUTS = ("text/plain", "image/png", "image/jpeg")
# What can stay of pictures: those that are in the text itself, or in its cell.
_OWN = r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]*|attachment:[\w.%-]+"
# A browser takes no notice of tabs and new lines in an address.
_WORDS = "|".join(r"\s*".join(word) for word in ("javascript", "vbscript", "data"))
_SCRIPT = re.compile(rf"(?!{_OWN})({_WORDS})\s*:", re.IGNORECASE)
_LOADED = re.compile(rf"!(?=\[)(?!\[[\w .,:-]*\]\((?:{_OWN})\))", re.IGNORECASE)
_STYLED = re.compile(r"\\(?=(?:style|href|class|cssId|require|csname)(?![a-zA-Z]))|(?<=url)(?=\()", re.IGNORECASE)
SHOWN_CHARACTERS = 20_000  # of each output
_OTHER_NUMBERS = "It passes the check in your notebook, and not the same check with other numbers."


@dataclass
class Result:
    """What became of one submission. ``scores`` holds None where a person gives the points."""

    student: str
    student_id: str
    key: str  # what it was made from: the same key, the same result
    status: str = GRADED
    reasons: list[str] = field(default_factory=list)  # why a person should look, or why it failed
    notes: list[str] = field(default_factory=list)  # for the student
    scores: dict[str, float | None] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)  # by grade id, why there are no points
    notebook: dict = field(default_factory=dict)  # empty if it failed
    again: bool = False  # it failed through no fault of the submission: worth another try
    handed_in_as: str = ""  # what the learning platform knows the student by
    late: bool = False

    @classmethod
    def of(cls, submission: Submission, key: str) -> "Result":
        handed_in_as, late = submission.handed_in_as, submission.late
        return cls(submission.student, submission.student_id, key, handed_in_as=handed_in_as, late=late)

    def as_json(self) -> str:
        """Half of a pair of surrogates, which a submission can print, is in no database and no file."""
        return json.dumps(asdict(self), ensure_ascii=False).encode(errors="replace").decode()

    @classmethod
    def from_json(cls, text: str) -> "Result":
        return cls(**json.loads(text))


def key_of(submission: Submission, paper: Paper, limits: Limits) -> str:
    """Changes with the submission, the assignment or the limits, and with nothing else."""
    parts: list[str | bytes] = [
        submission.content,
        repr((submission.problem, submission.doubt, submission.student, submission.handed_in_as)),
        repr(limits),
        json.dumps(paper.complete, sort_keys=True),
    ]
    digest = hashlib.sha256()
    for part in parts:
        part = part if isinstance(part, bytes) else part.encode(errors="surrogatepass")
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def grade(submission: Submission, paper: Paper, limits: Limits, trusted: bool = False) -> Result:
    """Grade one submission. ``trusted`` runs it without a sandbox."""
    result = Result.of(submission, key_of(submission, paper, limits))
    try:
        if submission.problem:
            raise Unreadable(submission.problem)
        cells = read_cells(submission.content)
        if other := another_assignment(paper, cells, assignments()):
            raise Unreadable(f"Wrong notebook: this is assignment {other}, and not {paper.name}.")
        rebuilt = rebuild(paper, cells)
        result.notes = rebuilt.notes
        result.reasons = [submission.doubt] if submission.doubt else []
        result.reasons += rebuilt.doubts + _doubtful(rebuilt.notebook)
        _run(rebuilt, result, limits, trusted)
        if not result.reasons:  # else nothing of the run is shown before a person has looked
            _forget_hidden_tests(rebuilt, result, paper, cells, limits, trusted)
        result.status = REVIEW if result.reasons else GRADED
        result.notebook = _harmless(rebuilt.notebook)
    except Unreadable as problem:
        result.status, result.reasons = FAILED, [str(problem)]
    except SandboxError as problem:
        result.status, result.again = FAILED, True
        result.reasons.append(str(problem))  # doubts that were found stay
    except Exception as error:  # of the grader: the others must not suffer from it
        place = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"The grader stumbled: {type(error).__name__}: {error} ({place.name}, line {place.lineno})"
        result.status, result.again = FAILED, True
        result.reasons.append(reason)
    return result


def _forget_hidden_tests(
    rebuilt: Rebuilt,
    result: Result,
    paper: Paper,
    cells: list[SubmittedCell],
    limits: Limits,
    trusted: bool,
) -> None:
    """An answer can keep what a hidden test has given it, and print or raise it later.

    So what a student is shown comes from a second run, of the notebook as the student has it.
    """
    answered = [cell for cell in rebuilt.notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    if not result.failures and not any(cell.get("outputs") for cell in answered):
        return
    shown = rebuild(paper.without_hidden_tests(), cells)
    told = Result(result.student, result.student_id, result.key)
    _run(shown, told, limits, trusted)
    outputs = {cell.id: cell.outputs for cell in shown.notebook.cells if cell.cell_type == "code"}
    for cell in answered:
        if cell.cell_type == "code":
            cell.outputs = outputs[cell.id]
    result.failures = {name: told.failures.get(name, _OTHER_NUMBERS) for name in result.failures}


def _run(rebuilt: Rebuilt, result: Result, limits: Limits, trusted: bool) -> None:
    """Run all cells, and write scores, failures and outputs down."""
    found = run(rebuilt.notebook, limits, trusted)
    result.reasons += found.reasons
    for place, cell in enumerate(rebuilt.notebook.cells):
        details = cell.metadata.get("nbgrader", {})
        if details.get("grade"):
            _score(details, found.failures.get(place), rebuilt, result)


def _score(details: NotebookNode, failure: str | None, rebuilt: Rebuilt, result: Result) -> None:
    grade_id = details.grade_id
    if details.get("solution"):  # free text: 0 if nothing was written, else a person decides
        result.scores[grade_id] = 0.0 if grade_id in rebuilt.untouched else None
        return
    result.scores[grade_id] = 0.0 if failure else float(details.points)
    if failure:
        result.failures[grade_id] = failure


def _doubtful(notebook: NotebookNode) -> list[str]:
    found, task = [], ""
    for cell in notebook.cells:
        details = cell.metadata.get("nbgrader", {})
        if details.get("solution") and cell.cell_type == "code":
            found += [f"{details.grade_id} {doubt}." for doubt in suspicious(cell.source, task)]
        elif not details:
            begins = cell.source.startswith("## ")  # what stands above is of all tasks: it may name what it forbids
            task = cell.source if begins else task + cell.source
        if details.get("grade"):
            task = ""  # the next one begins
    return found


def _harmless(notebook: NotebookNode) -> NotebookNode:
    """Nothing in it is active in a browser, and nothing is large."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(_harmless_output, cell.outputs) if output]
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = harmless_markdown(cell.source)
    return notebook


def harmless_markdown(text: str) -> str:
    """Markdown without HTML, scripts' addresses and pictures from elsewhere; what is read stays the same."""
    text = re.sub(r"<(?=[a-zA-Z/!?])", "< ", text)  # no tag begins so, and a<b reads the same
    text = re.sub(r"&(?=#?\w+;)", "& ", text)  # a colon can be written &#58;
    text = _LOADED.sub("! ", text)  # a link is left, which is followed only where a person wants to
    text = _STYLED.sub(lambda found: f"{found[0]} ", text)  # formulas know styles, and styles load pictures
    return _SCRIPT.sub(r"\1 :", text)


def _harmless_output(output: NotebookNode) -> NotebookNode | None:
    if output.output_type == "stream":
        output.text = _cut(output.text)
    elif output.output_type == "error":
        output.evalue = _cut(output.evalue)
        output.traceback = [_cut("\n".join(map(str, output.traceback)))]
    else:
        output.metadata = {}
        output.data = {kind: data for kind, data in output.data.items() if kind in SAFE_OUTPUTS}
        for kind, data in list(output.data.items()):
            if kind == "text/plain":
                output.data[kind] = _cut(str(data))
            elif picture := clean_picture(data):
                output.data[kind] = picture
            else:
                del output.data[kind]
        if not output.data:
            return None
    return output


def clean_picture(data: object) -> str | None:
    """A PNG or JPEG in base64 with nothing else in the text, or None if it is no picture."""
    try:
        picture = base64.b64decode(str(data))
    except ValueError:
        return None
    return base64.b64encode(picture).decode() if picture.startswith((b"\x89PNG", b"\xff\xd8\xff")) else None


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}\n[… {len(text):,} characters]"
