"""Augmentation Bench: one picture as a network gets it again and again, and what is lost on the way."""

import base64
from functools import cache
from statistics import fmean

from torch import Tensor

from utils.data import Dataset
from utils.data.fashion import CLASS_NAMES
from utils.text import clean
from utils.widgets.augment.characters import CHARACTERS, drawn, sample
from utils.widgets.base import CourseWidget
from utils.widgets.traits import Checked, Whole, Words
from utils.words import data_name, percent

MOST_PICTURES, LARGEST_SIDE = 10, 64
VERSIONS = 12  # of a picture that are shown
WAYS = ("mirrored", "turned", "both")


class Pictures(Checked):
    """A dict of "shape" (C, H, W), "source" and "pictures", as `AugmentationBench.of` makes it."""

    def check(self, value) -> dict:
        try:
            _require(isinstance(value, dict), "a dictionary")
            shape, source, pictures = list(value["shape"]), value["source"], value["pictures"]
            _require(len(shape) == 3 and all(type(n) is int and n >= 1 for n in shape), "a shape (C, H, W)")
            _require(shape[0] in (1, 3) and max(shape[1:]) <= LARGEST_SIDE, "grey or colour, at most 64×64")
            _require(isinstance(source, str) and isinstance(pictures, (list, tuple)), "a source and a list of pictures")
            _require(1 <= len(pictures) <= MOST_PICTURES, f"1 to {MOST_PICTURES} pictures")
            checked = [self._picture(picture, shape[0] * shape[1] * shape[2]) for picture in pictures]
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise ValueError(
                f"{self.name} must be what AugmentationBench.of makes, and this is not ({error!r:.120}): "
                "use AugmentationBench.of(data)"
            ) from error
        return {"shape": shape, "source": clean(source)[:300], "pictures": checked}

    def _picture(self, picture, numbers: int) -> dict:
        becomes = {way: picture["becomes"][way] for way in WAYS if way in picture["becomes"]}
        _require(all(isinstance(word, str) for word in (picture["name"], *becomes.values())), "names that are texts")
        _require(len(base64.b64decode(picture["pixels"], validate=True)) == numbers, "a byte for each number")
        return {"name": clean(picture["name"])[:60], "pixels": picture["pixels"], "becomes": becomes}


class AugmentationBench(CourseWidget):
    """Pad, crop, mirror and turn a picture at random, and look at a batch of what comes out.

    Args:
        pictures: as `of` makes them. Left out, four of Fashion-MNIST and three characters that the course has drawn.
        picture: which one, counted from 0.
        padding: black pixels on each side before the crop, which is as large as the picture.
        mirrored, turned: so many in a hundred are mirrored, and turned by half a turn.
        seed: decides what chance does.
        version: which picture of the batch is looked at, counted from 0.
        title: the line above.
    """

    script = "augment"
    height = 640
    pictures = Pictures({})
    picture = Whole(0, least=0, most=MOST_PICTURES - 1)
    padding = Whole(4, least=0, most=16)
    mirrored = Whole(50, least=0, most=100)
    turned = Whole(0, least=0, most=100)
    seed = Whole(0, least=0, most=999_999)
    version = Whole(0, least=0, most=VERSIONS - 1)
    title = Words("One picture, as a network gets it again and again")

    def __init__(self, pictures=None, **settings):
        super().__init__(pictures=_sample(), **settings)
        if pictures is not None:
            self.pictures = pictures  # if they cannot be shown, those of the sample stay

    @classmethod
    def of(cls, data: Dataset, **settings) -> "AugmentationBench":
        """The images of ``data``, at most seven, and behind them three characters in the same size."""
        return cls(pictures=_packed(data, data_name(data.source)), **settings)

    def facts(self) -> dict[str, str]:
        _, height, width = self.pictures["shape"]
        picture = self.pictures["pictures"][min(self.picture, len(self.pictures["pictures"]) - 1)]
        rows = {"Picture": f"{picture['name']}, {height}×{width}", "Padding": str(self.padding)}
        rows |= {"Mirrored": f"{self.mirrored} in 100", "Turned": f"{self.turned} in 100"}
        rows["Different images that can come of it"] = f"{self._forms():,}"
        mean, most = lost(height, width, self.padding)
        rows["Of the picture lies outside"] = f"{percent(mean, 0)} in the mean, at most {percent(most, 0)}"
        for way in ("mirrored", "turned"):
            if getattr(self, way) and way in picture["becomes"]:
                rows[way.capitalize()] += f", and is {picture['becomes'][way]} then"
        return rows | {"Data": self.pictures["source"]}

    def _forms(self) -> int:
        """Places of the crop, times the ways to lie there."""
        ways = [2 if 0 < share < 100 else 1 for share in (self.mirrored, self.turned)]
        return (2 * self.padding + 1) ** 2 * ways[0] * ways[1]


def lost(height: int, width: int, padding: int) -> tuple[float, float]:
    """Which share of a picture lies outside of its crop, in the mean over all places of the crop, and at most."""
    moves = range(-padding, padding + 1)
    rows, columns = ([max(size - abs(move), 0) / size for move in moves] for size in (height, width))
    return 1 - fmean(rows) * fmean(columns), 1 - min(rows) * min(columns)


def _packed(data: Dataset, source: str) -> dict:
    _, channels, height, width = data.images.shape
    names = [data.class_names[label] for label in data.labels]
    characters = [(name, drawn(name, height, width).expand(channels, -1, -1), becomes) for name, becomes in CHARACTERS]
    entries = [*((name, image, {}) for name, image in zip(names, data.images, strict=True)), *characters]
    pictures = [{"name": name, "pixels": _bytes(image), "becomes": becomes} for name, image, becomes in entries]
    return {"shape": [channels, height, width], "source": source, "pictures": pictures}


def _bytes(image: Tensor) -> str:
    return base64.b64encode(image.contiguous().numpy().tobytes()).decode()


@cache
def _sample() -> dict:
    images, labels = sample()
    first = [
        (labels == CLASS_NAMES.index(name)).nonzero()[0].item() for name in ("Sneaker", "Ankle boot", "Bag", "Dress")
    ]
    chosen = Dataset(images[first], labels[first], CLASS_NAMES, "")
    return _packed(chosen, "Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), and characters drawn by the course")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"there must be {what}")
