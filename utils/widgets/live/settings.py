"""What Live Network is given, as dictionaries that JSON can hold: a network and pictures; and how they are checked."""

import base64

import torch
from torch import Tensor

from utils.data import Dataset
from utils.widgets.live.running import run
from utils.widgets.traits import Checked, number
from utils.words import data_name

MOST_PICTURES, LARGEST_PICTURE, MOST_CLASSES = 12, 256, 1_000
LONGEST = 3_000_000  # letters of weights: so many bytes a page can hold


def pictures_of(data: Dataset) -> dict:
    """The images of a data set as pictures to choose from.

    Raises:
        ValueError: there are none, or more than twelve.
    """
    if not 1 <= len(data) <= MOST_PICTURES:
        raise ValueError(f"choose 1 to {MOST_PICTURES} images, such as data.subset([0, 1, 2]), and not {len(data)}")
    shown = [
        {"name": data.class_names[label], "pixels": base64.b64encode(image.contiguous().numpy().tobytes()).decode()}
        for image, label in zip(data.images, data.labels.tolist(), strict=True)
    ]
    return {"source": data_name(data.source), "shape": list(data.images.shape[1:]), "shown": shown}


def normalised(network: dict, pixels: str) -> Tensor:
    """A picture as the network takes it, (C, H, W)."""
    image = torch.frombuffer(bytearray(base64.b64decode(pixels)), dtype=torch.uint8).reshape(network["input"])
    mean, std = (torch.tensor(network[name])[:, None, None] for name in ("mean", "std"))
    return (image / 255 - mean) / std


class Network(Checked):
    """The dictionary that `export` returns. It is tried once: one that cannot be run is refused."""

    def check(self, value) -> dict:
        try:
            _require(isinstance(value, dict), "a dictionary")
            names = [value["name"], *value["classes"]]
            _require(all(isinstance(name, str) and len(name) < 500 for name in names), "names that are texts")
            _require(isinstance(value["classes"], list) and 1 <= len(value["classes"]) <= MOST_CLASSES, "classes")
            _require_shape(value["input"])
            for name in ("mean", "std"):
                _require(len(value[name]) == value["input"][0], f"a {name} for each channel")
                _require(all(number(name, one, 1e6) or name == "mean" for one in value[name]), f"a {name}")
            letters = sum(len(step["weights"]["letters"]) for step in value["steps"] if "weights" in step)
            _require(letters <= LONGEST, f"at most {LONGEST:,} weights, and not {letters:,}: a smaller network")
            _require(all(0 <= read <= n for n, step in enumerate(value["steps"]) for read in step["reads"]), "an order")
            run(value, torch.zeros(value["input"]))
        except (TypeError, ValueError, KeyError, AttributeError, LookupError, RuntimeError) as error:
            raise ValueError(
                f"{self.name} must be what utils.widgets.live.export.export returns, and this is not "
                f"({error!r:.160}): use LiveNetwork.of(model, data)"
            ) from error
        return value


class Pictures(Checked):
    """The dictionary that `pictures_of` returns."""

    def check(self, value) -> dict:
        try:
            _require(isinstance(value, dict), "a dictionary")
            _require(1 <= len(value["shown"]) <= MOST_PICTURES, f"1 to {MOST_PICTURES} pictures")
            _require_shape(value["shape"])
            channels, height, width = value["shape"]
            for picture in value["shown"]:
                _require(len(base64.b64decode(picture["pixels"], validate=True)) == channels * height * width, "pixels")
            words = [value["source"], *(picture["name"] for picture in value["shown"])]
            _require(all(isinstance(word, str) and len(word) < 500 for word in words), "names that are texts")
        except (TypeError, ValueError, KeyError, AttributeError, LookupError) as error:
            raise ValueError(
                f"{self.name} must be what utils.widgets.live.settings.pictures_of returns, and this is not "
                f"({error!r:.120}): use LiveNetwork.of(model, data)"
            ) from error
        return value


def _require_shape(shape) -> None:
    _require(isinstance(shape, list) and len(shape) == 3 and all(type(n) is int for n in shape), "(C, H, W)")
    _require(
        shape[0] in (1, 3) and min(shape[1:]) >= 1 and max(shape[1:]) <= LARGEST_PICTURE, "1 or 3 channels, 256×256"
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"there must be {what}")
