"""What README.md and CITATION.cff say of the course, from ``lectures/course.toml`` as everything else."""

import json
import re

from utils.course import ROOT, course
from utils.files import written_whole
from utils.notebooks.overview import in_words, map_of_lectures

README, CITATION = ROOT / "README.md", ROOT / "CITATION.cff"
_BEGIN, _END = "<!-- map: written by `make notebooks` -->", "<!-- end of map -->"


def readme(text: str) -> str:
    """README's text with its title, and what stands between its two marks, renewed."""
    _, rest = text.split("\n", maxsplit=1)
    before, rest = rest.split(_BEGIN)
    _, after = rest.split(_END)
    credit = f"\n\n{course().credit}" if course().upstream else ""
    written = f"{in_words()}{credit}\n\n{map_of_lectures('lectures/', colab=True)}"
    return f"# {course().name}\n{before}{_BEGIN}\n{written}\n{_END}{after}"


def citation(text: str) -> str:
    """CITATION.cff's text with title, version, address, and where the course was adapted from."""
    said = course()
    for field, value in {"title": said.name, "version": said.version, "repository-code": said.address}.items():
        text = re.sub(rf"^{field}: .*$", f"{field}: {json.dumps(value, ensure_ascii=False)}", text, flags=re.MULTILINE)
    licences = f"license:\n  - MIT\n  - {said.text_licence.replace(' ', '-')}\n"
    text = re.sub(r"^license:\n(?:  - .*\n)*", licences, text, flags=re.MULTILINE)
    text = re.sub(r"^references:\n(?:[ -].*\n)*", "", text, flags=re.MULTILINE)
    if said.upstream:
        title = "The course that this one is adapted from"
        text += f"references:\n  - type: software\n    title: {title}\n    repository-code: {said.upstream}\n"
    return text


def renew() -> None:
    """Write both."""
    for path, renewed in ((README, readme), (CITATION, citation)):
        text = renewed(path.read_text(encoding="utf-8"))
        with written_whole(path) as file:
            file.write(text.encode())
