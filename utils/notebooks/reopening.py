"""Widgets in a notebook that is opened: alive before anything is run, on the next day as well.

An output of a widget holds it in several forms. JupyterLab prefers the live one, and says "model not found" where the
kernel that has its model is gone. `cnn-course.json`, which pip installs with the course, makes this module an extension
of the Jupyter server: every notebook that is read or saved there, old ones too, is rid of such forms. What is left is a
frame, which JupyterLab shows in a notebook that is trusted: the course's own lectures are, other notebooks have to be.
"""

import re
from contextlib import suppress
from pathlib import Path

from utils.course import lectures
from utils.notebooks.teaching import leave_out_tools

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
# What a notebook holds once for several widgets, as `CourseWidget.static_html` writes it: its name, and what it is.
HELD = re.compile(r'<script type="application/json" data-cnn-held="(\w+)">(.*?)</script>', re.DOTALL)


def drop_live_widgets(notebook: dict) -> None:
    """Keep of each widget the forms that need no kernel, such as a frame or words.

    A widget that has nothing but its live form keeps it, and one whose state the notebook holds (JupyterLab's setting
    "Save Widget State Automatically").
    """
    states = notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            forms = output.get("data", {})
            if VIEW in forms and len(forms) > 1 and forms[VIEW].get("model_id") not in states:
                del forms[VIEW]


def is_lecture(path: Path) -> bool:
    """Whether this file is a lecture of the course, in the folder that `utils` is in: no more is trusted unseen."""
    with suppress(OSError, ValueError):  # a list of lectures that cannot be read has none
        return path.resolve() in {lecture.notebook.resolve() for lecture in lectures()}
    return False


def hold_once(notebook: dict) -> None:
    """Of what several widgets need, such as a network, keep what the first has brought: the others find it there."""
    held = set()

    def first(script: re.Match) -> str:
        if script[1] in held:
            return ""
        held.add(script[1])
        return script[0]

    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            forms = output.get("data", {})
            if isinstance(forms.get("text/html"), str):
                forms["text/html"] = HELD.sub(first, forms["text/html"])


def _load_jupyter_server_extension(app) -> None:
    """Called by Jupyter. The names of extensions decide their order: Jupytext has put its manager in place by now."""
    manager = app.contents_manager
    mark = manager.mark_trusted_cells

    def mark_and_drop(notebook: dict, path: str = "") -> None:
        mark(notebook, path)  # compares the signature of the whole file: first
        with suppress(AttributeError, KeyError, TypeError):  # no valid notebook: Jupyter says so and shows it
            drop_live_widgets(notebook)
            if is_lecture(Path(manager.root_dir, path.strip("/"))):
                manager.notary.mark_cells(notebook, True)

    def drop_before_saving(model: dict, **_) -> None:
        if model["type"] == "notebook":
            drop_live_widgets(model["content"])  # the file is signed after this
            hold_once(model["content"])

    manager.mark_trusted_cells = mark_and_drop
    manager.register_pre_save_hook(drop_before_saving)
    leave_out_tools(app)
