"""A ✓ holds after handing in: what stands in another cell is told at once; and how far one is, from outputs alone."""

import json
import re
import subprocess
import sys

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from utils.checks import notebook, pages, progress
from utils.course import ROOT, assignments

ANSWER = """
def output_size(input_size, kernel_size, stride, padding):
    return HELPER
"""
FORMULA = "(input_size + 2 * padding - kernel_size) // stride + 1"
CHECK = "check.output_size(output_size)"


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Runs cells in a new notebook of the first assignment, and returns what the last one shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notebook, "_content", {})
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    given = [
        cell.source
        for cell in nbformat.read(assignments()[0].exercise, as_version=4).cells
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata
    ]

    def cells(*sources: str) -> str:
        for source in sources:
            capsys.readouterr()
            shell.run_cell(source, store_history=True)
        return capsys.readouterr().out

    cells(*given)
    yield cells
    InteractiveShell.clear_instance()


def test_an_answer_that_stands_alone_is_content_and_says_how_far_one_is(run):
    said = run(ANSWER.replace("HELPER", FORMULA), CHECK)
    assert re.fullmatch(r"✓ output_size\n  \(1 of \d tasks, 2 of 20 points\)\n", said), said


@pytest.mark.parametrize(
    ("elsewhere", "helper", "name"),
    [
        (
            "def windows(room, s): return room // s + 1",
            "windows(input_size + 2 * padding - kernel_size, stride)",
            "windows",
        ),
        ("import math", FORMULA.replace("//", "//math.trunc(1)//"), "math"),
        ("from math import trunc as cut", FORMULA.replace("//", "//cut(1)//"), "cut"),
        ("ONE = 1", FORMULA.replace("+ 1", "+ ONE"), "ONE"),
        ("class One:\n    value = 1", FORMULA.replace("+ 1", "+ One.value"), "One"),
        ("for ONE in [1]: pass", f"[{FORMULA.replace('+ 1', '+ ONE')} for _ in range(1)][0]", "ONE"),
        ("ONE = 1", FORMULA.replace("+ 1", "+ (lambda: ONE)()"), "ONE"),
        ("globals()['ONE'] = 1", FORMULA.replace("+ 1", "+ ONE"), "ONE"),
    ],
)
def test_what_stands_in_another_cell_is_told_with_both_cells(elsewhere, helper, name, run):
    said = run(elsewhere, ANSWER.replace("HELPER", helper), CHECK)
    assert f"✗ output_size: right, but `{name}` stands in another cell" in said
    assert "Move it into the cell of `output_size`" in said and "✓" not in said
    if "globals" not in elsewhere:
        assert re.search(r"another cell \[\d+\]", said)
        said = run(elsewhere + ANSWER.replace("HELPER", helper), CHECK)
        assert "✓ output_size" in said, "in its own cell it is content"


def test_defaults_bases_and_decorators_count_and_so_does_a_cell_that_was_given_and_changed(run):
    assert "`ONE` stands" in run(
        "ONE = 1", ANSWER.replace("padding)", "padding, one=ONE)").replace("HELPER", FORMULA), CHECK
    )
    assert "`same` stands" in run("def same(f): return f", "@same" + ANSWER.replace("HELPER", FORMULA), CHECK)
    given = "import torch, math\nfrom torch import nn\nfrom utils.checks import convolution_arithmetic as check"
    assert "`math` stands" in run(given, ANSWER.replace("HELPER", f"math.trunc({FORMULA})"), CHECK)


def test_what_the_page_gives_and_what_other_answers_define_stays(run):
    other = "def correlate(image, kernel, stride, padding):\n    return image\nCELLS = 1"
    said = run(
        other, ANSWER.replace("HELPER", f"{FORMULA} + 0 * CELLS * len(nn.__name__) + 0 * (built is None)"), CHECK
    )
    assert "✓ output_size" in said


def test_a_wrong_answer_hears_of_its_mistake_first(run):
    said = run("ONE = 1", ANSWER.replace("HELPER", "(input_size - kernel_size) // stride + ONE"), CHECK)
    assert "padding is missing" in said


def test_a_task_that_is_spoilt_again_counts_no_more(run):
    right = ANSWER.replace("HELPER", FORMULA)
    pool = "def repaired(): return nn.Identity()"
    assert "(1 of" in run(right, CHECK)
    run(ANSWER.replace("HELPER", "0"), CHECK)
    run(pool, "check.repaired(repaired)")
    assert notebook.standing("repaired", False).strip().startswith("(0 of")
    assert "(1 of" in run(right, CHECK)


def test_outputs_that_were_kept_count(monkeypatch, tmp_path):
    page = json.loads(assignments()[0].exercise.read_text())
    for cell in page["cells"]:
        if "check.correlate(" in "".join(cell["source"]):
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["✓ correlate\n", "  (…)\n"]}]
        if "check.repaired(" in "".join(cell["source"]):
            cell["outputs"] = [
                {"output_type": "error", "ename": "Mistake", "evalue": "✗ repaired: ✓ correlate", "traceback": []}
            ]
    folder = tmp_path / "01_convolution_arithmetic"
    folder.mkdir()
    (folder / "01_convolution_arithmetic.ipynb").write_text(json.dumps(page))
    monkeypatch.setattr(pages, "EXERCISES", tmp_path)
    assert pages.content(pages.page_of("convolution_arithmetic")) == {"correlate"}
    monkeypatch.setattr(progress, "EXERCISES", tmp_path)
    _, row, *_ = progress.progress().splitlines()
    assert re.fullmatch(r"01 Convolution arithmetic +1 of \d +3 of 20", row), row


@pytest.mark.parametrize("assignment", assignments(), ids=lambda assignment: assignment.file)
def test_a_page_knows_its_tasks_and_what_its_own_cells_give(assignment):
    page = pages.read(assignment.exercise)
    assert page["metadata"]["course"] == json.loads(json.dumps(pages.description(page["cells"])))
    graded = [
        cell["metadata"]["nbgrader"] for cell in page["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    assert [part.points for part in pages.parts_of(page)] == [role["points"] for role in graded]
    assert "check" in page["metadata"]["course"]["given"] or not page["metadata"]["course"]["checks"]
    checks = [
        cell
        for cell in page["cells"]
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    assert all("raises-exception" in cell["metadata"]["tags"] for cell in checks), "Run All goes on"


def test_the_command_has_a_row_for_each_assignment_that_is_here():
    done = subprocess.run([sys.executable, "-m", "utils.checks"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" of 20\n") == sum(each.lecture.house for each in assignments())


def test_outside_of_a_notebook_nothing_is_said():
    assert notebook.standing("output_size", True) == ""
