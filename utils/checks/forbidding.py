"""What an answer may not use: a task's own rule, and what libraries have ready. Refused by name while the answer runs.

Seen is what is called, not what is written: torch's functions by a function mode, what they are made of by a dispatch
mode, which also sees every gradient, and Python's functions by the interpreter. So an alias, `getattr`, `torch.ops`, a
layer or somebody else's function make no difference.
"""

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from types import CellType, CodeType, FrameType, ModuleType
from typing import NamedTuple

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from utils.checks.mistake import Mistake

READY = ("utils", "torchvision", "timm")  # what they have is no answer, unless a task names it
NUMBERS = ("numpy", "scipy")  # may be used, but for what a rule names
COMPILED = torch.jit.ScriptFunction, torch.jit.ScriptModule
CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv_t", "convolution", "convolve", "correlate")
SUMS_OF_EXPONENTIALS = (
    "softmax",
    "softmin",
    "logsumexp",
    "logcumsumexp",
    "logaddexp",
    "softplus",
    "sigmoid",
    "expit",
    "entropy",
    "nll_loss",
    "dot_product_attention",
)
NORMALISATIONS = ("batch_norm", "group_norm", "layer_norm", "instance_norm", "rms_norm", "normalize")


class Rule(NamedTuple):
    """What one task forbids."""

    words: str
    """As the text of the task says it."""
    names: tuple[str, ...]
    """Each is a part of the names of what is forbidden; "backward" is also every gradient that torch computes."""

    def names_it(self, name: str) -> bool:
        return any(part in name for part in self.names)


class Refused(Mistake):
    """An answer has used what is forbidden."""


class _Limits(NamedTuple):
    """What holds while a task is checked."""

    rule: Rule | None
    allowed: tuple[str, ...]


_in_force = [_Limits(None, READY)]  # outside of a check everything is allowed


@contextmanager
def in_force(rule: Rule | None, allowed: tuple[str, ...]) -> Iterator[None]:
    """Let `watched` look for what breaks the rule, and what libraries have ready outside of the ``allowed`` modules."""
    _in_force.append(_Limits(rule, allowed))
    try:
        yield
    finally:
        _in_force.pop()


@contextmanager
def watched(answer: object = None) -> Iterator[None]:
    """Run the body, which calls an answer. Raises `Refused` if it uses what is forbidden, whatever it raises itself."""
    rule, allowed = _in_force[-1]
    found: list[str] = []

    def refuse(words: str) -> None:
        found.append(words)
        raise Refused(words)

    def by_the_rule(name: str) -> None:
        if rule and name == "thread":
            refuse("you start a thread, into which a check cannot look. Do it one after the other.")
        if rule and rule.names_it(name):
            refuse(f"you use `{name.removeprefix('aten::')}`, and the task says: “{rule.words}”")

    names = dict(_names(answer)) if rule else {}
    if "jit" in names or any(isinstance(value, COMPILED) for value in names.values()):
        raise Refused("you use compiled code (`torch.jit`), into which a check cannot look. Write it in Python.")
    if any(name in NUMBERS or _library(value) in NUMBERS for name, value in names.items()):
        # numpy's functions are not Python's, and are not seen when they are called.
        for name in filter(rule.names_it, names):
            raise Refused(f"you use `{name}`, and the task says: “{rule.words}”")
    free = sys.getprofile() is None  # nobody measures time: who does may, and calls are not watched meanwhile
    try:
        with ExitStack() as modes:
            if rule:
                modes.enter_context(_Functions(by_the_rule))
                modes.enter_context(_Operations(by_the_rule))
            if free:
                sys.setprofile(functools.partial(_on_call, refuse, by_the_rule, allowed))
            yield
    finally:
        if free:
            sys.setprofile(None)
        if found:
            raise Refused(found[0]) from None


class _Functions(TorchFunctionMode):
    """Sees torch's functions as they are called from Python."""

    def __init__(self, see: Callable[[str], None]):
        super().__init__()
        self.see = see

    def __torch_function__(self, function, types, arguments=(), settings=None):
        self.see(getattr(function, "__name__", ""))
        return function(*arguments, **(settings or {}))


class _Operations(TorchDispatchMode):
    """Sees what torch's functions are made of, and whether it is done for a gradient."""

    def __init__(self, see: Callable[[str], None]):
        super().__init__()
        self.see = see

    def __torch_dispatch__(self, function, types, arguments=(), settings=None):
        self.see(function.name())
        if torch._C._current_graph_task_id() != -1:
            self.see("backward")
        return function(*arguments, **(settings or {}))


def _on_call(
    refuse: Callable[[str], None],
    by_the_rule: Callable[[str], None],
    allowed: tuple[str, ...],
    frame: FrameType,
    event: str,
    _: object,
) -> None:
    """What the interpreter calls on every call: a function of a library is seen where somebody else calls it."""
    if event != "call" or frame.f_code.co_name == "<module>":
        return
    module = frame.f_globals.get("__name__") or ""
    if frame.f_code is Thread.start.__code__:
        by_the_rule("thread")
    library = module.partition(".")[0]
    if library not in READY + NUMBERS or module.startswith("utils.checks"):
        return
    caller = frame.f_back.f_globals.get("__name__") or "" if frame.f_back else ""
    if caller.partition(".")[0] == library:
        return
    name = f"{module}.{frame.f_code.co_qualname}"
    if library in NUMBERS:
        by_the_rule(name)
    elif not any(f"{module}.".startswith(f"{each}.") for each in allowed):
        refuse(f"you use `{name.removesuffix('.__init__')}`. Write it yourself here, with Python and torch.")


def _names(answer: object) -> Iterator[tuple[str, object]]:
    """Names in a function's code and in that of functions it uses, each with what it means outside of them."""
    waiting, known = [answer], set()
    while waiting:
        part = waiting.pop()
        code = getattr(part, "__code__", part)
        if not isinstance(code, CodeType) or code in known:
            continue
        known.add(code)
        outside = getattr(part, "__globals__", {})
        for name in code.co_names:
            yield name, outside.get(name)
        found = [outside.get(name) for name in code.co_names]
        found += [cell.cell_contents for cell in getattr(part, "__closure__", None) or () if cell != CellType()]
        found += [*(getattr(part, "__defaults__", None) or ()), *(getattr(part, "__kwdefaults__", None) or {}).values()]
        waiting += [each for each in found if getattr(each, "__module__", "") == getattr(answer, "__module__", "")]
        waiting += code.co_consts


def _library(value: object) -> str:
    """Where something comes from: "numpy" for numpy itself, and for its functions."""
    name = value.__name__ if isinstance(value, ModuleType) else type(value).__module__
    return name.partition(".")[0]
