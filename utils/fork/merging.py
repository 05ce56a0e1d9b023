"""Git's merge of a page: what is made from ``lectures/course.toml`` stays ours, what people wrote is merged.

``python -m utils.fork.merging BASE OURS THEIRS NAME`` is a merge driver as gitattributes(5) has them: it writes
the result into OURS, and ends with 1 if both sides wrote different things in one place. `upstream` lets git use it.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

# What `make notebooks` writes into each kind of file that people write, too.
MADE = {
    ".py": re.compile(r'^# %%[^\n]*tags=\["header"\][^\n]*\n(?:(?!# %%).*\n)*', re.MULTILINE),
    ".md": re.compile(r"\A# .*\n|^<!-- map: .*\n(?:(?!<!-- end of map).*\n)*", re.MULTILINE),
    ".cff": re.compile(
        r"^(?:title|version|repository-code): .*\n|^(?:license|references):\n(?:[ -].*\n)*", re.MULTILINE
    ),
    ".toml": re.compile(r"^\[course\]\n(?:(?!\[).*\n)*", re.MULTILINE),
}
ADDRESS = re.compile(r"https://colab\.research\.google\.com/[^\s\"'\\]*")
PLACE = "### made here: {} ###\n"


def merge(base: Path, ours: Path, theirs: Path, name: str) -> bool:
    """Merge three versions of a file into ``ours``. Whether people wrote different things in the same place."""
    if name.endswith(".ipynb"):
        untouched = _cells(ours) == _cells(base)
        if untouched or _code(ours) == _code(base) != _code(theirs):  # outputs of ours belong to code that is gone
            shutil.copyfile(theirs, ours)  # the header, and text of ours, come from the .py by `make notebooks`
        return False
    made = MADE[Path(name).suffix]
    kept = made.findall(ours.read_text(encoding="utf-8"))
    for version in (base, ours, theirs):
        numbers = iter(range(1_000))
        text = made.sub(lambda _, n=numbers: PLACE.format(next(n)), version.read_text(encoding="utf-8"))
        version.write_text(text, encoding="utf-8")
    labels = ["-L", "ours", "-L", "before", "-L", "theirs"]
    differ = subprocess.run(["git", "merge-file", *labels, str(ours), str(base), str(theirs)]).returncode != 0
    text = ours.read_text(encoding="utf-8")
    for number, part in enumerate(kept):
        text = text.replace(PLACE.format(number), part)
    ours.write_text(re.sub(PLACE.format(r"\d+"), "", text), encoding="utf-8")
    return differ


def _cells(notebook: Path) -> list[dict]:
    """All cells but the header's, without the page's own address, which stands below pictures of widgets."""
    text = ADDRESS.sub("", notebook.read_text(encoding="utf-8"))
    return [cell for cell in json.loads(text)["cells"] if "header" not in cell["metadata"].get("tags", [])]


def _code(notebook: Path) -> list:
    return [cell["source"] for cell in _cells(notebook) if cell["cell_type"] == "code"]


if __name__ == "__main__":
    sys.exit(merge(*map(Path, sys.argv[1:4]), sys.argv[4]))
