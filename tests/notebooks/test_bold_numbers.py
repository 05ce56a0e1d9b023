"""Every bold number of the syllabus that a lecture must compute stands in one of its marked, checked outputs."""

import re

import nbformat
import pytest

from utils.notebooks.course import lectures

FACTS = {
    "01": [
        "[[19, 25], [37, 43]]",
        "44, 54, 64, 84, 94",
        "[[56, 72], [104, 120]]",
        "(8, 5, 4)",
        "(4, 3, 0, 1) → 2",
        "(5, 4, 2, 1) → 6",
        "(5, 3, 0, 2) → 2",
        "200×200",
        "31 % of the pixels are gone",
        "[128, 64, 3, 3]",
        "[128]",
        "[[4, 5], [7, 8]]",
        "27·C²",
        "49·C²",
    ],
    "03": ["795,010", "716,706", "640", "73,856", "640,200", "2,010"],
}


def marked_outputs(lecture) -> str:
    """The text of all outputs that nbval compares on every run."""
    text = []
    for cell in nbformat.read(lecture.notebook, as_version=4).cells:
        if cell.cell_type == "code" and "# NBVAL_CHECK_OUTPUT" in cell.source:
            for output in cell.outputs:
                text.append(output.get("text", "") or output.get("data", {}).get("text/plain", ""))
    return "\n".join(text)


@pytest.mark.parametrize("number, fact", [(number, fact) for number in FACTS for fact in FACTS[number]])
def test_the_fact_is_computed_and_checked(number, fact):
    lecture = next(lecture for lecture in lectures() if lecture.number == number)
    pattern = r"(?<![\d,.])" + re.escape(fact) + r"(?![\d]|,\d)"
    assert re.search(pattern, marked_outputs(lecture)), fact
