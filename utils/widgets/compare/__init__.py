"""Networks Side by Side: layer by layer, where their parameters are and where their work is done."""

from functools import cache
from math import prod

import torch
from torch import nn

from utils import models
from utils.text import clean
from utils.widgets.base import CourseWidget
from utils.widgets.layer_words import layer_words
from utils.widgets.traits import Checked, Choice, Whole, Words
from utils.words import counted, percent

MOST_NETWORKS, MOST_ROWS, LARGEST = 4, 64, 10**13
KINDS = ("convolution", "linear", "pooling", "other")


class Networks(Checked):
    """A list of dicts: a "name", the "input" as (C, H, W), and "rows", the layers, as `NetworksSideBySide.of` makes."""

    def check(self, value) -> list[dict]:
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_NETWORKS:
            raise TypeError(f"{self.name} must be a list of 1 to {MOST_NETWORKS} dicts: use NetworksSideBySide.of")
        return [self._network(n, network) for n, network in enumerate(value)]

    def _network(self, n: int, network) -> dict:
        rows = network.get("rows") if isinstance(network, dict) else None
        if not isinstance(rows, (list, tuple)) or not 1 <= len(rows) <= MOST_ROWS:
            raise TypeError(f"{self.name}[{n}] must be a dict with 1 to {MOST_ROWS} rows: use NetworksSideBySide.of")
        if not isinstance(network.get("name"), str) or len(_shape(network.get("input"))) != 3:
            raise TypeError(f"{self.name}[{n}] must have a 'name' and an 'input' (channels, rows, columns)")
        checked = [self._row(f"{self.name}[{n}]: row {k}", row) for k, row in enumerate(rows)]
        return {"name": clean(network["name"])[:40], "input": _shape(network["input"]), "rows": checked}

    def _row(self, where: str, row) -> dict:
        if not isinstance(row, dict) or not isinstance(row.get("words"), str) or row.get("kind") not in KINDS:
            raise TypeError(f"{where} must be a dict with 'words' and a 'kind', one of {', '.join(KINDS)}")
        if len(_shape(row.get("shape"))) not in (1, 3):
            raise TypeError(f"{where}: shape must be (channels, rows, columns) or (features,)")
        for name in ("parameters", "adds"):
            if type(row.get(name)) is not int or not 0 <= row[name] <= LARGEST:
                raise ValueError(f"{where}: {name} must be a whole number from 0 to {LARGEST:,}")
        numbers = {name: row[name] for name in ("kind", "parameters", "adds")}
        return {"words": clean(row["words"])[:120], "shape": _shape(row["shape"])} | numbers


class NetworksSideBySide(CourseWidget):
    """Up to four networks as columns of layers. Bars to the left: parameters; to the right: multiply-adds; between
    them the size of the maps.

    Args:
        networks: as `of` makes them. Left out, LeNet-5, AlexNet, VGG-16 and NiN.
        scale: "own", where the longest bar is the largest layer of each network, or "same", one scale for all.
        network, row: which layer is looked at, counted from 0.
        title: the line above.
    """

    script = "compare"
    height = 900
    networks = Networks([])
    scale = Choice("own", "same")
    network = Whole(0, least=0, most=MOST_NETWORKS - 1)
    row = Whole(0, least=0, most=MOST_ROWS - 1)
    title = Words("Where the weights are, and where the work is")

    def __init__(self, networks=None, **settings):
        super().__init__(networks=_four(), **settings)
        if networks is not None:
            self.networks = networks  # if they cannot be shown, the four stay

    @classmethod
    def of(cls, networks: dict[str, tuple[nn.Module, int, int]], **settings) -> "NetworksSideBySide":
        """Models by name, each with its input channels and image size. What has no parameters is left out, but for what
        makes maps smaller."""
        return cls([network_rows(name, *given) for name, given in networks.items()], **settings)

    def facts(self) -> dict[str, str]:
        rows = {}
        for network in self.networks:
            totals = []
            for what, words in (("parameters", "parameter"), ("adds", "multiply-add")):
                total = sum(row[what] for row in network["rows"])
                linear = sum(row[what] for row in network["rows"] if row["kind"] == "linear")
                totals.append(f"{counted(total, words)}, {percent(linear / max(total, 1), 0)} in linear layers")
            maps = sum(prod(row["shape"]) for row in network["rows"] if row["kind"] == "convolution")
            rows[network["name"]] = f"{'; '.join(totals)}; {maps:,} numbers in the convolutions' maps"
        network = self.networks[min(self.network, len(self.networks) - 1)]
        row = network["rows"][min(self.row, len(network["rows"]) - 1)]
        numbers = f"{row['parameters']:,} parameters, {row['adds']:,} multiply-adds"
        return rows | {f"Layer of {network['name']}": f"{row['words']}: {numbers}"}


def network_rows(name: str, model: nn.Module, in_channels: int, image_size: int) -> dict:
    """A network as the widget shows it."""
    rows = []
    for cost in models.layer_costs(model, in_channels, image_size):
        kind = _kind(cost.layer)
        if cost.parameters or (kind == "pooling" and cost.output_shape != cost.input_shape):
            numbers = {"parameters": cost.parameters, "adds": cost.multiply_adds}
            rows.append({"words": layer_words(cost), "kind": kind, "shape": list(cost.output_shape)} | numbers)
    return {"name": name, "input": [in_channels, image_size, image_size], "rows": rows}


def _kind(layer: nn.Module) -> str:
    if isinstance(layer, nn.Conv2d):
        return "convolution"
    if isinstance(layer, nn.Linear):
        return "linear"
    return "pooling" if "Pool" in type(layer).__name__ else "other"


def _shape(value) -> list[int]:
    sound = isinstance(value, (list, tuple)) and all(type(n) is int and 1 <= n <= LARGEST for n in value)
    return list(value) if sound else []


@cache
def _four() -> list[dict]:
    names = {"LeNet-5": ("lenet", 10, 1, 28), "AlexNet": ("alexnet_two_gpus", 1000, 3, 224)}
    names |= {"VGG-16": ("vgg16", 1000, 3, 224), "NiN": ("nin", 1000, 3, 224)}
    with torch.device("meta"):  # shapes, but no numbers to draw
        return [
            network_rows(title, models.create(name, classes, channels, size), channels, size)
            for title, (name, classes, channels, size) in names.items()
        ]
