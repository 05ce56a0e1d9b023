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
    "FunctionType", "addaudithook", "ag_frame", "ast_transformers", "attrgetter", "cell_contents", "cpp_extension",
    "cr_frame", "displayhook", "exc_info", "excepthook", "f_back", "f_builtins", "f_code", "f_globals", "f_locals",
    "get_ipython", "gi_frame",
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
COMPARISONS = {"__eq__", "__ge__", "__gt__", "__le__", "__lt__", "__ne__"}
DUNDER = re.compile(r"__\w+__")
# Names of earlier cells, unless the code gives such a name a meaning of its own.
HISTORY = re.compile(r"In|Out|_+|_i+|_i\d+|_[ido]h|_\d+")
KEPT = {"check", "print", "torch"}  # names that the checks rely on
# What shows things, and leads nowhere else.
DISPLAY = {"HTML", "Image", "Latex", "Markdown", "Math", "SVG", "clear_output", "display"}
HARMLESS_MAGICS = {"time", "timeit", "matplotlib", "pip"}


def suspicious(code: str, task: str = "") -> list[str]:
    """What a person should look at in this code, in words.

    ``task`` is the text of the task: what of the course it names, the answer may import.
    """
    try:
        tree = ast.parse(TransformerManager().transform_cell(code))
    except (SyntaxError, ValueError):
        return []  # what Python cannot read, it does not run either
    except (RecursionError, MemoryError):
        return ["is nested too deeply to be looked at"]
    found = set()
    modules = _modules(tree)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    if any(HISTORY.fullmatch(node.id) and node.id not in own for node in names):
        found.add("uses the notebook's history")
    fine = _tried_out(tree) | _compared(tree)
    for node in ast.walk(tree):
        if magic := _harmless_magic(node):
            asked, words = magic
            fine.add(asked)
            found.update(_in_magic(*words))
        elif node not in fine:
            found.update(_doubts(node, modules, task))
    return sorted(found)


def _doubts(node: ast.AST, modules: set[str], task: str) -> list[str]:
    doubts = [f"names {word}" for text in _texts(node) for word in DUNDER.findall(text) if word not in HARMLESS]
    doubts += ["names /proc" for text in _texts(node) if "/proc" in text]
    if isinstance(node, ast.Import | ast.ImportFrom):
        doubts += _imported(node, task)
    elif isinstance(node, ast.Name) and node.id in NAMES:
        doubts.append(f"uses {NAMES[node.id]}")
    elif isinstance(node, ast.Name) and node.id == "check":
        doubts.append("uses the checks")
    elif isinstance(node, ast.Name) and node.id == "getattr":  # of a call by this name the call is looked at
        doubts.append("uses attributes by name")
    elif isinstance(node, ast.Attribute):
        doubts += _attribute(node, modules)
    elif isinstance(node, ast.MatchClass):
        doubts += [f"uses .{name}" for name in node.kwd_attrs if _is_inside(name)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
        name = node.args[1]
        if node.func.id == "type":
            doubts.append("uses classes made at run time")
        if node.func.id == "getattr" and (not isinstance(name, ast.Constant) or _is_inside(str(name.value))):
            doubts.append("uses attributes by name")
    if _bound(node) in KEPT:
        doubts.append(f"gives the name {_bound(node)} another meaning")
    return doubts


def _texts(node: ast.AST) -> list[str]:
    """All names and words that stand in a node itself."""
    values = [value for _, value in ast.iter_fields(node)]
    values += [item for value in values if isinstance(value, list) for item in value]
    return [value for value in values if isinstance(value, str)]


def _bound(node: ast.AST) -> str | None:
    """The name that gets a meaning here."""
    if isinstance(node, ast.Name):
        return None if isinstance(node.ctx, ast.Load) else node.id
    if isinstance(node, ast.alias):
        return node.asname
    return getattr(node, "name", None) or getattr(node, "rest", None)  # of def, class, except and case


def _imported(node: ast.Import | ast.ImportFrom, task: str) -> list[str]:
    module = getattr(node, "module", None)
    doubts = []
    for alias in node.names:
        if module == "IPython.display" and alias.name in DISPLAY:
            continue
        parts = (f"{module}.{alias.name}" if module else alias.name).split(".")
        if {"checks", "grading"}.intersection(parts):
            doubts.append("imports the checks or the grader")
        elif parts[0] == "utils" and not _is_named(parts, task):
            doubts.append(f"imports {'.'.join(parts)}, which the task does not name")
        elif parts[0] not in MODULES or any(map(_is_inside, parts[1:])):
            doubts.append(f"imports {'.'.join(parts)}")
    return doubts


def _is_named(parts: list[str], task: str) -> bool:
    """Whether a task names what is imported. All of the course it never does: with it come the checks."""
    return len(parts) > 1 and re.search(rf"\b{re.escape('.'.join(parts[:2]))}\b", task) is not None


def _attribute(node: ast.Attribute, modules: set[str]) -> list[str]:
    own = node.attr.startswith("_") and _root(node) in ("self", "cls")
    doubts = [f"uses .{node.attr}"] if _is_inside(node.attr) and not own else []
    if node.attr in ("checks", "grading") and _root(node) in modules:
        doubts.append("uses the checks or the grader")
    if isinstance(node.ctx, ast.Store | ast.Del) and (_root(node) in modules or DUNDER.fullmatch(node.attr)):
        doubts.append(f"changes {_path(node)}")
    return doubts


def _is_inside(name: str) -> bool:
    """Whether an attribute of this name belongs to the inside of something."""
    private = name.startswith("_") and not DUNDER.fullmatch(name)
    return private or name.startswith("register_module_") or name in ATTRIBUTES


def _tried_out(tree: ast.AST) -> set[ast.AST]:
    """Names in their plain use: ``check`` in ``check.correlate(correlate)``, ``modules`` in ``net.modules()``,
    and ``getattr`` where it is called.
    """
    fine: set[ast.AST] = set()
    for node in ast.walk(tree):
        call = node.value if isinstance(node, ast.Expr) else node
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "getattr":
            fine.add(call.func)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr == "modules":
                fine.add(call.func)
            elif isinstance(node, ast.Expr) and getattr(call.func.value, "id", "") == "check":
                fine.add(call.func.value)
    return fine


def _compared(tree: ast.AST) -> set[ast.AST]:
    """Comparisons that a dataclass defines for itself. It is none of the kinds of value that a check takes."""
    return {
        method
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.bases and any(map(_is_dataclass, node.decorator_list))
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name in COMPARISONS
    }


def _is_dataclass(decorator: ast.AST) -> bool:
    decorator = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (getattr(decorator, "id", None) or getattr(decorator, "attr", None)) == "dataclass"


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


def _harmless_magic(node: ast.AST) -> tuple[ast.Name, list[str]] | None:
    """``get_ipython`` and the words in ``get_ipython().run_line_magic("time", "…")``, which is what ``%time`` becomes.

    A line that is no text as it stands could be anything: such a magic is not harmless.
    """
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name("get_ipython") as asked), attr=how), args=lines, keywords=[]
        ) if how in ("run_line_magic", "run_cell_magic"):
            words = [line.value for line in lines if isinstance(line, ast.Constant) and isinstance(line.value, str)]
            if len(words) == len(lines) and words and words[0] in HARMLESS_MAGICS:
                return asked, words
    return None


def _in_magic(name: str, *lines: str) -> list[str]:
    """The code behind ``%time`` is run as well."""
    found = []
    for line in lines if name in ("time", "timeit") else ():
        code = re.sub(r"^(-[nr]\s*\d+\s+)*", "", line)  # of %timeit
        found += ["uses the notebook itself (a magic)"] if code.startswith("-") else suspicious(code)
    return found
