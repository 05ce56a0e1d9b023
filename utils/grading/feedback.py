"""One page for each student: points, what went wrong, the answers. All text is escaped; nothing on it is active."""

import html
import re
from collections.abc import Callable

from nbformat import NotebookNode

from utils.grading.rebuilding import Paper
from utils.grading.scoring import FAILED, REVIEW, Result, clean_picture

PAGE_BYTES = 1_000_000
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 55rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #8881; padding: .6rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse } td, th { padding: .2rem .8rem; text-align: left; border-bottom: 1px solid #8888 }
td.points { text-align: right } img { max-width: 100%; background: white } .wrong { border-left: 4px solid #d55e00 }
.right { border-left: 4px solid #009e73 } section { padding-left: .8rem; margin: 1.5rem 0 }
.comment { font-weight: bold; white-space: pre-line }
"""


def page(result: Result, paper: Paper, marks: dict[str, dict]) -> str:
    """The HTML of one student's page, at most `PAGE_BYTES` long. ``marks`` are those of `gradebook.marks`.

    What a doubtful submission has printed is left out until a person has looked and taken the flag off: it may be
    what the hidden tests hold. (Of one without doubt it comes from a run without hidden tests; see `scoring.grade`.)
    """
    hidden, titles = _hidden_lines(paper), _titles(paper)

    def safe(text: object) -> str:
        """Escaped; lines of hidden tests left out, in whatever output they turn up."""
        text = str(text).replace("\r", "").replace("\0", "")
        kept = [line for line in text.split("\n") if line.strip() not in hidden]
        return html.escape("\n".join(kept))

    parts = [f"<h1>{safe(paper.name)}</h1><p>{safe(result.student[:300])}</p>"]
    if result.status == FAILED:
        parts.append(f"<p><strong>Not graded.</strong> {safe(' '.join(result.reasons))}</p>")
        return _document(parts, paper.name)
    parts.append(_points(marks, titles, safe))
    parts += [f"<p>{safe(note)}</p>" for note in result.notes]
    withheld = result.status == REVIEW and all(mark.get("flagged", True) for mark in marks.values())
    if withheld:
        parts.append("<p>A person looks at this before what it has printed is shown.</p>")
    answered = {cell["id"]: cell for cell in result.notebook["cells"]}
    for given in paper.released.cells:
        details = given.metadata.get("nbgrader", {})
        theirs = answered.get(given.id)  # none where the assignment has been edited since
        if theirs and (details.get("solution") or details.get("grade")):
            title = titles[details["grade_id"]]
            parts.append(_section(title, given, theirs, details, result, marks, safe, withheld, _room(parts)))
    return _document(parts, paper.name)


def _titles(paper: Paper) -> dict[str, str]:
    """By grade id: the heading of the task that the cell belongs to; the id itself, where there is no heading."""
    titles, heading = {}, ""
    for cell in paper.released.cells:
        if cell.cell_type == "markdown" and (found := re.findall("^## (.+)", cell.source, re.MULTILINE)):
            heading = found[-1]
        if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
            titles[name] = heading or name
    return titles


def _points(marks: dict[str, dict], titles: dict[str, str], safe) -> str:
    rows = []
    for name, mark in marks.items():
        score = "a person decides" if mark["waiting"] else f"{mark['score']:g}"
        if mark.get("outdated"):
            score += ", for your answer before this one; a person decides"
        rows.append(
            f'<tr><td>{safe(titles.get(name, name))}</td><td class="points">{score}</td>'
            f"<td>{mark['max_score']:g}</td></tr>"
        )
    total = sum(mark["score"] for mark in marks.values())
    most = sum(mark["max_score"] for mark in marks.values())
    waiting = " so far" if any(m["waiting"] or m.get("outdated") for m in marks.values()) else ""
    head = f"<h2>{total:g} of {most:g} points{waiting}</h2>"
    return f"{head}<table><tr><th>task</th><th>points</th><th>of</th></tr>{''.join(rows)}</table>"


def _section(
    title: str,
    given: NotebookNode,
    theirs: dict,
    details: dict,
    result: Result,
    marks: dict,
    safe: Callable[[object], str],
    withheld: bool,
    room: int,
) -> str:
    name = details["grade_id"]
    kind = ""
    head = f"<h3>{safe(title)}: {'your answer' if details.get('solution') else 'the check'}</h3>"
    body = [head]
    # Of a test the released half is shown, and no output: it may speak of the other half.
    source = theirs["source"] if details.get("solution") else given.source
    body.append(f"<pre>{safe(source)}</pre>")
    if details.get("solution") and not withheld:
        body += [_output(output, safe) for output in theirs.get("outputs", [])]
    if name in result.failures:
        kind = "wrong"
        body += [] if withheld else [f"<pre>{safe(result.failures[name])}</pre>"]
    elif result.scores.get(name):
        kind = "right"
    if comment := marks.get(name, {}).get("comment"):
        body.append(f'<p class="comment">{safe(comment)}</p>')
    text = "".join(body)
    if len(text.encode()) > room:
        text = f"{head}<p>Left out here: the page would be too large.</p>"
    return f'<section class="{kind}">{text}</section>'


def _output(output: dict, safe) -> str:
    if output["output_type"] == "stream":
        return f"<pre>{safe(output['text'])}</pre>"
    if output["output_type"] == "error":
        return f"<pre>{safe(output['ename'])}: {safe(output['evalue'])}</pre>"
    for kind in ("image/png", "image/jpeg"):
        if picture := clean_picture(output["data"].get(kind)):
            return f'<p><img alt="the picture that it made" src="data:{kind};base64,{picture}"></p>'
    return f"<pre>{safe(output['data'].get('text/plain', ''))}</pre>"


def _room(parts: list[str]) -> int:
    """How much may still be written, with some left for the end of the page."""
    return PAGE_BYTES - 50_000 - sum(len(part.encode()) for part in parts)


def _document(parts: list[str], title: str) -> str:
    # Were anything active left, the policy would forbid the browser to run or load it.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{_STYLE}</style>'
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _hidden_lines(paper: Paper) -> set[str]:
    lines: set[str] = set()
    for cell, given in zip(paper.complete.cells, paper.released.cells, strict=True):
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            shown = {line.strip() for line in given.source.splitlines()}
            lines.update(line.strip() for line in cell.source.splitlines() if line.strip() not in shown)
    return {line for line in lines if not re.fullmatch(r"\W*", line)}
