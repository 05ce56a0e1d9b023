"""What is committed of every lecture: pairs that agree, current headers, real outputs, words for every picture."""

import ast
import copy
import math
import re

import nbformat
import pytest

from utils.course import LECTURES, colab_address, house, lectures
from utils.notebooks.build import read
from utils.notebooks.folding import fold
from utils.notebooks.header import is_header
from utils.notebooks.readme import CITATION, README, citation, readme
from utils.notebooks.renewing import renew_widgets

LARGEST = 1_000_000  # bytes: GitHub shows no notebook that is larger


def cells(lecture):
    return nbformat.read(lecture.notebook, as_version=4).cells


def outputs(lecture):
    for number, cell in enumerate(cells(lecture)):
        for output in cell.get("outputs", []):
            yield number, output


def test_every_file_is_in_the_map():
    listed = {lecture.file for lecture in lectures()}
    for kind in ("py", "ipynb"):
        unlisted = {path.stem for path in LECTURES.glob(f"*.{kind}")} ^ listed
        assert not unlisted, f"a row in lectures/course.toml for each lectures/*.{kind}, and the other way round"


def test_the_pair_agrees_and_the_header_is_current(lecture):
    """Built anew from its .py and the template, the notebook has the very cells that are committed, and folds."""
    built = read(lecture)
    fold(built)
    expected = [(cell.id, cell.cell_type, cell.source, dict(cell.metadata)) for cell in built.cells]
    committed = [(cell.id, cell.cell_type, cell.source, dict(cell.metadata)) for cell in cells(lecture)]
    assert committed == expected, f"run: make notebooks ONLY={lecture.number}"
    header = [cell for cell in read(lecture).cells if is_header(cell)]
    for cell in header:
        text = cell.source if cell.cell_type == "code" else "".join(f"# {x}\n" for x in cell.source.splitlines())
        assert text.replace("# \n", "#\n").strip() in lecture.script.read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "renewed"), [(README, readme), (CITATION, citation)])
def test_readme_and_citation_say_what_the_course_is(path, renewed):
    text = path.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: make notebooks"


def test_it_was_run_from_top_to_bottom_without_an_error(lecture):
    code = [cell for cell in cells(lecture) if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for _, output in outputs(lecture) if output.output_type == "error"]
    stderr = [o.text for _, o in outputs(lecture) if o.output_type == "stream" and o.name == "stderr"]
    assert not stderr, "a committed lecture shows no warnings"


def test_every_prediction_waits_for_an_answer(lecture):
    """Whatever is printed or drawn between "Predict first" and the text after it is folded, its first line too."""
    asked = answers = 0
    for cell in cells(lecture):
        if cell.cell_type == "markdown":
            assert not asked or answers or "Predict first" not in cell.source, "a question that nothing answers"
            asked = "Predict first" in cell.source or (asked and not answers)
            answers = 0
        elif asked and cell.outputs and "PredictFirst(" not in cell.source:
            answers += 1
            assert cell.metadata.jupyter.outputs_hidden and cell.outputs[0].get("data") == {}, cell.source
    assert not asked or answers


def test_it_asks_and_counts(lecture):
    """From the first lecture with an idea on, something is typed in and judged, and at the end the score is shown."""
    calls = [
        call
        for cell in cells(lecture)
        if cell.cell_type == "code" and not cell.source.startswith("%")
        for call in ast.walk(ast.parse(cell.source))
        if isinstance(call, ast.Call)
    ]
    names = [getattr(call.func, "attr", getattr(call.func, "id", "")) for call in calls]
    asked = {call.args[0].value for call, name in zip(calls, names, strict=True) if name == "PredictFirst"}
    scores = [call for call, name in zip(calls, names, strict=True) if name == "PredictionScore"]
    if lecture.house:
        assert bool(asked) == (lecture.number != "00"), "PredictFirst and its score; or take `house` out of its row"
    assert "Question" not in names or not lecture.house, "the answers stand in the cell"
    assert [set(ast.literal_eval(score.keywords[0].value)) for score in scores] == ([asked] if asked else [])


def test_its_outputs_come_from_real_data_and_name_no_machine(lecture):
    text = lecture.notebook.read_text(encoding="utf-8")
    assert "BUNDLED SAMPLE" not in text, "build it on a machine that has the real data"
    for _, output in outputs(lecture):
        if output.output_type == "stream":
            assert not re.search(r"/(home|root|tmp|Users)/", output.text)


def test_its_widgets_are_drawn_by_the_javascript_of_today(lecture):
    committed = nbformat.read(lecture.notebook, as_version=4)
    renewed = copy.deepcopy(committed)
    renew_widgets(renewed, colab_address(lecture), take=lambda pages: {})
    assert renewed == committed, f"run: make notebooks ONLY={lecture.number}"


def test_its_widgets_have_pictures(chromium, lecture):
    """`make notebooks` takes them where there is Chromium, and anew where a widget has changed."""
    for number, output in outputs(lecture):
        if 'class="cnn-static"' in (shown := output.get("data", {}).get("text/html", "")):
            assert "<img data-of=" in shown, f"cell {number}: run make notebooks ONLY={lecture.number}"


def test_every_picture_has_alternative_text(lecture):
    for number, output in outputs(lecture):
        data = output.get("data", {})
        for kind in data:
            if kind.startswith("image/"):
                alt = output.metadata.get(kind, {}).get("alt", "")
                assert len(alt) > 30, f"cell {number}: an {kind} without words for it"
        for image in re.findall(r"<img[^>]*>", data.get("text/html", "")):
            assert re.search(r'alt="[^"]{30,}"', image), f"cell {number}: an <img> without words for it"
    for number, cell in enumerate(cells(lecture)):
        if cell.cell_type == "markdown":
            assert not re.search(r"!\[\]", cell.source), f"cell {number}: an image without words for it"


def test_it_is_small_and_holds_no_live_widget(lecture):
    assert lecture.notebook.stat().st_size < LARGEST
    for number, output in outputs(lecture):
        assert len(str(output)) < 0.6 * LARGEST, f"cell {number} has too large an output"
        assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})
    assert "widgets" not in nbformat.read(lecture.notebook, as_version=4).metadata


def test_no_cell_is_longer_than_a_screen(lecture):
    longest = house().lines if lecture.house else math.inf  # see [house] in lectures/course.toml
    for number, cell in enumerate(cells(lecture)):
        assert len(cell.source.splitlines()) <= longest, f"cell {number}"


def test_links_between_files_lead_somewhere(lecture):
    for cell in cells(lecture):
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", cell.source):
                assert (LECTURES / target).exists(), target


def test_readme_links_lead_somewhere():
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).exists(), target


@pytest.mark.parametrize("bad", ["missing", "broken"])
def test_these_checks_can_fail(bad):
    """The regular expressions above, tried on what they must catch."""
    html = {"missing": '<img src="x">', "broken": '<img src="x" alt="too short">'}[bad]
    assert not re.search(r'alt="[^"]{30,}"', re.findall(r"<img[^>]*>", html)[0])
