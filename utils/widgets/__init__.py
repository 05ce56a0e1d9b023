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

from utils.widgets.channels import ChannelsAndGroups
from utils.widgets.inside import InsideTheNet
from utils.widgets.lab import KernelLab
from utils.widgets.ledger import NetworkLedger
from utils.widgets.pooling import PoolingBench
from utils.widgets.predict import PredictFirst
from utils.widgets.predict.questions import Question, windows
from utils.widgets.scope import TrainingScope
from utils.widgets.stepper import ConvolutionStepper
from utils.widgets.telescope import ReceptiveFieldTelescope
from utils.widgets.transposed import TransposedConvolution
from utils.widgets.weights import WeightView

__all__ = [
    "ChannelsAndGroups",
    "ConvolutionStepper",
    "InsideTheNet",
    "KernelLab",
    "NetworkLedger",
    "PoolingBench",
    "PredictFirst",
    "Question",
    "ReceptiveFieldTelescope",
    "TrainingScope",
    "TransposedConvolution",
    "WeightView",
    "windows",
]
