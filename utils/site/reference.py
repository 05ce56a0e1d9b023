"""The reference: the docstrings of what learners and authors call."""

import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

from utils.site.repository import Repository

# What learners and authors call; the rest is in the repository.
DESCRIBED = [
    "arithmetic",
    "settings",
    "data",
    "layers",
    "models",
    "training",
    "transfer",
    "insight",
    "convolution",
    "speed",
    "figures",
    "widgets",
]


def describes(name: str) -> bool:
    """Whether ``utils.data.load`` has a place there."""
    module, _, leaf = name.rpartition(".")
    if module.removeprefix("utils.") not in DESCRIBED:
        return False
    found = pkgutil.resolve_name(name)
    public = leaf in getattr(import_module(module), "__all__", [leaf])
    return public and (inspect.isroutine(found) or inspect.isclass(found))


def tree(entries: list[str]) -> str:
    listed = "\n".join(entries)
    return f"```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"


def write(folder: Path, repository: Repository) -> None:
    """Write its pages' sources into a new folder."""
    folder.mkdir()
    for name in DESCRIBED:
        module = import_module(f"utils.{name}")
        everything = "   :imported-members:\n" if hasattr(module, "__all__") else ""
        body = f"```{{eval-rst}}\n.. automodule:: utils.{name}\n   :members:\n{everything}```\n"
        source = repository.file(Path(inspect.getfile(module)))
        (folder / f"{name}.md").write_text(f"# utils.{name}\n\n[The code]({source})\n\n{body}", "utf-8")
    text = "# Reference\n\nWhat the lectures use of the package `utils`, with shapes, units, errors and sources.\n\n"
    (folder / "index.md").write_text(text + tree(list(DESCRIBED)), "utf-8")
