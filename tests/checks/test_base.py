"""What every check does: no answer, however odd, shows a learner the inside of the checker."""

import importlib
import pkgutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from utils import checks
from utils.checks.asking import ask
from utils.checks.base import check
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random
from utils.checks.task import Task


@check
def double(answer, random):
    x = random.normal(2, 3)
    agree(ask(answer, x), 2 * x, "two rows", [("you halved.", x / 2)])


def unwritten(*arguments):
    raise NotImplementedError()


def failing(*arguments):
    return [][len(arguments)]


def leaving(*arguments):
    raise SystemExit(1)


def changing(x):
    x *= 2
    return x


class EqualToAnything(torch.Tensor):
    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (unwritten, "not written yet"),
        (failing, "IndexError: list index out of range in line"),
        (failing, "`return [][len(arguments)]`"),
        (leaving, "your code raised SystemExit"),
        (changing, "changes `x`, which it is given"),
        (torch.relu_, "changes `x`, which it is given"),
        (7, "must be a function, but it is int 7"),
        (lambda x: None, "is there a `return`?"),
        (lambda x: [1, 2], "must return a torch tensor, but it returned list. `torch.cat` and"),
        (lambda x: (2 * x).as_subclass(EqualToAnything), "but it returned EqualToAnything"),
        (lambda x: x / 2, "you halved. (Tried with two rows.)"),
        (lambda x: (2 * x).T, "the shape must be (2, 3), but yours is (3, 2)"),
        (lambda x: 2 * x + torch.nan, "nan or inf"),
        (lambda x: 2 * x + torch.tensor([0, 0, 1.0]), "2 of 6 numbers are not. The first is at [0, 2]"),
        (lambda x: (2 * x).to(torch.complex64), "complex"),
    ],
)
def test_every_wrong_answer_gets_its_words(answer, words, message):
    assert words in message(double, answer)


triple = Task(
    "triple",
    right=lambda n: (3 * n, n),
    cases=lambda random: [(2,), (3,)],
    case=lambda n: f"of {n}",
    kind=int,
    returns="triple, once",
    mistakes=(("you doubled.", lambda n: (2 * n, n)),),
)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda n: 3 * n, "return two numbers: `return triple, once`"),
        (lambda n: (6 * n / 2, n), "returned float 6.0. Use `//`"),
        (lambda n: (np.float64(3 * n), n), "returned float64. Use `//`"),
        (lambda n: (torch.tensor(3 * n), n), "Tensors have `.item()`"),
        (lambda n: (True, n), "must return a whole number (an int), but it returned bool True"),
        (lambda n: (None, n), "is there a `return`?"),
        (lambda n: (2 * n, n), "you doubled."),
        (lambda n: (6, n), "for triple of 3 the answer is 9, but yours is 6"),
        (lambda n: (3 * n, 3), "for once of 2 the answer is 2, but yours is 3"),
        (lambda n: (2 * n, 3), "you doubled."),
    ],
)
def test_wrong_numbers_get_their_words(answer, words, message):
    assert words in message(triple, answer)


def test_numbers_of_numpy_are_numbers(capsys):
    triple(lambda n: (np.int64(3 * n), np.int32(n)))
    triple._replace(kind=float)(lambda n: (np.float32(3 * n), n))
    assert capsys.readouterr().out == "✓ triple\n✓ triple\n"


def test_one_number_in_a_tensor_is_told_as_a_number(message):
    @check
    def total(answer, random):
        agree(ask(answer, torch.ones(3)), torch.tensor(3.0), "three ones")

    assert "for three ones the answer is 3, but yours is 2.5." in message(total, lambda x: x.sum() - 0.5)


@pytest.mark.parametrize("answer", [lambda x: x + x, lambda x: 2.0 * x.double(), lambda x: (2 * x).half()])
def test_a_right_answer_may_have_another_number_format(answer, capsys):
    double(answer)
    assert capsys.readouterr().out == "✓ double\n"


@pytest.mark.parametrize(
    ("dtype", "small", "large"),
    [(torch.float64, 1e-9, 1e-7), (torch.float32, 1e-4, 1e-3), (torch.float16, 1e-2, 1e-1)],
)
def test_the_tolerance_follows_the_number_format(dtype, small, large):
    one = torch.ones(3, dtype=torch.float64)
    assert nearly_equal((one + small).to(dtype), one)
    assert not nearly_equal((one + large).to(dtype), one)


@pytest.mark.parametrize("dtype", [torch.float8_e5m2, torch.float8_e8m0fnu])
def test_a_format_with_hardly_any_digits_does_not_make_zeros_right(dtype):
    assert not nearly_equal(torch.zeros(3).to(dtype), torch.ones(3))


def test_whole_numbers_have_no_tolerance():
    assert not nearly_equal(torch.tensor([1000000]), torch.tensor([1000001]))


def test_a_seed_gives_the_same_inputs_again_and_another_seed_others():
    assert torch.equal(Random(3).normal(4), Random(3).normal(4))
    assert not torch.equal(Random(3).normal(4), Random(4).normal(4))
    assert all(len(set(Random(seed).two_integers(2, 4))) == 2 for seed in range(20))


def test_a_stumbling_check_shows_no_traceback_either(message):
    @check
    def stumbles(answer, random):
        raise ZeroDivisionError("inside of the checker")

    assert "cannot be checked" in message(stumbles, None)


def test_a_notebook_shows_the_words_and_nothing_else(capsys):
    shell = InteractiveShell.instance()
    shell.push({"check": double})
    result = shell.run_cell("check(lambda x: x / 2)")
    shown = capsys.readouterr().out.strip()
    assert not result.success
    assert shown == "✗ double: you halved. (Tried with two rows.)"


def test_a_list_that_is_given_stays_as_it_was(message):
    @check
    def longest(answer, random):
        ask(answer, [3, 1, 2])

    longest(lambda numbers: sorted(numbers))
    assert "changes `numbers`, which it is given. `sorted(numbers)`" in message(longest, lambda numbers: numbers.sort())
    assert "changes `numbers`" in message(longest, lambda numbers: numbers.pop())


def test_a_tensor_in_a_list_stays_as_it_was_however_deep(message):
    @check
    def total(answer, random):
        ask(answer, [[torch.ones(2), torch.ones(3)], [torch.zeros(2)]])

    total(lambda parts: sum(part.sum() for some in parts for part in some))
    words = "changes `parts`, which it is given. Something in it is another now: make new tensors"
    assert words in message(total, lambda parts: parts[0][1].mul_(2))
    assert words in message(total, lambda parts: parts[1].append(0))
    assert words in message(total, lambda parts: parts[0].__setitem__(0, torch.ones(2)))
    assert "`reversed(parts)`" in message(total, lambda parts: parts.reverse())


ALL = [
    value
    for module in [
        importlib.import_module(f"utils.checks.{found.name}") for found in pkgutil.iter_modules(checks.__path__)
    ]
    for value in vars(module).values()
    if hasattr(value, "forbidden") and hasattr(value, "__wrapped__") and value.__module__.startswith(module.__name__)
]


@pytest.mark.slow
@pytest.mark.parametrize("examine", ALL, ids=lambda examine: examine.__name__)
@pytest.mark.parametrize("odd", [None, 7, unwritten, failing, leaving, lambda *_: object(), lambda *_: (1, 2, 3)])
def test_no_check_stumbles_over_an_odd_answer(examine, odd, message):
    assert "cannot be checked" not in message(examine, odd)


@pytest.mark.slow
def test_checks_import_where_there_is_torch_and_little_else():
    absent = [
        "IPython",
        "ipykernel",
        "jupytext",
        "nbformat",
        "nbgrader",
        "matplotlib",
        "numpy",
        "PIL",
        "requests",
    ]
    code = f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
    code += "".join(f"import utils.checks.{found.name}\n" for found in pkgutil.iter_modules(checks.__path__))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
