"""What a person should look at is found, and what students honestly write is not."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from utils.course import assignments
from utils.grading.scoring import _doubtful
from utils.grading.suspicion import suspicious


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("torch.allclose = lambda *a, **k: True", "changes torch.allclose"),
        ("import numpy as np\nnp.testing.assert_allclose = print", "changes np.testing"),
        ("t = torch\nt.equal = print", "changes t.equal"),
        ("f = torch.nn\ng = f.functional\ng.conv2d = print", "changes g.conv2d"),
        ("setattr(torch, 'equal', print)", "attributes set by name"),
        ("vars(torch)['equal'] = print", "inside of objects"),
        ("locals()['check'] = None", "the global names"),
        ("torch.__setattr__('equal', print)", "names __setattr__"),
        ("getattr(torch, '__set' + 'attr__')('equal', print)", "attributes by name"),
        ("from operator import methodcaller as m", "imports operator.methodcaller"),
        ("x.__class__ = A", "changes x.__class__"),
        ("import torch as t\nt" + ".nn" * 2000 + " = 1", "changes t.nn"),
        ("torch.__dict__['equal'] = print", "names __dict__"),
        ("getattr(torch, '__dict__')['equal'] = print", "names __dict__"),
        ("check.correlate = print", "changes check.correlate"),
        ("check = None", "name check another meaning"),
        ("def print(*a): pass", "name print another meaning"),
        ("class check: pass", "name check another meaning"),
        ("for check in [print]: pass", "name check another meaning"),
        ("check: object = None", "name check another meaning"),
        ("import math as torch", "name torch another meaning"),
        ("c = check", "uses the checks"),
        ("def f():\n    return check.arithmetic.output_size(3)", "uses the checks"),
        ("from utils.convolution import cross_correlate", "which the task does not name"),
        ("import utils", "which the task does not name"),
        ("import utils.checks.base as b", "imports the checks"),
        ("from utils.grading import scoring", "imports the checks or the grader"),
        ("import builtins", "imports builtins"),
        ("__builtins__['print'] = 1", "__builtins__"),
        ("import sys\nsys.stdout.session.send = f", ".session"),
        ("match sys.stdout:\n    case object(session=s): s.send = f", ".session"),
        ("import zmq", "imports zmq"),
        ("from ipykernel.kernelapp import IPKernelApp", "imports ipykernel"),
        ("import os\nos._exit(0)", "._exit"),
        ("import torch.overrides", "imports torch.overrides"),
        ("from torch import _C", "imports torch._C"),
        ("nn.modules.module.register_module_forward_hook(f)", "register_module_forward_hook"),
        ("get_ipython().input_transformers_post.append(f)", "the notebook itself"),
        ("from IPython import get_ipython as g", "imports IPython.get_ipython"),
        ("import IPython\nIPython.get_ipython", "imports IPython"),
        ("from IPython.display import get_ipython", "imports IPython.display.get_ipython"),
        ("import torch as t\nt.utils.checks", "uses the checks or the grader"),
        ("from functools import reduce\nreduce(getattr, ['a'], x)", "attributes by name"),
        ("g = getattr\ng(x, '__dict__')", "attributes by name"),
        ("f.cell_contents", ".cell_contents"),
        ("open('/proc/1/environ').read()", "names /proc"),
        ("@dataclass\nclass A(int):\n    def __eq__(self, o): return True", "names __eq__"),
        ("!cat /etc/passwd", "the notebook itself"),
        ("%run x.py", "the notebook itself"),
        ("%%time\ntorch.equal = print", "changes torch.equal"),
        ("%time torch.equal = print", "changes torch.equal"),
        ("%timeit -n 3 torch.equal = print", "changes torch.equal"),
        ("%time --no-raise-error torch.equal = print", "the notebook itself"),
        ('get_ipython().run_line_magic("time", line)', "the notebook itself"),
        ('get_ipython().run_line_magic("time", line="torch.equal = print")', "the notebook itself"),
        ('get_ipython().run_line_magic("time", 3)', "the notebook itself"),
        ("class A:\n    def __eq__(self, o): return True", "names __eq__"),
        ("class A:\n    __eq__ = f", "names __eq__"),
        ("class A:\n    async def __eq__(self, o): pass", "names __eq__"),
        ("class A:\n    if 1:\n        def __gt__(self, o): return True", "names __gt__"),
        ("class A:\n    from operator import truth as __eq__", "names __eq__"),
        ("class A:\n    match f:\n        case __eq__: pass", "names __eq__"),
        ("match None:\n    case check: pass", "name check another meaning"),
        ("A = type('A', (int,), {'__e' + 'q__': f})", "classes made at run time"),
        ("class A(torch.Tensor):\n    def __torch_function__(self): pass", "__torch_function__"),
        ("import sys\nsys._getframe(1)", "._getframe"),
        ("f.__globals__", "names __globals__"),
        ("import inspect", "imports inspect"),
        ("import gc", "imports gc"),
        ("import ctypes", "imports ctypes"),
        ("import sys\nsys.modules['torch']", ".modules"),
        ("In[-1]", "history"),
        ("print(_i5, _ih)", "history"),
        ("try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_back", ".f_back"),
        ("exec('1')", "made at run time"),
        ("x = " + "1 + " * 20_000 + "1", "too deeply"),
    ],
)
def test_a_person_is_asked(code, words):
    assert any(words in doubt for doubt in suspicious(code)), suspicious(code)


@pytest.mark.parametrize(
    "code",
    [
        "%matplotlib inline\nx = 1",
        "%time x = 1",
        "%%time\nx = 1",
        "%timeit -n 10 -r 3 x = 1",
        "check.correlate(correlate)",
        "for layer in net.eval().modules():\n    layer.bias = None",
        "import re\nre.compile('a')",
        "class A:\n    def __init__(self):\n        self._a = 1\n    def __len__(self):\n        return self._a",
        "getattr(nn, 'ReLU')()",
        "for _ in range(3):\n    pass\nprint(_)",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.ReLU()",
        "model = nn.Linear(1, 1)\nmodel.bias = None",
        "x = torch.zeros(3)\nx.requires_grad = True",
        "import matplotlib.pyplot as plt\nplt.plot([1])",
        "import warnings\nwarnings.warn('x')",
        "import sys\nprint(1, file=sys.stderr)\nsys.exit()",
        "from pathlib import Path\nimport torch.nn.functional as F\nfrom torch.utils.data import Dataset",
        "from IPython.display import clear_output, display\nclear_output(wait=True)",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    n: int\n    def __eq__(self, o): return self.n",
        "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)",
        "def two(:",
        "\0",
    ],
)
def test_what_is_honest_is_left_alone(code):
    assert suspicious(code) == []


def test_what_the_task_names_may_be_imported():
    code = "from utils.convolution import cross_correlate"
    assert suspicious(code, "Or use `from utils.convolution import max_pool`.") == []
    assert suspicious(code, "Write what a convolution computes.") != []
    assert suspicious("import utils", "Or use `from utils.convolution import max_pool`.") != []
    assert suspicious("import utils.data", "Use `utils.data_of_mine`.") != []


def test_what_stands_above_the_tasks_names_nothing_for_the_first_one():
    """It may name what is forbidden: "`utils.insight` does some of this. Write it yourself.\""""
    answer = new_code_cell("from utils.insight import feature_maps")
    answer.metadata.nbgrader = {"solution": True, "grade_id": "maps-of"}
    above = [new_markdown_cell("Tasks. `utils.insight` does some of this."), new_code_cell("import torch")]
    assert _doubtful(new_notebook(cells=[*above, new_markdown_cell("## Task 1 ★ Maps"), answer]))
    assert not _doubtful(new_notebook(cells=[*above, new_markdown_cell("## Task 1\nUse `utils.insight`."), answer]))


@pytest.mark.parametrize("assignment", assignments(), ids=lambda assignment: assignment.file)
def test_the_solutions_are_above_suspicion(assignment):
    for cell in nbformat.read(assignment.notebook, as_version=4).cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            assert suspicious(cell.source) == [], cell.source
