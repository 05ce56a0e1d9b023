"""What is folded in a committed notebook: code that only draws, and what answers a question that comes before it.

JupyterLab folds what ``jupyter`` in a cell's metadata says, and opens an output when its cell is run; Colab folds code
by ``cellView``; books and pages know the tags. All of it is computed here, so none of it stands in the ``.py``.
"""

import ast

from nbformat import NotebookNode
from nbformat.v4 import new_output

from utils.widgets import KINDS

CODE, OUTPUT = "hide-input", "hide-output"  # the tags; an author may give a cell them by hand as well
QUESTION, ASKS = "Predict first", "PredictFirst("
DRAWERS = {"figures", "widgets", *(kind.__name__ for kind in KINDS.values())}


def fold(notebook: NotebookNode) -> None:
    """Mark what is folded: the header's code, a cell that is one call of a figure or widget, and answers.

    Answers are what the code cells print or draw between a text that says "Predict first" and the text after them. A
    box that asks is no answer.
    """
    asked = answered = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            asked = QUESTION in cell.source or (asked and not answered)
            answered = False
            continue
        answered = asked
        tags = cell.metadata.get("tags", [])
        if "header" in tags or CODE in tags or only_draws(cell.source):
            _mark(cell, CODE, "source_hidden")
            cell.metadata.cellView = "form"
        if (asked and ASKS not in cell.source) or OUTPUT in tags:
            _mark(cell, OUTPUT, "outputs_hidden")


def cover_answers(notebook: NotebookNode) -> None:
    """Put an empty output before each folded one: JupyterLab shows the first line of the first, which is the answer."""
    empty = new_output("display_data")
    for cell in notebook.cells:
        if OUTPUT in cell.metadata.get("tags", []) and cell.outputs and cell.outputs[0] != empty:
            cell.outputs.insert(0, empty)


def only_draws(code: str) -> bool:
    """Whether a cell is one call of ``figures.…``, ``widgets.…`` or a widget, whose code nobody learns from."""
    try:
        statements = ast.parse(code).body
    except SyntaxError:  # a line for IPython, such as %time
        return False
    if len(statements) != 1 or not isinstance(statements[0], ast.Expr):
        return False
    called = statements[0].value
    while isinstance(called, ast.Call | ast.Attribute):
        called = called.func if isinstance(called, ast.Call) else called.value
    return isinstance(called, ast.Name) and called.id in DRAWERS


def _mark(cell: NotebookNode, tag: str, field: str) -> None:
    cell.metadata.tags = list(dict.fromkeys([*cell.metadata.get("tags", []), tag]))
    cell.metadata.jupyter = {**cell.metadata.get("jupyter", {}), field: True}
