"""Numbers and lists as a reader wants them: in tick labels, in cells, in the words that replace a picture."""

import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable

from utils.text import one_line

MINUS = "−"  # as long as the plus, unlike the hyphen


def decimals(value: float) -> int:
    """How many decimals show three significant digits: 1 for 88.1, 3 for 0.123, none for 1234."""
    if value == 0 or not math.isfinite(value):
        return 0
    return max(0, 2 - math.floor(math.log10(abs(value))))


def number(value: float, places: int | None = None) -> str:
    """A number to ``places`` decimals. Left out, to three significant digits without needless zeros."""
    text = f"{value:,.{decimals(value) if places is None else places}f}"
    if places is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def short(value: float) -> str:
    """A number for a cell: whole numbers as they are, others to two decimals, one not known yet (NaN) as "?"."""
    if math.isnan(value):
        return "?"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace("-", MINUS)


def percent(share: float, places: int = 1) -> str:
    """A share of one as a percentage to ``places`` decimals: 0.881 is "88.1 %"."""
    return f"{number(100 * share, places)} %"


def data_name(source: str) -> str:
    """What `utils.data` says of a data set, without its size and where it lay: a lecture prints those once."""
    return re.sub(r", [\d,]+ \+ [\d,]+ images, from [^;]*", "", source)


def trend(values: list[float], places: list[str], show=number) -> str:
    """How ``values`` run from the first of the named ``places`` to the last, and where their peak is between."""
    first, last = show(values[0]), show(values[-1])
    if len(values) == 1:
        return f"is {first} at {places[0]}"
    verb = "rises" if values[-1] > values[0] else "falls" if values[-1] < values[0] else "goes"
    words = f"{verb} from {first} at {places[0]} to {last} at {places[-1]}"
    for what, extreme in (("highest", max(values)), ("lowest", min(values))):
        if extreme not in (values[0], values[-1]):
            words += f", {what} {show(extreme)} at {places[values.index(extreme)]}"
    return words


def short_name(text: str, most: int = 32) -> str:
    """A name that somebody else chose, as a figure can draw it: in one line, and if it is long without its middle."""
    text = one_line(text) or "(no name)"
    if sum(map(_letters_wide, text)) > most:
        most //= max(map(_letters_wide, text))
    return text if len(text) <= most else f"{text[: (most - 1) // 2]}…{text[-((most - 1) // 2) :]}"


def filled(text: str, width: int, lines: int = 2) -> str:
    """A title or label in lines of ``width`` letters; of one that needs more lines, the beginning and the end."""
    return textwrap.fill(short_name(text, width * lines), width) if text.strip() else ""


def _letters_wide(character: str) -> int:
    """Signs such as 猫 are as wide as two letters."""
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def listing(items: Iterable[str]) -> str:
    """Items in a sentence: "a, b and c"."""
    items = list(items)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """ "1 seed", "3 seeds"; ``plural`` for nouns that do not just add an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
