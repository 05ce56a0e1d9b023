"""Frozen Stages: which pieces of a trained network learn, what that costs, and how right it is with so many labels."""

import json
from functools import cache
from statistics import fmean

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils import models
from utils.text import clean
from utils.widgets.base import CourseWidget
from utils.widgets.frozen.stages import CUTS, RUNS, pieces
from utils.widgets.traits import Checked, Choice, Whole, Words, number
from utils.words import data_name

MOST_PIECES, MOST_LABELS, MOST_LINES, LARGEST = 24, 10, 6, 10**13
COUNTS = ("parameters", "adds", "spared")


class Pieces(Checked):
    """A list of dicts, as `pieces_of` makes them, first piece first."""

    def check(self, value) -> list[dict]:
        if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= MOST_PIECES:
            raise TypeError(f"{self.name} must be a list of 1 to {MOST_PIECES} dicts: use FrozenStages.of")
        for n, piece in enumerate(value):
            if not isinstance(piece, dict) or not isinstance(piece.get("name"), str):
                raise TypeError(f"{self.name}[{n}] must be a dict with a 'name', {', '.join(COUNTS)}")
            if any(type(piece.get(name)) is not int or not 0 <= piece[name] <= LARGEST for name in COUNTS):
                raise ValueError(f"{self.name}[{n}]: {', '.join(COUNTS)} must be whole numbers up to {LARGEST:,}")
        return [{"name": clean(piece["name"])[:20]} | {name: piece[name] for name in COUNTS} for piece in value]


class Runs(Checked):
    """What was measured: "labels" of each class, "source", and "lines", a dict for each way to train."""

    def check(self, value) -> dict:
        try:
            _require(isinstance(value, dict), "a dictionary")
            labels, lines = list(value["labels"]), list(value["lines"])
            _require(isinstance(value["source"], str), "a source")
            _require(1 <= len(labels) <= MOST_LABELS and 1 <= len(lines) <= MOST_LINES, "some labels and lines")
            _require(all(type(n) is int and n >= 1 for n in labels) and labels == sorted(labels), "labels in order")
            for line in lines:
                _require(isinstance(line["name"], str) and type(line["scratch"]) is bool, "lines with names")
                _require(type(line["cut"]) is int and 0 <= line["cut"] < MOST_PIECES, "lines with a cut")
                _require(1 <= len(line["accuracies"]) <= 20, "accuracies of some seeds")
                for seed in line["accuracies"]:
                    _require(len(seed) == len(labels), "an accuracy for each number of labels")
                    _require(all(number("accuracies", one, 100) >= 0 for one in seed), "accuracies in %")
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise ValueError(
                f"{self.name} must be a dict with labels, lines and source, and this is not ({error!r:.120}): "
                "leave it out, or see utils/widgets/frozen/runs.json"
            ) from error
        return {"labels": labels, "lines": lines, "source": clean(value["source"])[:300]}


class FrozenStages(CourseWidget):
    """A row of pieces. Those below the cut are frozen and, if kept, computed once; those above it learn.

    Args:
        pieces: as `pieces_of` makes them. Left out, the course's ResNet-20 with a head for two classes.
        runs: test accuracies that were measured. Left out, those of `utils.widgets.frozen.measure`.
        cut: how many pieces are frozen, the first ones. The last one always learns.
        scratch: whether the network begins with random weights, as one that was never trained.
        kept: whether what the frozen pieces return is computed once and kept.
        epochs: how often each image is seen.
        labels: which number of labels is looked at, counted from 0.
        title: the line above.
    """

    script = "frozen"
    height = 760
    pieces = Pieces([])
    runs = Runs({})
    cut = Whole(7, least=0, most=MOST_PIECES - 1)
    scratch = Choice(False, True)
    kept = Choice(True, False)
    epochs = Whole(10, least=1, most=100)
    labels = Whole(2, least=0, most=MOST_LABELS - 1)
    title = Words("What is frozen, what learns, and how many labels there are")

    def __init__(self, pieces=None, runs=None, **settings):
        super().__init__(pieces=_resnet(), runs=_measured(), **settings)
        for name, value in (("pieces", pieces), ("runs", runs)):
            if value is not None:
                setattr(self, name, value)  # if it cannot be shown, the course's own stays

    @classmethod
    def of(cls, named: dict[str, nn.Module], in_channels: int, image_size: int, **settings) -> "FrozenStages":
        """A network of your own, as a row of pieces by name. Its ``runs`` are given beside it."""
        return cls(pieces=pieces_of(named, in_channels, image_size), **settings)

    def facts(self) -> dict[str, str]:
        cut = min(self.cut, len(self.pieces) - 1)
        frozen, learning = self.pieces[:cut], self.pieces[cut:]
        total, learns = (sum(piece["parameters"] for piece in some) for some in (self.pieces, learning))
        below, above = (sum(piece["adds"] for piece in some) for some in (frozen, learning))
        lowest = next((piece for piece in learning if piece["parameters"]), learning[-1])
        backward = 2 * above - lowest["spared"]
        work = below * (1 if self.kept else self.epochs) + (above + backward) * self.epochs
        line = self._line(cut)
        labels = self.runs["labels"][n := min(self.labels, len(self.runs["labels"]) - 1)]
        seeds = [seed[n] for seed in line["accuracies"]] if line else []
        words = [f"{value:.1f}" for value in (fmean(seeds), min(seeds), max(seeds))] if seeds else []
        right = f"{words[0]} % right, from {words[1]} to {words[2]}" if words else "not run"
        return {
            "Frozen": f"{cut} of {len(self.pieces)} pieces",
            "Learn": f"{learns:,} of {total:,} parameters",
            "Multiply-adds for one image": f"{below:,} frozen, {above:,} forward and {backward:,} backward above",
            f"In {self.epochs} epochs": f"{work:,}",
            f"With {labels:,} labels of each class": right,
            "Data": self.runs["source"],
        }

    def _line(self, cut: int) -> dict | None:
        """The runs in which the same parameters learnt."""

        def learns(frozen: int) -> int:
            return sum(piece["parameters"] for piece in self.pieces[frozen:])

        lines = (line for line in self.runs["lines"] if line["scratch"] == self.scratch)
        return next((line for line in lines if learns(line["cut"]) == learns(cut)), None)


def pieces_of(named: dict[str, nn.Module], in_channels: int, image_size: int) -> list[dict]:
    """What the widget shows of a row of pieces: "parameters"; "adds", the multiply-adds of one image forward; and
    "spared", those that the way back saves where nothing below learns. Torch counts them; on "meta" it takes no time.
    """
    rows, shape = [], (2, in_channels, image_size, image_size)  # two images, for batch norm's sake
    for name, piece in named.items():
        device = next(piece.parameters(), torch.empty(0, device="meta")).device
        counts = []
        for needs_gradient in (False, True):
            images = torch.zeros(shape, device=device, requires_grad=needs_gradient)
            with FlopCounterMode(display=False) as forward:
                output = piece(images)
            with FlopCounterMode(display=False) as backward:
                if output.requires_grad:
                    output.sum().backward()
            counts.append((forward.get_total_flops() // 4, backward.get_total_flops() // 4))  # a multiply-add is two
        (adds, alone), (_, whole) = counts
        parameters = sum(p.numel() for p in piece.parameters())
        rows.append({"name": name, "parameters": parameters, "adds": adds, "spared": whole - alone})
        shape = tuple(output.shape)
    return rows


@cache
def _resnet() -> list[dict]:
    with torch.device("meta"):
        network = models.create("resnet20", 2, in_channels=3, image_size=32)
        names = ["first", *(f"block {n}" for n in range(1, 10)), "mean", "head"]
        return pieces_of(dict(zip(names, pieces(network), strict=True)), 3, 32)


@cache
def _measured() -> dict:
    facts = json.loads(RUNS.read_text(encoding="utf-8"))
    lines = [
        {"name": kind, "cut": CUTS[kind], "scratch": kind == "scratch", "accuracies": seeds}
        for kind, seeds in facts["accuracies"].items()
    ]
    source = f"{data_name(facts['source'])}; {facts['command']}, {facts['date']}"
    return {"labels": facts["labels"], "lines": lines, "source": source}


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"there must be {what}")
