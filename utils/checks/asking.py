"""Calling a learner's answer: what it raises, changes or leaves behind is told in words."""

import inspect
from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.forbidding import watched
from utils.checks.noting import Noted
from utils.checks.wording import a_value, shape_of, where_it_failed

STAYING = {
    torch.is_grad_enabled: "your function leaves gradients switched off for all that follows. `with torch.no_grad():` "
    "switches them on again at its end.",
    torch.get_default_dtype: "your function changes torch's default number format for all that follows. Convert the "
    "tensors that need it: `x.double()`.",
    torch.initial_seed: "your function sets torch's seed, for all that follows. Draw random numbers, and set no seed.",
}


def ask(answer: object, *arguments: object, may_change: tuple[str, ...] = ()) -> object:
    """What the learner's function returns. Raises `Mistake` if it fails, uses what is forbidden, changes what it was
    given (tensors, lists, networks), or turns a switch of torch that stays turned.

    ``may_change`` names what in networks is its to change, as in `noting.IN_A_NETWORK`.
    """
    if not callable(answer):
        raise Mistake(f"this must be a function, but it is {a_value(answer)}.")
    before = [Noted(argument, may_change) for argument in arguments]
    switches = [get() for get in STAYING]
    try:
        with watched(answer):
            result = answer(*arguments)
    except Mistake:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, NotImplementedError) and not str(error):  # torch raises it too, with words
            raise Mistake("not written yet. Put your code where `raise NotImplementedError()` stands.") from None
        raise Mistake(f"{where_it_failed(error)}{_called_with(arguments)}") from None
    finally:
        turned = [words for (get, words), value in zip(STAYING.items(), switches, strict=True) if get() != value]
        torch.set_grad_enabled(switches[0])
    if turned:
        raise Mistake(turned[0])
    for place, noted in enumerate(before):
        if change := noted.change(_parameter(answer, place)):
            raise Mistake(f"your function {change}")
    return result


def ask_network(answer: object, *arguments: object, may_change: tuple[str, ...] = ()) -> nn.Module:
    """The network that the learner's function returns, in training mode as it was made. Raises `Mistake` as `ask`."""
    if isinstance(answer, nn.Module):
        raise Mistake("this is a network. What is asked for is a function that makes one and returns it: `def …():`.")
    network = ask(answer, *arguments, may_change=may_change)
    if not isinstance(network, nn.Module):
        raise Mistake(f"your function must return a network (an nn.Module), but it returned {a_value(network)}.")
    return network


def _parameter(function: Callable, place: int) -> str:
    """The name that a function gives to its argument at a place."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # one of torch's own
        names = []
    return names[min(place, len(names) - 1)] if names else "x"  # *names takes all that are left


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
