"""Values, shapes and errors in words for a learner."""

import traceback
from pathlib import Path

from torch import Tensor


def shape_of(tensor: Tensor) -> str:
    """A shape in words: 4×6."""
    return "×".join(map(str, tensor.shape))


def a_value(value: object) -> str:
    """A value's type, and a short value itself."""
    if value is None:
        return "None (is there a `return`?)"
    text = f"{type(value).__name__}"
    return f"{text} {value!r}" if type(value) in (int, float, bool, str) and len(repr(value)) < 40 else text


def error_in_words(error: BaseException) -> str:
    """Its kind and what it says, cut after 300 characters."""
    return f"{type(error).__name__}: {error}"[:300].rstrip(". ")


def where_it_failed(error: BaseException) -> str:
    """The error, and the learner's own line that led to it."""
    outside = (str(Path(__file__).parent), "site-packages", "dist-packages", "importlib")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in outside)]
    place = f" in line {own[-1].lineno} of its cell: `{own[-1].line}`" if own and own[-1].line else ""
    return f"your code raised {error_in_words(error)}{place}"
