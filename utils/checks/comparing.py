"""Comparing what an answer returned with what is right, and with what comes out of mistakes known by name."""

from collections.abc import Iterable
from numbers import Integral, Real

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.wording import a_value


def is_tuple_of(number: int, value: object) -> bool:
    """Whether an answer is a tuple, or a list, of so many."""
    return isinstance(value, tuple | list) and len(value) == number


def require_tensor(value: object, case: str) -> None:
    """Raise `Mistake` unless ``value`` is a tensor of real numbers; ``case`` as in `agree`."""
    if type(value) not in (Tensor, nn.Parameter):
        hint = " `torch.cat` and `torch.stack` join a list of tensors." if isinstance(value, list) else ""
        raise Mistake(f"for {case} your function must return a torch tensor, but it returned {a_value(value)}.{hint}")
    if value.dtype.is_complex:
        raise Mistake("your function returned complex numbers.")


def require_number(value: object, case: str, kind: type) -> None:
    """Raise `Mistake` unless ``value`` is a number of a ``kind``, int or float; numpy's are, too, and an int may be a
    float.
    """
    if not isinstance(value, bool) and isinstance(value, Integral if kind is int else Real):
        return
    hint = ""
    if kind is int and isinstance(value, Real):
        hint = " Use `//` for whole numbers."
    elif hasattr(value, "item"):
        hint = " Tensors have `.item()`."
    wanted = {int: "a whole number (an int)", float: "a number (a float)"}[kind]
    raise Mistake(f"for {case} your function must return {wanted}, but it returned {a_value(value)}.{hint}")


def agree(value: object, expected: Tensor, case: str, mistakes: Iterable[tuple[str, Tensor]] = ()) -> None:
    """Raise `Mistake` unless ``value`` is a tensor of the expected shape and values.

    ``case`` says what was asked, such as "image 4×6, kernel 2×3". ``mistakes`` are pairs: what to tell the
    learner, and the tensor that comes out if that mistake is made.
    """
    require_tensor(value, case)
    if nearly_equal(value, expected):
        return
    for message, wrong in mistakes:
        if nearly_equal(value, wrong):
            raise Mistake(f"{message} (Tried with {case.rstrip(',')}.)")
    if value.shape != expected.shape:
        raise Mistake(f"for {case} the shape must be {tuple(expected.shape)}, but yours is {tuple(value.shape)}.")
    if value.dtype.is_floating_point and not value.isfinite().all():
        raise Mistake(f"for {case} some of your numbers are nan or inf.")
    if expected.ndim == 0:
        raise Mistake(f"for {case} the answer is {expected.item():.6g}, but yours is {value.item():.6g}.")
    wrong = ~_within(value, expected)
    first = tuple(wrong.nonzero()[0].tolist())
    raise Mistake(
        f"for {case} the shape is right, but {wrong.sum()} of {wrong.numel()} numbers are not. The first is at "
        f"{list(first)}: {expected[first].item():.6g} is right, yours is {value[first].item():.6g}."
    )


def agree_numbers(
    values: list, expected: list, cases: list[str], mistakes: Iterable[tuple[str, list]], kind: type = int
) -> None:
    """Raise `Mistake` unless every value is an int (or float) and right, as `agree` does for tensors.

    A mistake is named only if it explains all values: one number is right or wrong by chance too easily.
    """
    for value, case in zip(values, cases, strict=True):
        require_number(value, case, kind)
    values = list(map(kind, values))  # a class of its own must not bring its own arithmetic

    def same(some: list, others: list) -> bool:
        return all(abs(one - other) <= 1e-5 * max(1, abs(other)) for one, other in zip(some, others, strict=True))

    if same(values, expected):
        return
    for message, wrong in mistakes:
        if same(values, wrong):
            raise Mistake(message)
    for value, right, case in zip(values, expected, cases, strict=True):
        if not same([value], [right]):
            form = "," if kind is int else ".6g"
            raise Mistake(f"for {case} the answer is {right:{form}}, but yours is {value:{form}}.")


def nearly_equal(value: Tensor, expected: Tensor) -> bool:
    """Whether two tensors have one shape and, within what their number formats can hold, the same values."""
    return value.shape == expected.shape and bool(_within(value, expected).all())


def _within(value: Tensor, expected: Tensor) -> Tensor:
    """Per number: is the difference below the root of the number format's precision, beside the largest?"""
    formats = [tensor.dtype for tensor in (value, expected) if tensor.dtype.is_floating_point]
    tolerance = max((torch.finfo(dtype).eps ** 0.5 for dtype in formats), default=0.0)
    tolerance = min(tolerance, 0.1)  # one format of 8 bits has no digits at all, and would make anything right
    value, expected = value.detach().double(), expected.detach().double()
    largest = expected.abs().max().item() if expected.numel() else 0.0
    return (value - expected).abs() <= tolerance * max(1.0, largest)
