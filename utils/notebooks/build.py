"""From ``lectures/NN_topic.py`` to ``lectures/NN_topic.ipynb``, run and ready to be read; solutions as well."""

import hashlib
import re
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from tqdm import tqdm

from utils.course import Assignment, Lecture, colab_address
from utils.files import written_whole
from utils.notebooks.folding import cover_answers, fold
from utils.notebooks.header import header_cells, is_header
from utils.notebooks.renewing import renew_widgets
from utils.notebooks.reopening import drop_live_widgets, hold_once


def build(page: Lecture | Assignment) -> None:
    """Renew a page: its header, its ``.py`` in jupytext's form, and its ``.ipynb`` with outputs.

    Code runs only if it differs from the code whose outputs are already there: a corrected sentence costs no
    hour of training. (Delete the ``.ipynb`` to run it in any case.)

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; the ``.ipynb`` stays as it was.
    """
    notebook = read(page)
    _write(page.script, jupytext.writes(notebook, fmt="py:percent"))
    fold(notebook)
    if not _keep_outputs(notebook, page.notebook):
        _run(notebook, page)
    renew_widgets(notebook, colab_address(page))
    cover_answers(notebook)
    hold_once(notebook)
    _write(page.notebook, nbformat.writes(notebook) + "\n")


def read(page: Lecture | Assignment) -> NotebookNode:
    """The page as its ``.py`` and the header's template say it should be, without outputs.

    Raises:
        ValueError: marks of a merge that was not finished stand in it.
    """
    text = page.script.read_text(encoding="utf-8")
    _refuse_conflicts(page.script, text)
    notebook = jupytext.reads(text, fmt="py:percent")
    body = [cell for cell in notebook.cells if not is_header(cell)]
    notebook.cells = header_cells(page) + body
    notebook.metadata = {
        "jupytext": {"formats": "ipynb,py:percent"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    }
    notebook = nbformat.from_dict(notebook)
    _name_cells(notebook)
    return notebook


def _refuse_conflicts(path: Path, text: str) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"(# )?(<{7}|>{7})( |$)", line):
            raise ValueError(f"{path.name}, line {number}: choose between what two people wrote, and delete {line!r}.")


def _ours(text: str) -> str:
    """A file with the marks of a merge, as it was on our side: what is made from a `.py` is never merged by hand."""
    return re.sub(
        r"^<{7} .*\n((?:.*\n)*?)(?:\|{7}(?:.*\n)*?)?={7}\n(?:.*\n)*?>{7} .*\n", r"\1", text, flags=re.MULTILINE
    )


def _name_cells(notebook: NotebookNode) -> None:
    """Give cells ids made from their text, or the name they are graded under: the same in every build."""
    taken = set()
    for cell in notebook.cells:
        number = 0
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        while name is None or name in taken:
            name = hashlib.sha256(f"{number}{cell.source}".encode()).hexdigest()[:8]
            number += 1
        taken.add(name)
        cell.id = name


def _keep_outputs(notebook: NotebookNode, path: Path) -> bool:
    """Take the outputs over from the notebook at ``path``, if it ran this very code."""
    if not path.exists():
        return False
    try:
        committed = nbformat.reads(_ours(path.read_text(encoding="utf-8")), as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError):
        print(f"{path.name} cannot be read, so it is made anew.")
        return False
    old = [cell for cell in committed.cells if cell.cell_type == "code"]
    new = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.source for cell in old if not is_header(cell)] != [c.source for c in new if not is_header(c)]:
        return False
    for before, after in zip(old, new, strict=True):
        after.outputs, after.execution_count = before.outputs, before.execution_count
    return True


def _run(notebook: NotebookNode, page: Lecture | Assignment) -> None:
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    bar = tqdm(total=cells, desc=page.file, unit="cell")
    client = NotebookClient(
        notebook,
        timeout=None,
        coalesce_streams=True,  # of a progress bar only its last state is kept
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # else each run begins with a warning, of no use to authors
        resources={"metadata": {"path": str(page.script.parent)}},
        on_cell_complete=lambda cell, cell_index: bar.update(),
    )
    with bar:
        client.execute()
    notebook.metadata.pop("widgets", None)  # their state, for the kernel that has just ended
    drop_live_widgets(notebook)
    notebook.metadata.pop("language_info", None)  # the reader's Python, not the author's


def _write(path: Path, text: str) -> None:
    with written_whole(path) as file:
        file.write(text.encode())
