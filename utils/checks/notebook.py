"""What a check says of the notebook in which it runs: names that an answer takes from elsewhere, and how far one is.

Outside of a notebook of the course's exercises it says nothing.
"""

import sys
from pathlib import Path

from utils.checks import pages
from utils.checks.mistake import Mistake

_content: dict[tuple[str, str], bool] = {}  # by the checks' module and name, of this session


def require_own_cell(check: str) -> None:
    """Raise `Mistake` if an answer needs a name that another cell has given, which is missing after handing in."""
    shell, _, page = _here()
    if page is None:
        return
    cells = list(enumerate(shell.history_manager.input_hist_parsed))
    homes = {name: number for number, cell in cells for name in _bound(cell)}  # the last one counts
    answers = [part.answer for part in pages.parts_of(page) if part.answer in homes]
    answer = next((part.answer for part in pages.parts_of(page) if part.check == check), "")
    if answer not in homes:
        return
    kept = {homes[name] for name in answers}  # cells of answers stay
    given = {*page["metadata"]["course"]["given"], *shell.user_ns_hidden}
    for name in sorted(pages.needed(cells[homes[answer]][1]) - given):
        if name in shell.user_ns and homes.get(name) not in kept:
            where = f" [{homes[name]}]" if name in homes else ""
            raise Mistake(
                f"right, but `{name}` stands in another cell{where}, and only the cells of answers are handed in. Move "
                f"it into the cell of `{answer}`, and run that once more: otherwise it will be missing."
            )


def standing(check: str, is_content: bool) -> str:
    """A line on how many tasks and points there are now: of this session, and of outputs that were kept; or ""."""
    _, topic, page = _here()
    if page is None:
        return ""
    _content[topic, check] = is_content
    done = pages.content(page) | {name for (module, name), good in _content.items() if module == topic and good}
    done -= {name for (module, name), good in _content.items() if module == topic and not good}
    tasks, points = pages.standing(page, done)
    return f"  ({tasks} tasks, {points} points)"


def _here() -> tuple:
    """IPython's shell, the topic of the notebook's checks, and its page; None if this is no learner's notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    if not shell or "solutions" in Path.cwd().parts:  # there an assignment is written, and its page made
        return None, "", None
    topic = getattr(shell.user_ns.get("check"), "__name__", "").removeprefix("utils.checks.")
    return shell, topic, pages.page_of(topic) if topic else None


def _bound(cell: str) -> set[str]:
    try:
        return pages.bound(cell)
    except (SyntaxError, ValueError):  # a cell that did not run either
        return set()
