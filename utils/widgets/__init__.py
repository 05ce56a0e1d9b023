"""Convolution arithmetic to touch. Each widget is the last expression of a cell, or shown with ``display``.

A notebook kept as a web page keeps its widgets too, and they need neither a kernel nor a network there. Either in
JupyterLab (File, Save and Export Notebook As, HTML), or, to run it first, with::

    jupyter nbconvert --to html --execute --ExecutePreprocessor.store_widget_state=False NOTEBOOK.ipynb

Without the last option nbconvert prefers the live widgets, whose page asks the network for what draws them.
"""

try:
    import anywidget  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "The widgets need the package anywidget, which is not installed here. Install what the notebooks use "
        "with: pip install -e '.[lab]' (in the course's folder), or anywidget alone: pip install anywidget",
        name="anywidget",
    ) from error

from importlib import import_module
from pkgutil import iter_modules

from utils.widgets.predict.questions import Question, windows

KINDS = {}  # every widget, by the name of its folder: the folders are the list
for _file in iter_modules(__path__):
    for _thing in vars(import_module(f"{__name__}.{_file.name}")).values():
        if getattr(_thing, "script", None) == _file.name:
            KINDS[_file.name] = globals()[_thing.__name__] = _thing

__all__ = ["Question", "windows", *(kind.__name__ for kind in KINDS.values())]
