"""How two versions of a page's outputs are merged: those that belong to the code that comes out."""

import json

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils.fork.merging import merge

COLAB = "https://colab.research.google.com/github/{}/blob/v1/lectures/01.ipynb"


def page(who: str, code: str, text: str = "A text.", shown: str = "") -> str:
    """A page with the outputs of somebody's machine: a picture of a widget, which leads to the page's own address."""
    html = f'{shown or code}<a href="{COLAB.format(who)}">in Colab</a>'
    output = new_output("display_data", {"text/html": html})
    header = new_markdown_cell(who, metadata={"tags": ["header"]}, id="header")
    cells = [header, new_markdown_cell(text, id="text"), new_code_cell(code, outputs=[output], id="code")]
    return json.dumps(new_notebook(cells=cells))


BASE = page("them/course", "1 + 1")


@pytest.mark.parametrize(
    ("ours", "theirs", "taken"),
    [
        (page("us/course", "1 + 1"), page("them/course", "1 + 1", shown="a figure of today"), "theirs"),
        (page("us/course", "1 + 1"), page("them/course", "2 + 2"), "theirs"),
        (page("us/course", "1 + 1", "Un texto."), page("them/course", "2 + 2"), "theirs"),
        (page("us/course", "1 + 1", shown="of our machine"), page("them/course", "2 + 2"), "theirs"),
        (page("us/course", "1 + 1", shown="of our machine"), page("them/course", "1 + 1", "A better text."), "ours"),
        (page("us/course", "3 + 3"), page("them/course", "2 + 2"), "ours"),
        (page("us/course", "3 + 3"), page("them/course", "1 + 1", "A better text."), "ours"),
    ],
)
def test_outputs_come_with_the_code_that_made_them(tmp_path, ours, theirs, taken):
    """So that `make merge` runs a lecture only where both sides have changed its code."""
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, (BASE, ours, theirs), strict=True):
        file.write_text(text, "utf-8")
    assert not merge(*files, "lectures/01.ipynb")
    assert files[1].read_text("utf-8") == {"ours": ours, "theirs": theirs}[taken]


CITATION = 'title: "{}"\nversion: "{}"\nrepository-code: "x"\nauthors:\n  - name: {}\nlicense:\n  - MIT\n  - {}\n'


def test_what_is_made_of_a_citation_stays_ours_and_the_rest_is_merged(tmp_path):
    """Both have another version, name and licence than before; they alone have added to the authors."""
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    said = [("A", "1", "Ann", "CC-BY-4.0"), ("B", "1.1", "Ann", "CC-BY-SA-4.0"), ("C", "2", "Ann, Bo", "CC0-1.0")]
    for file, words in zip(files, said, strict=True):
        file.write_text(CITATION.format(*words), "utf-8")
    assert not merge(*files, "CITATION.cff")
    assert files[1].read_text("utf-8") == CITATION.format("B", "1.1", "Ann, Bo", "CC-BY-SA-4.0")
