"""The README's map of lectures, from the same table as everything else."""

from utils.course import ROOT, colab_address, lectures
from utils.files import written_whole

README = ROOT / "README.md"
_BEGIN, _END = "<!-- map: written by `make notebooks` -->", "<!-- end of map -->"


def map_of_lectures() -> str:
    """A Markdown table: number and title, what it is about, how long it takes, and its Colab badge."""
    rows = ["| Lecture | What you will find out | Minutes | |", "|---|---|--:|---|"]
    for lecture in lectures():
        badge = f"[![Open in Colab](lectures/images/open-in-colab.svg)]({colab_address(lecture)})"
        link = f"[{lecture.number} · {lecture.title}](lectures/{lecture.file}.ipynb)"
        rows.append(f"| {link} | {lecture.about} | {lecture.minutes} | {badge} |")
    return "\n".join(rows)


def with_map(text: str) -> str:
    """``text`` with the table between its two marks renewed."""
    before, rest = text.split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}\n{map_of_lectures()}\n{_END}{after}"


def write_map() -> None:
    """Renew the table in README.md."""
    text = with_map(README.read_text(encoding="utf-8"))
    with written_whole(README) as file:
        file.write(text.encode())
