"""The course at a glance, from its list of lectures: for lecture 00 and for the README."""

from utils.course import Lecture, colab_address, lectures

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def in_words() -> str:
    """How much there is: "Eleven lectures in about 15 hours, after a first look that takes 10 minutes."."""
    first, *others = lectures()
    count = NUMBERS[len(others)] if len(others) < len(NUMBERS) else str(len(others))
    noun = "lecture" if len(others) == 1 else "lectures"
    hours = round(sum(lecture.minutes for lecture in others) / 60)
    return f"{count.capitalize()} {noun} in about {hours} hours, after a first look that takes {first.minutes} minutes."


def map_of_lectures(folder: str = "", colab: bool = False) -> str:
    """A Markdown table: number and title, what it is about, what it needs, how long it takes, its badge for Colab.

    Args:
        folder: in which the lectures lie, as seen from the page, with a slash at its end.
    """
    rows = ["| Lecture | What you will find out | Needs | Minutes |", "|---|---|---|--:|"]
    if colab:
        rows = [f"{rows[0]} |", f"{rows[1]}---|"]
    for lecture in lectures():
        link = f"[{lecture.number} · {lecture.title}]({folder}{lecture.file}.ipynb)"
        badge = f" {_badge(lecture, folder)} |" if colab else ""
        rows.append(f"| {link} | {lecture.about} | {', '.join(lecture.needs)} | {lecture.minutes} |{badge}")
    return "\n".join(rows)


def _badge(lecture: Lecture, folder: str) -> str:
    return f"[![Open in Colab]({folder}images/open-in-colab.svg)]({colab_address(lecture)})"
