"""What is folded: code that only draws and the header's, answers to a question; everything else is open."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils.notebooks.folding import cover_answers, fold, only_draws


@pytest.mark.parametrize(
    ("code", "draws"),
    [
        ('figures.lines({"a": [1]}, title="…")', True),
        ("widgets.NetworkLedger.from_module(\n    net,\n)", True),
        ("InsideTheNet.of(net)", True),
        ("figures.lines(x).save('a.png')", True),
        ("image = load()\nfigures.lines(image)", False),  # a name that the lecture goes on with
        ("curve = figures.lines(x)", False),
        ("print(figures.lines(x))", False),
        ("DepthwiseSeparable(64, 128)", False),  # a model
        ("%time figures.lines(x)", False),
        ("# nothing", False),
    ],
)
def test_code_that_only_draws(code, draws):
    assert only_draws(code) is draws


QUESTION = "> **Predict first.** How many?"


def folds(*cells) -> list[str]:
    """Of each code cell: what is folded. Text has a space in it, code has none."""
    made = [c if not isinstance(c, str) else new_markdown_cell(c) if " " in c else new_code_cell(c) for c in cells]
    notebook = new_notebook(cells=made)
    fold(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tags = [cell.metadata.get("tags", []) for cell in code]
    for cell, marks in zip(code, tags, strict=True):  # the same for books, for JupyterLab and for Colab
        lab = cell.metadata.get("jupyter", {})
        assert lab.get("source_hidden", False) == ("hide-input" in marks) == ("cellView" in cell.metadata)
        assert lab.get("outputs_hidden", False) == ("hide-output" in marks)
    return [" ".join(marks) for marks in tags]


def test_answers_are_what_comes_between_the_question_and_the_text_after_them():
    assert folds("1", QUESTION, "2", "figures.lines(x)", "so it is", "3") == [
        "",
        "hide-output",
        "hide-input hide-output",
        "",
    ]
    assert folds(QUESTION, "in code:", "1", QUESTION, "2", "so it is", "3") == ["hide-output", "hide-output", ""]


def test_a_box_that_asks_is_no_answer():
    asks = 'widgets.PredictFirst("batches")'
    assert folds(QUESTION, asks, "2", "so it is", asks, "3") == ["hide-input", "hide-output", "hide-input", ""]


def test_the_header_is_folded_and_an_author_may_fold_more():
    header, own = (new_code_cell("1", metadata={"tags": [tag]}) for tag in ("header", "hide-output"))
    assert folds(header, own) == ["header hide-input", "hide-output"]


def test_no_first_line_of_an_answer_shows():
    """JupyterLab shows the first line of the first output beside the dots that open it: there is none."""
    cell = new_code_cell("print(42)", outputs=[new_output("stream", text="42\n")], metadata={"tags": ["hide-output"]})
    notebook = new_notebook(cells=[cell, new_code_cell("x = 1", metadata={"tags": ["hide-output"]})])
    for _ in range(2):
        cover_answers(notebook)
    assert [output.get("data", "42") for output in cell.outputs] == [{}, "42"] and not notebook.cells[1].outputs
