"""What the browser tests of the widgets share: Chromium, a JupyterLab with a notebook of widgets, an exported page."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import ipywidgets
import nbformat
import pytest
from nbconvert import HTMLExporter

import utils.widgets
from tests.test_lab import write_settings
from utils.course import ROOT
from utils.widgets.base import CourseWidget

CELLS = [
    "from utils import widgets",
    'first = widgets.ConvolutionStepper(title="The first")\nfirst',
    'second = widgets.ConvolutionStepper([[1, 2], [3, 4]], [[1]], title="The second")\nsecond',
    "print(first.stride, first.image[0], first.step, second.image)",
    "first.stride = 3",
]
PYTHON = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def example(widget: type[CourseWidget]) -> CourseWidget:
    """A widget as it is without any setting; but a Training Scope after a run, or it would have nothing to show."""
    if widget is not utils.widgets.TrainingScope:
        return widget()
    run = {"train_loss": [0.9, 0.5, 0.3], "validation_loss": [0.8, 0.6, 0.7]}
    run |= {"train_accuracy": [0.6, 0.8, 0.9], "validation_accuracy": [0.7, 0.75, 0.72]}
    filters = [[[[epoch, -1], [0.5, 0]], [[1, 2], [-3, 1]]] for epoch in (0, 1, 2)]
    return widget(filters=filters, epoch=2, **run)


@pytest.fixture(scope="session")
def shown() -> list[CourseWidget]:
    """One of each widget."""
    return [example(widget) for widget in utils.widgets.KINDS.values()]


@pytest.fixture(scope="session", params=["light", "dark"])
def exported(request, shown, tmp_path_factory) -> Path:
    """All widgets in a page that nbconvert has written, without the state of any live widget."""
    notebook = nbformat.v4.new_notebook()
    for widget in shown:
        data = {"text/html": widget.static_html(), "text/plain": widget.describe()}
        output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
        notebook.cells.append(nbformat.v4.new_code_cell("…", outputs=[output], execution_count=1))
    page, _ = HTMLExporter(theme=request.param).from_notebook_node(notebook)
    path = tmp_path_factory.mktemp("exported") / f"{request.param}.html"
    path.write_text(page, encoding="utf-8")
    return path


def write_old(path: Path, environment: dict[str, str]) -> None:
    """A notebook saved and trusted on another day, by a Jupyter that kept the live forms. It asks for no kernel."""
    notebook = nbformat.v4.new_notebook()
    for widget in (utils.widgets.ConvolutionStepper(title="An old one"), ipywidgets.IntSlider(7)):
        output = nbformat.v4.new_output("display_data", data=dict(bundle(widget)))
        notebook.cells.append(nbformat.v4.new_code_cell("…", outputs=[output], execution_count=1))
    nbformat.write(notebook, path)
    trust = [sys.executable, "-m", "jupyter", "trust", str(path)]
    subprocess.run(trust, env=environment, check=True, capture_output=True)


def bundle(widget) -> dict:
    """All forms of a widget."""
    forms = widget._repr_mimebundle_()
    return forms[0] if isinstance(forms, tuple) else forms


@pytest.fixture(scope="session")
def widget_lab(tmp_path_factory) -> tuple[Path, str]:
    """A folder and its address in a JupyterLab of its own, without a token, on loopback.

    It is a course of its own, with its lectures; beside them are ``widgets.ipynb`` with ``CELLS``, and ``old.ipynb``.
    """
    folder = tmp_path_factory.mktemp("widget-lab")
    write_settings(folder / "settings", "docmanager-extension/plugin", {"autosave": False})
    write_settings(folder / "settings", "notebook-extension/tracker", {"windowingMode": "none"})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata = PYTHON
    for part in ("utils", "lectures"):
        shutil.copytree(ROOT / part, folder / "files" / part)
    shutil.copy(ROOT / "pyproject.toml", folder / "files")
    nbformat.write(notebook, folder / "files" / "widgets.ipynb")
    environment = os.environ | {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings")}
    environment |= {"JUPYTER_DATA_DIR": str(folder / "data")}  # what is trusted here is trusted here alone
    environment |= {"PYTHONPATH": str(folder / "files")}  # its own `utils`, which knows its own lectures
    write_old(folder / "files" / "old.ipynb", environment)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [f"--ServerApp.root_dir={folder / 'files'}", f"--port={port}", "--no-browser", "--allow-root"]
    arguments += ["--IdentityProvider.token="]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *arguments],
        cwd=folder / "files",
        env=environment,
        stdout=(folder / "log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):  # a machine may be busy with other tests
            assert process.poll() is None, (folder / "log").read_text()
            try:
                json.load(urllib.request.urlopen(f"{address}/api/status", timeout=1))
                break
            except OSError:
                time.sleep(0.5)
        else:
            pytest.fail((folder / "log").read_text())
        yield folder / "files", f"{address}/doc/tree/"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
