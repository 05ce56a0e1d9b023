"""What holds for every declared task: its right answer passes, and every mistake is told in its own words."""

import ast
import importlib
import inspect
import pkgutil

import pytest
import torch
from torch import nn

from utils import checks
from utils.checks.forbidding import READY, Rule
from utils.checks.inputs import Random
from utils.checks.plan import Plan
from utils.checks.predict import Predict
from utils.checks.refute import Refute
from utils.checks.task import Task
from utils.course import assignments
from utils.notebooks.build import read

MODULES = [importlib.import_module(found.name) for found in pkgutil.walk_packages(checks.__path__, "utils.checks.")]
DECLARED = {
    kind: [
        pytest.param(task, id=f"{module.__name__.removeprefix('utils.checks.')}-{name}")
        for module in MODULES
        if not hasattr(module, "__path__")  # a folder of checks only hands on what its files declare
        for name, task in vars(module).items()
        if isinstance(task, kind)
    ]
    for kind in (Task, Plan, Predict, Refute)
}
ALL = sorted(
    {
        task
        for module in MODULES
        for task in vars(module).values()
        if isinstance(getattr(task, "forbidden", 0), Rule | None)
    },
    key=lambda task: f"{getattr(task, 'name', None) or task.__name__} {task}",
)
SEEDS = (0, 1, 90125)

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs
each_prediction = pytest.mark.parametrize("task", DECLARED[Predict])
each_refutation = pytest.mark.parametrize("task", DECLARED[Refute])
each_task = pytest.mark.parametrize("task", DECLARED[Task])
each_plan = pytest.mark.parametrize("task", DECLARED[Plan])
each = pytest.mark.parametrize("task", DECLARED[Task] + DECLARED[Plan])


def unwritten(*arguments):
    raise NotImplementedError()


def free(task):
    """The task without its rule: ours are written with what an answer may not use."""
    return task._replace(forbidden=None, allowed=READY)


@each
def test_the_right_answer_passes_with_every_seed(task, capsys):
    for seed in range(5):
        free(task)(task.right, seed=seed)
        assert capsys.readouterr().out == f"✓ {task.name}\n"


@each
def test_a_mistake_is_told_in_its_own_words(task, message):
    for words, wrong, *_ in (*task.mistakes, *getattr(task, "beside", ())):
        for seed in SEEDS:
            said = message(free(task), wrong, seed=seed).removeprefix(f"✗ {task.name}: ")
            assert said == words or said.startswith(f"{words} ("), (seed, words)


@each_task
def test_what_is_no_answer_at_all_is_told(task, message):
    assert "not written yet" in message(task, unwritten)
    assert "this must be a function, but it is int 7" in message(task, 7)
    assert "must return" in message(task, lambda *_: None)
    for odd in (object(), "7", [], {}, (object(),) * len(task.returns.split(", "))):
        assert "must return" in message(task, lambda *_, odd=odd: odd)


@each_task
def test_an_answer_that_changes_what_it_is_given_is_told(task, message):
    def changing(*arguments):
        value = task.right(*arguments)
        for argument in arguments:
            if isinstance(argument, torch.Tensor):
                argument.copy_(argument == 0)
            elif isinstance(argument, list):
                argument.reverse()
        return value

    example = next(iter(task.cases(Random(0))))
    if any(isinstance(argument, torch.Tensor | list) for argument in example):
        assert "your function changes `argument" in message(free(task), changing)


@each
def test_nothing_of_a_task_can_be_changed(task):
    with pytest.raises(AttributeError):
        task.right = None
    with pytest.raises(AttributeError):
        object.__setattr__(task, "right", None)
    assert hash(task), "tuples, functions and words all the way down"


def test_every_task_and_check_stands_under_its_name_in_its_assignment():
    assignments = [vars(module) for module in MODULES if module.__name__.count(".") == 2]
    for module in MODULES:
        for name, task in vars(module).items():
            if isinstance(task, Task | Plan | Predict | Refute):
                assert name == task.name
            wrapped = hasattr(task, "__wrapped__") and task.__module__.startswith("utils.checks.")  # by `base.check`
            if isinstance(task, Task | Plan | Predict | Refute) or wrapped:
                found = any(names.get(name) is task for names in assignments)
                assert found, f"{name} of {module.__name__} is missing in the `__init__` of its folder"


@each_prediction
def test_a_prediction_names_each_mistake_and_never_says_the_number(task, message, capsys):
    def stated(*numbers):
        return lambda: numbers if len(numbers) > 1 else numbers[0]

    names = task.returns.split(", ")
    task(stated(*task.right))
    near = [number if isinstance(number, int) else 1.004 * number for number in task.right]
    task(stated(*near), seed=90125)
    assert capsys.readouterr().out == "✓ predicted\n✓ predicted\n"
    for words, place, wrong in task.mistakes:
        numbers = [*task.right[:place], wrong, *task.right[place + 1 :]]
        assert message(task, stated(*numbers)) == f"✗ predicted: `{names[place]}`: {words}"
    for place, name in enumerate(names):
        numbers = [*task.right[:place], 1234.5, *task.right[place + 1 :]]
        said = message(task, stated(*numbers))
        assert f"`{name}` is another number" in said and not any(f"{number:g}" in said for number in task.right)
    assert "not written yet" in message(task, unwritten)
    assert "must return" in message(task, lambda: None)
    assert "nothing is to be computed by torch" in message(task, lambda: torch.ones(3).sum().item())


BECAUSE = "It is wrong there because of something."


@each_refutation
def test_a_refutation_is_a_legal_input_on_which_the_function_fails_and_a_sentence(task, message, capsys):
    task(lambda: (*task.counterexample(), BECAUSE))
    task(lambda: [*task.counterexample(), BECAUSE], seed=90125)
    assert capsys.readouterr().out == "✓ refuted\n✓ refuted\n"
    assert "on this input the function is right" in message(task, lambda: (*task.example(), BECAUSE))
    for why in ("", "wrong", None, 7):
        assert "Say why, in a sentence" in message(task, lambda why=why: (*task.counterexample(), why))
    assert "return the input and a sentence" in message(task, lambda: BECAUSE)
    assert "not written yet" in message(task, unwritten)
    tensors = torch.ones(()), torch.full((2, 2, 2, 2, 2), torch.inf), torch.full((2, 2), torch.nan), torch.empty(0)
    for odd in (None, "7", 7, -1, [], object(), *tensors):
        given = (odd,) * len(task.example())
        assert "that is no input for this function: " in message(task, lambda given=given: (*given, BECAUSE)), odd


@each_refutation
def test_the_page_shows_the_function_that_is_refuted_word_for_word(task):
    source = ast.parse(inspect.getsource(task.shown)).body[0]
    for node in ast.walk(source):
        if isinstance(node, ast.arg):
            node.annotation = None
    source.returns = None
    topic = task.shown.__module__.split(".")[2]
    (page,) = [each for each in assignments() if each.file.split("_", 1)[1] == topic]
    given = [cell.source for cell in read(page).cells if cell.cell_type == "code" and not cell.metadata.get("nbgrader")]
    assert any(ast.unparse(source) in ast.unparse(ast.parse(code)) for code in given), ast.unparse(source)


@each_plan
def test_what_is_no_network_is_told(task, message):
    assert "not written yet" in message(task, unwritten)
    assert "this must be a function, but it is int 7" in message(task, 7)
    assert "must return a network" in message(task, lambda *_: None)
    assert "must return a tensor" in message(free(task), around(task, lambda inner, x: [inner(x)]))


@each_plan
def test_a_network_that_is_not_planned_is_told(task, message):
    task = free(task)
    tanh = around(task, lambda inner, x: inner(x).tanh())
    assert "for your weights in the plan the shape is right, but" in message(task, tanh)
    in_training = around(task, lambda inner, x: inner(x) if inner.training else inner(x).tanh())
    assert "for your weights in the plan, after `eval()`, the shape is right, but" in message(task, in_training)
    assert "but not the gradients" in message(task, around(task, lambda inner, x: inner(x).detach()))
    assert "`backward` fails" in message(task, around(task, spoilt))
    assert "writes into the tensor that it gets" in message(task, around(task, lambda inner, x: inner(x.mul_(2))))
    assert "torch finds no layer" in message(task, lambda *case: Around([task.right(*case)], lambda inner, x: x))
    if task.counted:
        unused = around(task, lambda inner, x: inner(x), nn.Embedding(1, 1))
        assert "A layer is made, and never used" in message(task, unused)
    assert "but a batch of one becomes" in message(task, around(task, lambda inner, x: squeezed(inner(x))))
    assert "it cannot learn" in message(task, lambda *case: task.right(*case).requires_grad_(False))
    made = {}
    shared = message(task, lambda *case: made.setdefault(str(case), task.right(*case)))
    assert "every call returns the same layers" in shared
    assert "changes its mode" in message(task, around(task, lambda inner, x: inner.eval()(x)))


class Around(nn.Module):
    """A network in another one."""

    def __init__(self, inner, run, more=None):
        super().__init__()
        self.inner, self.run, self.more = inner, run, more

    def forward(self, x):
        return self.run(self.inner, x)


def around(task, run, more=None):
    return lambda *case: Around(task.right(*case), run, more)


def squeezed(output):
    """Without the axis of a batch of one."""
    return output[0] if len(output) == 1 else output


def spoilt(inner, x):
    """What a network returns, of which the gradient needs what was written over."""
    output = inner(x).clone()
    kept = output * output
    output.add_(1)
    return output - 1 + 0 * kept
