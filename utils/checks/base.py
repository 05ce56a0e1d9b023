"""What all checks share: calling a learner's answer, comparing it, and saying what is wrong with it.

Most checks are declared as a `task.Task`. One that watches what an answer does is a function ``(answer, random)``
under the decorator `check`. It raises `Mistake` with a sentence for the learner, or returns. It looks at type and
shape first, then at values on fresh random inputs, and then whether the wrong values are those of a mistake it
knows by name.
"""

import copy
import functools
import inspect
import traceback
from collections.abc import Callable, Iterable
from operator import is_
from pathlib import Path

import torch
from torch import Tensor, nn

from utils.checks.switches import USUAL, Switches


class Mistake(Exception):
    """What is wrong with an answer, in words for its author. A notebook shows these words and nothing else."""

    def _render_traceback_(self) -> list[str]:  # IPython asks an exception for this before it shows frames
        return [str(self)]


class Random:
    """Random inputs from one seed: the same seed gives every learner the same."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def integer(self, least: int, most: int) -> int:
        return torch.randint(least, most + 1, (), generator=self.generator).item()

    def two_integers(self, least: int, most: int) -> tuple[int, int]:
        """Two that differ, so that an answer that mixes up rows and columns is found out."""
        first, second = torch.randperm(most + 1 - least, generator=self.generator)[:2].tolist()
        return least + first, least + second

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.randn(shape, generator=self.generator, dtype=torch.float64).to(dtype)

    def integers(self, least: int, most: int, *shape: int) -> Tensor:
        return torch.randint(least, most + 1, shape, generator=self.generator)


def check(examine: Callable[[object, Random], None]) -> Callable:
    """Make a check out of ``examine(answer, random)``: prints ✓, or raises one `Mistake` without a traceback.

    It runs with torch's switches as they usually stand, and its own random numbers; the learner's are put back.
    """

    @functools.wraps(examine)
    def run(answer: object, seed: int = 0) -> None:
        report(examine.__name__, examine, answer, seed)

    return run


def report(name: str, examine: Callable[[object, Random], None], answer: object, seed: int) -> None:
    """Print ✓ if ``examine`` is content, else raise one `Mistake` that begins with ✗ and the name."""
    learners = Switches()
    try:
        USUAL.put_back()
        torch.default_generator.manual_seed(seed)
        examine(answer, Random(seed))
    except Mistake as mistake:
        message = f"✗ {name}: {mistake}"
    except Exception as error:  # an answer so odd that the check stumbled over it
        message = f"✗ {name}: your answer is of a kind that cannot be checked ({_words(error)})."
    else:
        print(f"✓ {name}")
        return
    finally:
        learners.put_back()
    raise Mistake(message) from None


def call(answer: object, *arguments: object) -> object:
    """What the learner's function returns. Raises `Mistake` if it fails, or changes a tensor or a list it was given, or
    leaves gradients switched off.
    """
    if not callable(answer):
        raise Mistake(f"this must be a function, but it is {_a(answer)}.")
    before = {place: copy.deepcopy(one) for place, one in enumerate(arguments) if type(one) is Tensor}
    before |= {place: list(one) for place, one in enumerate(arguments) if type(one) is list}
    gradients = torch.is_grad_enabled()
    try:
        result = answer(*arguments)
    except (Exception, SystemExit) as error:
        if isinstance(error, NotImplementedError) and not str(error):  # torch raises it too, with words
            raise Mistake("not written yet. Put your code where `raise NotImplementedError()` stands.") from None
        raise Mistake(f"{_place(error)}.{_called_with(arguments)}") from None
    finally:
        switched_off = torch.is_grad_enabled() != gradients
        torch.set_grad_enabled(gradients)
    if switched_off:
        raise Mistake(
            "your function leaves gradients switched off for all that follows. `with torch.no_grad():` switches them "
            "on again at its end."
        )
    for place, old in before.items():
        now, name = arguments[place], _parameter(answer, place)
        if isinstance(old, list):
            same = len(old) == len(now) and all(map(is_, old, now))
            hint = f"`sorted({name})` and `reversed({name})` leave it as it is, and `list({name})` is a copy."
        else:
            same, hint = torch.equal(old, now), f"Work on `{name}.clone()`, a copy."
        if not same:
            raise Mistake(f"your function changes `{name}`, which it is given. {hint}")
    return result


def require_tensor(value: object, case: str) -> None:
    """Raise `Mistake` unless ``value`` is a tensor of real numbers; ``case`` as in `agree`."""
    if type(value) not in (Tensor, nn.Parameter):
        raise Mistake(f"for {case} your function must return a torch tensor, but it returned {_a(value)}.")
    if value.dtype.is_complex:
        raise Mistake("your function returned complex numbers.")


def agree(value: object, expected: Tensor, case: str, mistakes: Iterable[tuple[str, Tensor]] = ()) -> None:
    """Raise `Mistake` unless ``value`` is a tensor of the expected shape and values.

    ``case`` says what was asked, such as "image 4×6, kernel 2×3". ``mistakes`` are pairs: what to tell the
    learner, and the tensor that comes out if that mistake is made.
    """
    require_tensor(value, case)
    if close(value, expected):
        return
    for message, wrong in _pairs(mistakes):
        if close(value, wrong):
            raise Mistake(f"{message} (Tried with {case}.)")
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
    if kind is float:  # numpy's float64 is one, too; a subclass must not bring its own arithmetic
        values = [float.__float__(value) if isinstance(value, float) else value for value in values]
    for value, case in zip(values, cases, strict=True):
        if type(value) is not kind:
            hint = ""
            if kind is int and isinstance(value, float):  # numpy's numbers too
                hint = " Use `//` for whole numbers."
            elif hasattr(value, "item"):
                hint = " Tensors have `.item()`, and so have numpy's numbers."
            wanted = {int: "a whole number (an int)", float: "a number (a float)"}[kind]
            raise Mistake(f"for {case} your function must return {wanted}, but it returned {_a(value)}.{hint}")

    def same(some: list, others: list) -> bool:
        return all(abs(one - other) <= 1e-5 * max(1, abs(other)) for one, other in zip(some, others, strict=True))

    if same(values, expected):
        return
    for message, wrong in _pairs(mistakes):
        if same(values, wrong):
            raise Mistake(message)
    for value, right, case in zip(values, expected, cases, strict=True):
        if not same([value], [right]):
            form = "," if kind is int else ".6g"
            raise Mistake(f"for {case} the answer is {right:{form}}, but yours is {value:{form}}.")


def _pairs(mistakes: Iterable) -> Iterable[tuple[str, object]]:
    return mistakes.items() if isinstance(mistakes, dict) else mistakes


def is_tuple_of(number: int, value: object) -> bool:
    """Whether an answer is a tuple, or a list, of so many."""
    return isinstance(value, tuple | list) and len(value) == number


def close(value: Tensor, expected: Tensor) -> bool:
    """Whether two tensors have one shape and, within what their number formats can hold, the same values."""
    return value.shape == expected.shape and bool(_within(value, expected).all())


def module(answer: object, *arguments: object) -> nn.Module:
    """The network that the learner's function returns, in training mode as it was made."""
    network = call(answer, *arguments)
    if not isinstance(network, nn.Module):
        raise Mistake(f"your function must return a network (an nn.Module), but it returned {_a(network)}.")
    return network


def forward(network: nn.Module, images: Tensor) -> Tensor:
    """The network's output. Raises `Mistake` with torch's own words if the layers do not fit together."""
    try:
        with torch.no_grad():
            return network(images)
    except Exception as error:
        raise Mistake(f"the network cannot read images of {shape(images)}: {_words(error)}") from None


def trace(network: nn.Module, images: Tensor, *kinds: type[nn.Module]) -> tuple[object, list[tuple]]:
    """The network's output, and (layer, what it read, what it returned) for its layers of ``kinds`` as they ran.

    Raises `Mistake` with torch's own words, and the learner's line, if the layers do not fit together.
    """
    runs: list[tuple] = []

    def record(layer: nn.Module, read: tuple[Tensor, ...], returned: Tensor) -> None:
        runs.append((layer, read[0].clone(), returned.clone()))  # a later layer may write into them

    layers = [layer for layer in network.modules() if isinstance(layer, kinds)]
    hooks = [layer.register_forward_hook(record) for layer in layers]
    try:
        with torch.no_grad():
            return network(images), runs
    except Exception as error:
        raise Mistake(f"tried with {shape(images)}, {_place(error)}") from None
    finally:
        for hook in hooks:
            hook.remove()


def draw(layer: nn.Module, random: Random) -> None:
    """Give a layer random weights that keep a signal's size, and random biases, all far from their first values."""
    inputs = layer.weight[0].numel()
    with torch.no_grad():
        layer.weight.copy_((2 / inputs) ** 0.5 * random.normal(*layer.weight.shape))
        if layer.bias is not None:
            layer.bias.copy_(random.normal(*layer.bias.shape))


def has(network: nn.Module, kind: type[nn.Module]) -> int:
    """How many layers of a kind there are."""
    return sum(isinstance(layer, kind) for layer in network.modules())


def count(network: nn.Module) -> int:
    """How many parameters there are."""
    return sum(parameter.numel() for parameter in network.parameters())


def words(layers: list[nn.Conv2d]) -> str:
    """Convolutions in words: 3×3 from 4 to 8 maps, 1×1 from 8 to 8 maps."""
    each = [
        f"{layer.kernel_size[0]}×{layer.kernel_size[1]} from {layer.in_channels} to {layer.out_channels} maps"
        for layer in layers
    ]
    return ", ".join(each) or "none"


def shape(tensor: Tensor) -> str:
    """A shape in words: 4×6."""
    return "×".join(map(str, tensor.shape))


def _within(value: Tensor, expected: Tensor) -> Tensor:
    """Per number: is the difference below the root of the number format's precision, beside the largest?"""
    formats = [tensor.dtype for tensor in (value, expected) if tensor.dtype.is_floating_point]
    tolerance = max((torch.finfo(dtype).eps ** 0.5 for dtype in formats), default=0.0)
    tolerance = min(tolerance, 0.1)  # one format of 8 bits has no digits at all, and would make anything right
    value, expected = value.detach().double(), expected.detach().double()
    largest = expected.abs().max().item() if expected.numel() else 0.0
    return (value - expected).abs() <= tolerance * max(1.0, largest)


def _a(value: object) -> str:
    """A value's type, and a short value itself."""
    if value is None:
        return "None (is there a `return`?)"
    text = f"{type(value).__name__}"
    return f"{text} {value!r}" if type(value) in (int, float, bool, str) and len(repr(value)) < 40 else text


def _parameter(function: Callable, place: int) -> str:
    """The name that a function gives to its argument at a place."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # one of torch's own
        return "x"
    return names[min(place, len(names) - 1)]  # *names takes all that are left


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300].rstrip(". ")


def _called_with(arguments: tuple) -> str:
    """A sentence on the inputs that an answer failed on; nothing if it has none."""
    texts = []
    for argument in arguments:
        if isinstance(argument, Tensor):
            texts.append(f"a tensor {shape(argument) or 'without axes'}")
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


def _place(error: BaseException) -> str:
    """The error, and the learner's own line that led to it."""
    outside = (str(Path(__file__).parent), "site-packages", "dist-packages", "importlib")
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in outside)]
    place = f" in line {own[-1].lineno} of its cell: `{own[-1].line}`" if own and own[-1].line else ""
    return f"your code raised {_words(error)}{place}"
