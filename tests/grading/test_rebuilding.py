"""Answers are found again whatever an editor has dropped, and nothing else of a student's is run."""

import json
import time

import pytest

from tests.grading.conftest import RIGHT
from utils.course import assignments
from utils.grading.parsing import read_cells
from utils.grading.rebuilding import Paper, another_assignment, answers, rebuild


def without(*names):
    def edit(notebook):
        for cell in notebook["cells"]:
            for name in names:
                cell.pop(name, None)
            if "metadata" in names:
                cell["metadata"] = {}

    return edit


def with_extra_cells(notebook):
    for place in (9, 5, 3):
        extra = {"cell_type": "code", "metadata": {}, "source": f"print({place})", "outputs": []}
        notebook["cells"].insert(place, extra)
    without("metadata", "id")(notebook)


def colab(notebook):
    for cell in notebook["cells"]:
        cell["metadata"] = {"id": cell.pop("id")}


def reverse(notebook):
    notebook["cells"].reverse()


@pytest.mark.parametrize("edit", [None, without("id"), without("metadata"), without("metadata", "id"), colab, reverse])
def test_answers_are_found(edit, submission, paper):
    rebuilt = rebuild(paper, read_cells(submission(edit, two="two = 'mine'")))
    assert answers(rebuilt.notebook)["two"] == "two = 'mine'"
    assert answers(rebuilt.notebook)["words"] == "Because."
    assert (rebuilt.doubts, rebuilt.notes, rebuilt.untouched) == ([], [], set())


def foreign(*names):
    """All that is left says something that the paper does not know."""

    def edit(notebook):
        without(*names)(notebook)
        for number, cell in enumerate(notebook["cells"]):
            if details := cell["metadata"].get("nbgrader"):
                details["grade_id"] = f"cell-{number}"

    return edit


@pytest.mark.parametrize("edit", [foreign(), foreign("id")])
def test_answers_are_found_under_foreign_grade_ids(edit, submission, paper):
    rebuilt = rebuild(paper, read_cells(submission(edit, two="two = 'mine'")))
    assert answers(rebuilt.notebook)["two"] == "two = 'mine'"
    assert rebuilt.untouched == set() and rebuilt.doubts == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n\n",
        lambda text: text.replace("\n", "  \n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("    ", "\t"),
        lambda text: text if "def" in text else "\n" + text.replace(" ", "\u00a0"),
    ],
)
@pytest.mark.parametrize("names", [("metadata", "id"), ("metadata",), ()])
def test_what_an_editor_does_to_lines_costs_nothing(change, names, submission, numbers, paper):
    def edit(notebook):
        for cell in notebook["cells"]:
            cell["source"] = change("".join(cell["source"]))
        without(*names)(notebook)

    rebuilt = rebuild(paper, read_cells(submission(edit)))
    assert (rebuilt.doubts, rebuilt.notes, rebuilt.untouched) == ([], [], set())
    stubs = json.loads(numbers.exercise.read_text())
    edit(stubs)
    assert rebuild(paper, read_cells(json.dumps(stubs).encode())).untouched == {*RIGHT}


def test_an_answer_that_may_be_elsewhere_sends_a_person(submission, paper):
    def lost(notebook):
        notebook["cells"].reverse()
        without("metadata", "id")(notebook)

    reasons = rebuild(paper, read_cells(submission(lost))).doubts
    assert "The answer one was not found, and there are cells that belong to no task." in reasons


def test_a_deleted_answer_is_said_to_the_student(submission, paper):
    def deleted(notebook):
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "two"]

    rebuilt = rebuild(paper, read_cells(submission(deleted)))
    assert rebuilt.notes == ["The answer two was not found."] and rebuilt.doubts == []


@pytest.mark.parametrize("distance", [1, 2])
def test_an_answer_in_a_new_cell_below_its_stub_sends_a_person(distance, numbers, submission, paper):
    stub = next(c["source"] for c in json.loads(numbers.exercise.read_text())["cells"] if c["id"] == "two")

    def below(notebook):
        place = [cell["id"] for cell in notebook["cells"]].index("two") + distance
        new = {"cell_type": "code", "metadata": {}, "source": "def two():\n    return 2", "outputs": []}
        notebook["cells"].insert(place, new)

    rebuilt = rebuild(paper, read_cells(submission(below, two="".join(stub))))
    assert rebuilt.doubts == ["The answer two is as it was given, and a new cell stands below it."]
    assert rebuild(paper, read_cells(submission(below))).doubts == [], "scratch beside an answer"


@pytest.mark.parametrize("edit", [None, without("metadata", "id"), without("metadata")])
def test_another_assignment_is_recognised(edit, submission, paper, numbers):
    own, other = (Paper.of(each) for each in assignments()[:2])
    theirs = json.loads(assignments()[1].exercise.read_text())
    if edit:
        edit(theirs)
    cells = read_cells(json.dumps(theirs).encode())
    assert another_assignment(own, cells, assignments()) == other.name
    assert another_assignment(other, cells, assignments()) is None
    assert another_assignment(paper, read_cells(submission()), assignments()) is None


def test_what_is_run_is_the_assignment(submission, paper):
    def hostile(notebook):
        for cell in notebook["cells"]:
            if "solution" not in cell["metadata"].get("nbgrader", {}):
                cell["source"] = "import evil"
        notebook["cells"].insert(0, {"cell_type": "code", "metadata": {}, "source": "import evil", "outputs": []})

    rebuilt = rebuild(paper, read_cells(submission(hostile))).notebook
    assert "evil" not in json.dumps(rebuilt)
    ids = [cell.id for cell in paper.complete.cells]
    assert [cell.id for cell in rebuilt.cells] == ids
    tests = [cell.source for cell in rebuilt.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    assert all("HIDDEN TESTS" in test for test in tests)


def test_added_cells_are_not_run_and_the_student_is_told(submission, paper):
    rebuilt = rebuild(paper, read_cells(submission(with_extra_cells)))
    assert "print(" not in json.dumps(rebuilt.notebook)
    assert "were not run" in rebuilt.notes[0]


def test_many_cells_that_could_be_the_answer_cost_no_minutes(submission, paper):
    letters = "".join(map(chr, range(32, 127))) * 100  # much to compare: none is rare, none is common

    def flood(notebook):
        without("metadata", "id")(notebook)
        decoy = {"cell_type": "code", "metadata": {}, "source": letters, "outputs": []}
        notebook["cells"][4:4] = [decoy] * 1500

    began = time.process_time()
    rebuilt = rebuild(paper, read_cells(submission(flood)))
    assert time.process_time() - began < 1
    assert len(answers(rebuilt.notebook)) == 4


def test_an_untouched_release(numbers, paper):
    rebuilt = rebuild(paper, read_cells(numbers.exercise.read_bytes()))
    assert rebuilt.untouched == {"one", "two", "three", "words"}
    assert (rebuilt.doubts, rebuilt.notes) == ([], [])
    assert "return 1" not in json.dumps(rebuilt.notebook), "no solution stands in for a missing answer"


def test_an_answer_that_is_there_twice(submission, paper):
    def twice(notebook):
        copy = dict(next(cell for cell in notebook["cells"] if cell["id"] == "two"))
        notebook["cells"].append(copy | {"source": "two = 'second'", "id": "other"})

    rebuilt = rebuild(paper, read_cells(submission(twice)))
    assert "two is there 2 times" in rebuilt.doubts[0]
    assert "second" not in answers(rebuilt.notebook)["two"]


def test_an_emptied_answer_is_none(submission, paper):
    rebuilt = rebuild(paper, read_cells(submission(words=" \n")))
    assert rebuilt.untouched == {"words"}


def test_points_that_were_changed_and_not_released(numbers, tmp_path):
    changed = json.loads(numbers.notebook.read_text())
    details = [cell["metadata"].get("nbgrader", {}) for cell in changed["cells"]]
    next(each for each in details if each.get("grade"))["points"] += 1
    (tmp_path / "changed.ipynb").write_text(json.dumps(changed))
    with pytest.raises(ValueError, match="as it is now: run `make exercises`"):
        Paper.read(numbers.file, tmp_path / "changed.ipynb", numbers.exercise)


def test_a_stub_beside_the_answer_is_no_second_answer(numbers, submission, paper):
    stub = next(cell for cell in json.loads(numbers.exercise.read_text())["cells"] if cell["id"] == "two")

    def with_stub(notebook):
        notebook["cells"].insert(0, stub)

    rebuilt = rebuild(paper, read_cells(submission(with_stub)))
    assert rebuilt.doubts == []
    assert "return 2" in answers(rebuilt.notebook)["two"]


def test_a_release_that_does_not_belong_to_its_solution(numbers, tmp_path):
    notebook = json.loads(numbers.exercise.read_text())
    notebook["cells"].pop()
    other = tmp_path / "other.ipynb"
    other.write_text(json.dumps(notebook))
    with pytest.raises(ValueError, match="make exercises"):
        Paper.read("77_numbers", numbers.notebook, other)
