"""Values, shapes and errors in words for a learner."""

import traceback
from pathlib import Path

from torch import Tensor

HINTS = {
    "'from' to be less than 'to'": "Nothing is left to draw from: is a size taken from another axis? An image is "
    "(C, H, W).",
    "must match the size of tensor b": "Two tensors are joined number by number, and their shapes differ: are rows and "
    "columns each counted for themselves?",
    "x0 and": "A slice is empty: `[:-0]` is.",
    "not enough values to unpack": "A tuple has fewer numbers than names: not all are built alike, so ask first "
    "which kind it is.",
    "does not require grad": "Was it made under `torch.no_grad()`, or in a pass of its own?",
    "Sizes of tensors must match except in dimension": "`torch.cat` joins along the axis that you name: `dim=1` is "
    "that of the channels. All others must be equal, so look at padding, too.",
}  # what torch and Python say, or a part of it, and what to do about it


def shape_of(tensor: Tensor) -> str:
    """A shape in words: 4×6, but (4,) where one number could be taken for a value."""
    return f"({len(tensor)},)" if tensor.ndim == 1 else "×".join(map(str, tensor.shape))


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
    """The error, the learner's own line that led to it, and what to do if torch's or Python's words do not say it."""
    outside = (str(Path(__file__).parent), "site-packages", "dist-packages", "importlib")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in outside)]
    place = f" in line {own[-1].lineno} of its cell: `{own[-1].line}`" if own and own[-1].line else ""
    hint = next((f" {hint}" for words, hint in HINTS.items() if words in str(error)), "")
    if isinstance(error, NameError):
        hint = " What an answer needs must stand in its own cell: after you hand in, cells that you added are missing."
    return f"your code raised {error_in_words(error)}{place}.{hint}"
