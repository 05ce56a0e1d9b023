"""What in an answer a person should look at: means of touching the checks instead of the task.

It reads code, it does not run it. What it finds is a reason to look, never a reason for fewer points; what it
does not find is no proof. `kernel` sees in addition what an answer replaces while it runs, however that is
written, and the sandbox is what protects the machine.
"""

import ast
import re

from IPython.core.inputtransformer2 import TransformerManager

# What answers import. Of anything else a person should know: it can lead to the checks, to the notebook's
# history or into the interpreter.
MODULES = {
    "PIL", "__future__", "abc", "array", "bisect", "cmath", "collections", "concurrent", "contextlib", "copy",
    "csv", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "glob", "hashlib", "heapq",
    "io", "itertools", "json", "logging", "math", "matplotlib", "multiprocessing", "numbers", "numpy",
    "operator", "os", "pathlib", "platform", "pprint", "queue", "random", "re", "shutil", "statistics", "string",
    "struct", "subprocess", "sys", "tempfile", "textwrap", "threading", "time", "torch", "torchvision", "tqdm",
    "types", "typing", "utils", "warnings", "zipfile",
}  # fmt: skip
NAMES = {
    "FunctionType": "code made at run time",
    "attrgetter": "attributes by name",
    "breakpoint": "the debugger",
    "compile": "code made at run time",
    "delattr": "attributes by name",
    "eval": "code made at run time",
    "exec": "code made at run time",
    "get_ipython": "the notebook itself (get_ipython)",
    "globals": "the global names",
    "locals": "the global names",
    "make_dataclass": "classes made at run time",
    "methodcaller": "attributes by name",
    "monkeypatch": "patching",
    "new_class": "classes made at run time",
    "setattr": "attributes set by name",
    "vars": "the inside of objects",
}
# They lead from an object to its frames, to the interpreter, to the kernel, or behind all of torch.
ATTRIBUTES = {
    "FunctionType", "addaudithook", "ag_frame", "ast_transformers", "attrgetter", "cpp_extension", "cr_frame",
    "displayhook", "exc_info", "excepthook", "f_back", "f_builtins", "f_code", "f_globals", "f_locals", "gi_frame",
    "history_manager", "input_transformers_cleanup", "input_transformers_post", "io_loop", "last_traceback",
    "last_value", "library", "make_dataclass", "meta_path", "methodcaller", "modules", "monitoring", "new_class",
    "overrides", "path_hooks", "pub_thread", "session", "setprofile", "settrace", "tb_frame", "tb_next", "user_ns",
}  # fmt: skip
# Names with two underscores on each side that say nothing about the author's intentions.
HARMLESS = {
    "__abs__", "__add__", "__all__", "__call__", "__class__", "__contains__", "__delitem__", "__doc__", "__enter__",
    "__exit__", "__file__", "__float__", "__future__", "__getitem__", "__hash__", "__iadd__", "__init__", "__int__",
    "__iter__", "__len__", "__main__", "__matmul__", "__mul__", "__name__", "__neg__", "__new__", "__next__",
    "__path__", "__post_init__", "__pow__", "__radd__", "__repr__", "__rmul__", "__setitem__", "__str__", "__sub__",
    "__truediv__", "__version__",
}  # fmt: skip
DUNDER = re.compile(r"__\w+__")
# Names of earlier cells, unless the code gives such a name a meaning of its own.
HISTORY = re.compile(r"In|Out|_+|_i+|_i\d+|_[ido]h|_\d+")
KEPT = {"check", "print", "torch"}  # names that the checks rely on
HARMLESS_MAGICS = {"time", "timeit", "matplotlib", "pip"}


def suspicious(code: str, task: str = "") -> list[str]:
    """What a person should look at in this code, in words.

    ``task`` is the text of the task: what of the course it names, the answer may import.
    """
    try:
        tree = _parsed(code)
    except (RecursionError, MemoryError):
        return ["is nested too deeply to be looked at"]
    if tree is None:
        return []  # what Python cannot read, it does not run either
    found = set()
    modules = _modules(tree)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    if any(HISTORY.fullmatch(node.id) and node.id not in own for node in names):
        found.add("uses the notebook's history")
    fine = _tried_out(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_harmless_magic(node):
            fine.add(node.func.value.func)
            found.update(_in_magic(node))
        elif node not in fine:
            found.update(_doubts(node, modules, task))
    return sorted(found)


def _parsed(code: str) -> ast.AST | None:
    try:
        return ast.parse(TransformerManager().transform_cell(code))
    except (SyntaxError, ValueError):
        return None


def _doubts(node: ast.AST, modules: set[str], task: str) -> list[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return _imported(node, task)
    if isinstance(node, ast.Name):
        return _named(node)
    if isinstance(node, ast.Attribute):
        return _attribute(node, modules)
    if isinstance(node, ast.MatchClass):
        return [f"uses .{name}" for name in node.kwd_attrs if _is_inside(name)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [f"names {word} in a string" for word in set(DUNDER.findall(node.value)) - HARMLESS]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        name = node.args[1] if len(node.args) > 1 else None
        if node.func.id == "type" and name:
            return ["uses classes made at run time"]
        if node.func.id == "getattr" and (not isinstance(name, ast.Constant) or _is_inside(str(name.value))):
            return ["uses attributes by name"]
    if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in KEPT:
        return [f"gives the name {node.name} another meaning"]
    if isinstance(node, ast.ClassDef):
        methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        odd = {name for name in methods if DUNDER.fullmatch(name)} - HARMLESS
        return [f"defines {name} in class {node.name[:40]}" for name in sorted(odd)]
    return []


def _imported(node: ast.Import | ast.ImportFrom, task: str) -> list[str]:
    module = getattr(node, "module", None)
    doubts = []
    for alias in node.names:
        parts = (f"{module}.{alias.name}" if module else alias.name).split(".")
        if alias.asname in KEPT:
            doubts.append(f"gives the name {alias.asname} another meaning")
        if {"checks", "grading", "IPython"}.intersection(parts):
            doubts.append("imports the checks or the grader")
        elif parts[0] == "utils" and ".".join(parts[:2]) not in task:
            doubts.append(f"imports {'.'.join(parts)}, which the task does not name")
        elif parts[0] not in MODULES or any(map(_is_inside, parts[1:])):
            doubts.append(f"imports {'.'.join(parts)}")
    return doubts


def _named(node: ast.Name) -> list[str]:
    if node.id in NAMES:
        return [f"uses {NAMES[node.id]}"]
    if DUNDER.fullmatch(node.id) and node.id not in HARMLESS:
        return [f"uses {node.id}"]
    if isinstance(node.ctx, ast.Store | ast.Del) and node.id in KEPT:
        return [f"gives the name {node.id} another meaning"]
    if node.id == "check":
        return ["uses the checks"]
    return []


def _attribute(node: ast.Attribute, modules: set[str]) -> list[str]:
    is_written = isinstance(node.ctx, ast.Store | ast.Del)
    if is_written and (_root(node) in modules or DUNDER.fullmatch(node.attr)):
        return [f"changes {_path(node)}"]
    private = node.attr.startswith("_") and not DUNDER.fullmatch(node.attr)
    if _is_inside(node.attr) and not (private and _root(node) in ("self", "cls")):
        return [f"uses .{node.attr}"]
    return []


def _is_inside(name: str) -> bool:
    """Whether an attribute of this name belongs to the inside of something."""
    if DUNDER.fullmatch(name):
        return name not in HARMLESS
    return name.startswith(("_", "register_module_")) or name in ATTRIBUTES


def _tried_out(tree: ast.AST) -> set[ast.AST]:
    """The names ``check`` in lines such as ``check.correlate(correlate)``, and ``modules`` in ``net.modules()``."""
    fine = set()
    for node in ast.walk(tree):
        call = node.value if isinstance(node, ast.Expr) else node
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr == "modules":
                fine.add(call.func)
            elif isinstance(node, ast.Expr) and getattr(call.func.value, "id", "") == "check":
                fine.add(call.func.value)
    return fine


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


def _path(node: ast.AST) -> str:
    """``torch.nn.functional.conv2d`` as it is written, but for what is no name."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([getattr(node, "id", "…"), *reversed(names)])[:100]


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


def _in_magic(call: ast.Call) -> list[str]:
    """The code behind ``%time`` is run as well."""
    found = []
    for argument in call.args[1:]:
        code = re.sub(r"^(-[nr]\s*\d+\s+)*", "", argument.value)  # of %timeit
        if call.args[0].value in ("time", "timeit"):
            found += suspicious(code) if _parsed(code) else ["uses the notebook itself (a magic)"]
    return found
