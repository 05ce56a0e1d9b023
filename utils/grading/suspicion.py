"""What in an answer a person should look at: means of touching the checks instead of the task.

It reads code, it does not run it. What it finds is a reason to look, never a reason for fewer points; what it
does not find is no proof. The sandbox is what protects the machine.
"""

import ast
import re

from IPython.core.inputtransformer2 import TransformerManager

# Module and attribute names that lead to the checks, the notebook's history or the interpreter itself.
NAMES = {
    "__builtins__": "builtins",
    "__import__": "builtins",
    "breakpoint": "the debugger",
    "builtins": "builtins",
    "ctypes": "memory (ctypes)",
    "eval": "code made at run time",
    "exec": "code made at run time",
    "gc": "objects of others (gc)",
    "get_ipython": "the notebook itself (get_ipython)",
    "globals": "the global names",
    "importlib": "modules",
    "inspect": "frames (inspect)",
    "mock": "patching",
    "monkeypatch": "patching",
    "setattr": "attributes set by name",
    "traceback": "frames (traceback)",
    "vars": "the inside of objects",
}
ATTRIBUTES = {
    "__closure__", "__code__", "__dict__", "__globals__", "__self__", "__subclasses__", "__wrapped__",
    "_current_frames", "_getframe", "ast_transformers", "f_back", "f_globals", "f_locals", "gi_frame",
    "history_manager", "input_transformers_cleanup", "input_transformers_post", "modules", "settrace",
    "setprofile", "tb_frame", "user_ns",
}  # fmt: skip
# Names of earlier cells, unless the code gives such a name a meaning of its own.
HISTORY = re.compile(r"In|Out|_+|_i+|_i\d+|_[ido]h|_\d+")
METHODS = {"__eq__", "__ne__", "__bool__", "__instancecheck__", "__torch_function__", "__torch_dispatch__"}
KEPT = {"check", "print", "torch"}  # names that the checks rely on
HARMLESS_MAGICS = {"time", "timeit", "matplotlib", "pip", "%%time"}


def suspicious(code: str) -> list[str]:
    """What a person should look at in this code, in words; none for code that cannot be read."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # what Python cannot read, it does not run either
    found = set()
    modules = _modules(tree)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    if any(HISTORY.fullmatch(node.id) and node.id not in own for node in names):
        found.add("uses the notebook's history")
    for node in ast.walk(tree):
        found.update(_doubts(node, modules))
    return sorted(found)


def _doubts(node: ast.AST, modules: set[str]) -> list[str]:
    if isinstance(node, ast.Call) and _is_harmless_magic(node):
        node.func.value.func.id = ""  # walked later: no more a name to look at
        return []
    if isinstance(node, ast.Name) and node.id in NAMES:
        return [f"uses {NAMES[node.id]}"]
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
        parts = {part for name in names for part in name.split(".")}
        doubts = [f"imports {part}" for part in sorted(parts.intersection(NAMES))]
        doubts += [
            f"gives the name {alias.asname} another meaning" for alias in node.names if alias.asname in KEPT
        ]
        return doubts + ["imports the checks or the grader"] * bool(parts & {"checks", "grading", "IPython"})
    if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
        return [f"uses .{node.attr}"]
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ATTRIBUTES:
        return [f"names {node.value} in a string"]
    is_written = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
    if isinstance(node, ast.Attribute) and is_written and _root(node) in modules:
        return [f"changes {ast.unparse(node)}"]
    if isinstance(node, ast.Name) and is_written and node.id in KEPT:
        return [f"gives the name {node.id} another meaning"]
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in KEPT:
        return [f"gives the name {node.name} another meaning"]
    if isinstance(node, ast.ClassDef):
        methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        return [f"defines {name} in class {node.name[:40]}" for name in sorted(methods & METHODS)]
    return []


def _modules(tree: ast.AST) -> set[str]:
    """Names under which modules, or things from modules, are known: what the notebook and this code import."""
    names = {"torch", "nn", "F", "check", "np", "numpy"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    before = 0
    while len(names) > before:  # t = torch, and then u = t
        before = len(names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and _root(node.value) in names:
                names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def _root(node: ast.AST) -> str | None:
    """``torch`` of ``torch.nn.functional``; None for what does not begin with a name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_harmless_magic(call: ast.Call) -> bool:
    """``get_ipython().run_line_magic("time", …)`` is what ``%time`` becomes."""
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in ("run_line_magic", "run_cell_magic")
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "get_ipython"
        and bool(call.args)
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value in HARMLESS_MAGICS
    )
