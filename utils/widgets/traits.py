"""Settings of a widget that check themselves, and never throw into the notebook.

A setting that cannot be is explained in the widget: `Checked` keeps the value that was there and hands the reason
to ``explain`` of the widget it belongs to. Values arrive from Python and, as JSON, from the page; both are checked.
"""

import base64
import math
import reprlib
from collections.abc import Sequence

from traitlets import TraitType

from utils.arithmetic import integer, pair
from utils.text import clean


class Checked(TraitType):
    """A synchronised setting whose ``check`` returns the value to keep, or says in a ValueError what is wrong."""

    def __init__(self, default):
        super().__init__(default_value=default)
        self.tag(sync=True)

    def check(self, value):
        raise NotImplementedError

    def validate(self, widget, value):
        kept = widget._trait_values.get(self.name, self.default_value)
        try:
            checked = self.check(value)
        except (TypeError, ValueError, OverflowError) as error:
            widget.explain(self.name, str(error))
            return kept
        if checked != kept:  # traitlets validates a kept value once more: that must not take the reason away
            widget.explain(self.name, "")
        return checked


class Whole(Checked):
    """A whole number from ``least`` to ``most``."""

    def __init__(self, default: int, least: int, most: int):
        super().__init__(default)
        self.least, self.most = least, most

    def check(self, value) -> int:
        return _at_most(self.name, integer(self.name, plain(value), self.least), self.most)


class Pair(Checked):
    """(height, width), given as one whole number for both or as two, each from ``least`` to ``most``."""

    def __init__(self, default: tuple[int, int], least: int, most: int):
        super().__init__(default)
        self.least, self.most = least, most

    def check(self, value) -> tuple[int, int]:
        both = pair(self.name, plain(value), self.least)
        return tuple(_at_most(self.name, one, self.most) for one in both)


class Matrix(Checked):
    """Rows of numbers, at most ``most`` rows and columns. Takes lists, arrays and tensors of shape (H, W)."""

    LARGEST = 10_000  # what fits in a cell

    def __init__(self, default: list[list[float]], most: int):
        super().__init__(default)
        self.most = most

    def check(self, value) -> list[list[float]]:
        rows = plain(value)
        if not _is_list(rows) or not rows or not all(_is_list(row) and row for row in rows):
            raise TypeError(
                f"{self.name} must have shape (H, W), rows of numbers, and not {_short(value)}: "
                "choose one image and one channel"
            )
        height, width = len(rows), len(rows[0])
        if any(len(row) != width for row in rows):
            raise ValueError(f"{self.name} must have rows of one length, not of {[len(row) for row in rows][:9]}")
        if max(height, width) > self.most:
            raise ValueError(
                f"{self.name} has {height}×{width} cells, and this widget shows at most {self.most}×{self.most}: "
                "pass a part of it"
            )
        return [[number(self.name, cell, self.LARGEST) for cell in row] for row in rows]


class Pixels(Matrix):
    """A grey picture, (H, W), or one in colour, (3, H, W) from 0 to 255.

    One in colour is kept as ``{"size": [H, W], "bytes": "…"}``, its bytes channel after channel in base64: as numbers
    it would take three times as much of a notebook.
    """

    def check(self, value) -> list | dict:
        value = plain(value)
        if isinstance(value, dict):  # from the page
            place = f"size of {self.name}"
            height, width = (_at_most(place, side, self.most) for side in pair(place, value.get("size"), least=1))
            try:
                count = len(base64.b64decode(value.get("bytes"), validate=True))
            except (TypeError, ValueError):
                count = None
            if count != 3 * height * width:
                raise ValueError(f"{self.name} does not have the bytes of three channels of {height}×{width}")
            return value
        if not (_is_list(value) and value and _is_list(value[0]) and value[0] and _is_list(value[0][0])):
            return super().check(value)
        if len(value) != 3:
            raise ValueError(f"{self.name} must have shape (H, W) or (3, H, W), and this one has {len(value)} channels")
        planes = [super(Pixels, self).check(plane) for plane in value]
        if len({(len(plane), len(plane[0])) for plane in planes}) > 1:
            raise ValueError(f"{self.name} must have three channels of one size")
        cells = [cell for plane in planes for row in plane for cell in row]
        if not all(isinstance(cell, int) and 0 <= cell <= 255 for cell in cells):
            raise ValueError(f"{self.name} in colour must hold whole numbers from 0 to 255, as photographs do")
        size = [len(planes[0]), len(planes[0][0])]
        return {"size": size, "bytes": base64.b64encode(bytes(cells)).decode()}


class Choice(Checked):
    """One of a few values."""

    def __init__(self, *options):
        super().__init__(options[0])
        self.options = options

    def check(self, value):
        # 1 == True, but somebody who wrote 1 did not mean True
        if any(type(value) is type(option) and value == option for option in self.options):
            return value
        known = ", ".join(repr(option) for option in self.options)
        raise ValueError(f"{self.name}={_short(value)} is not known: use one of {known}")


class Words(Checked):
    """A line of text."""

    LONGEST = 2_000

    def check(self, value) -> str:
        if not isinstance(value, str) or len(value) > self.LONGEST:
            raise TypeError(f"{self.name}={_short(value)} must be a text of at most {self.LONGEST:,} characters")
        return clean(value)


def number(name: str, value, largest: float) -> float:
    """``value`` if it is a finite number no larger than ``largest``; a whole float as an int.

    Raises:
        TypeError: it is not a number.
        ValueError: it is NaN or too large.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must hold numbers, and {_short(value)} is a {type(value).__name__}")
    if not math.isfinite(value) or abs(value) > largest:
        raise ValueError(f"{name} holds {_short(value)}, and a cell shows numbers from −{largest:,} to {largest:,}")
    return int(value) if value == int(value) else float(value)


def _at_most(name: str, value: int, most: int) -> int:
    if value > most:
        raise ValueError(f"{name}={_short(value)} is too large to be shown: it must be at most {most}")
    return value


def plain(value):
    """An array or a tensor as lists, anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _is_list(value) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _short(value) -> str:
    return reprlib.repr(value)
