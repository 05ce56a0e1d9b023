"""Calling a learner's answer: what it raises, changes or leaves behind is told in words."""

import inspect
from collections.abc import Callable
from operator import is_

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.wording import a_value, shape_of, where_it_failed


def ask(answer: object, *arguments: object) -> object:
    """What the learner's function returns. Raises `Mistake` if it fails, or changes a tensor or a list it was given (or
    one in a list), or leaves gradients switched off.
    """
    if not callable(answer):
        raise Mistake(f"this must be a function, but it is {a_value(answer)}.")
    before = [_noted(argument) for argument in arguments]
    gradients = torch.is_grad_enabled()
    try:
        result = answer(*arguments)
    except (Exception, SystemExit) as error:
        if isinstance(error, NotImplementedError) and not str(error):  # torch raises it too, with words
            raise Mistake("not written yet. Put your code where `raise NotImplementedError()` stands.") from None
        raise Mistake(f"{where_it_failed(error)}.{_called_with(arguments)}") from None
    finally:
        switched_off = torch.is_grad_enabled() != gradients
        torch.set_grad_enabled(gradients)
    if switched_off:
        raise Mistake(
            "your function leaves gradients switched off for all that follows. `with torch.no_grad():` switches them "
            "on again at its end."
        )
    for place, (now, note) in enumerate(zip(arguments, before, strict=True)):
        if not _is_as_noted(now, note):
            name = _parameter(answer, place)
            hint = f"`sorted({name})` and `reversed({name})` leave it as it is, and `list({name})` is a copy."
            if isinstance(now, Tensor):
                hint = f"Work on `{name}.clone()`, a copy."
            elif _holds(now, note):
                hint = "Something in it is another now: make new tensors, and new lists."
            raise Mistake(f"your function changes `{name}`, which it is given. {hint}")
    return result


def ask_network(answer: object, *arguments: object) -> nn.Module:
    """The network that the learner's function returns, in training mode as it was made. Raises `Mistake` as `ask`."""
    network = ask(answer, *arguments)
    if not isinstance(network, nn.Module):
        raise Mistake(f"your function must return a network (an nn.Module), but it returned {a_value(network)}.")
    return network


def _noted(value: object) -> object:
    """What a tensor holds, and what a list is of: each item, and what is noted of it. Of others nothing is."""
    if type(value) is Tensor:
        return value.detach().clone()
    return [(item, _noted(item)) for item in value] if type(value) is list else None


def _is_as_noted(value: object, note: object) -> bool:
    if isinstance(note, Tensor):
        return torch.equal(value, note)
    return note is None or (_holds(value, note) and all(_is_as_noted(*pair) for pair in note))


def _holds(value: list, note: list[tuple]) -> bool:
    """Whether a list is of the same items, whatever became of them."""
    return len(value) == len(note) and all(map(is_, value, (item for item, _ in note)))


def _parameter(function: Callable, place: int) -> str:
    """The name that a function gives to its argument at a place."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # one of torch's own
        return "x"
    return names[min(place, len(names) - 1)]  # *names takes all that are left


def _called_with(arguments: tuple) -> str:
    """A sentence on the inputs that an answer failed on; nothing if it has none."""
    texts = []
    for argument in arguments:
        if isinstance(argument, Tensor):
            texts.append(f"a tensor {shape_of(argument) or 'without axes'}")
        elif isinstance(argument, nn.Module):
            texts.append("a network" if list(argument.children()) else "a layer")
        elif inspect.isroutine(argument):
            texts.append("a function")
        elif type(argument) is list:
            texts.append(f"a list of {len(argument)}")
        elif type(argument) in (int, float, bool, str, tuple) and len(repr(argument)) < 40:
            texts.append(repr(argument))
        else:
            texts.append(type(argument).__name__)
    return f" It was called with {', '.join(texts)}." if texts else ""
