"""What a person should look at is found, and what students honestly write is not."""

import nbformat
import pytest

from utils.grading.suspicion import suspicious
from utils.notebooks.course import assignments


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("torch.allclose = lambda *a, **k: True", "changes torch.allclose"),
        ("import numpy as np\nnp.testing.assert_allclose = print", "changes np.testing"),
        ("t = torch\nt.equal = print", "changes t.equal"),
        ("f = torch.nn\ng = f.functional\ng.conv2d = print", "changes g.conv2d"),
        ("setattr(torch, 'equal', print)", "attributes set by name"),
        ("vars(torch)['equal'] = print", "inside of objects"),
        ("torch.__dict__['equal'] = print", ".__dict__"),
        ("getattr(torch, '__dict__')['equal'] = print", "__dict__ in a string"),
        ("check.correlate = print", "changes check.correlate"),
        ("check = None", "name check another meaning"),
        ("def print(*a): pass", "name print another meaning"),
        ("class check: pass", "name check another meaning"),
        ("for check in [print]: pass", "name check another meaning"),
        ("check: object = None", "name check another meaning"),
        ("import math as torch", "name torch another meaning"),
        ("import utils.checks.base as b", "imports the checks"),
        ("from utils.grading import scoring", "imports the checks or the grader"),
        ("import builtins", "imports builtins"),
        ("__builtins__['print'] = 1", "builtins"),
        ("get_ipython().input_transformers_post.append(f)", "the notebook itself"),
        ("from IPython import get_ipython as g", "imports get_ipython"),
        ("import IPython\nIPython.get_ipython", "imports the checks or the grader"),
        ("!cat /etc/passwd", "the notebook itself"),
        ("%run x.py", "the notebook itself"),
        ("class A:\n    def __eq__(self, o): return True", "__eq__ in class A"),
        ("class A(torch.Tensor):\n    def __torch_function__(self): pass", "__torch_function__"),
        ("import sys\nsys._getframe(1)", "._getframe"),
        ("f.__globals__", ".__globals__"),
        ("import inspect", "imports inspect"),
        ("import gc", "imports gc"),
        ("import ctypes", "imports ctypes"),
        ("import sys\nsys.modules['torch']", ".modules"),
        ("In[-1]", "history"),
        ("print(_i5, _ih)", "history"),
        ("try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame.f_back", ".f_back"),
        ("exec('1')", "made at run time"),
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
        "for _ in range(3):\n    pass\nprint(_)",
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.ReLU()",
        "model = nn.Linear(1, 1)\nmodel.bias = None",
        "x = torch.zeros(3)\nx.requires_grad = True",
        "import matplotlib.pyplot as plt\nplt.plot([1])",
        "import warnings\nwarnings.warn('x')",
        "from utils.convolution import cross_correlate",
        "def two(:",
        "\0",
    ],
)
def test_what_is_honest_is_left_alone(code):
    assert suspicious(code) == []


@pytest.mark.parametrize("assignment", assignments(), ids=lambda assignment: assignment.file)
def test_the_solutions_are_above_suspicion(assignment):
    for cell in nbformat.read(assignment.notebook, as_version=4).cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            assert suspicious(cell.source) == [], cell.source
