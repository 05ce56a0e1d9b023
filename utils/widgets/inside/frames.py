"""What Inside the Net shows, computed beforehand: a dictionary that JSON can hold, and the setting that checks it.

Maps are bytes in base64, scaled between two numbers that stand beside them: a page of some images stays small.
"""

import base64

import torch
from torch import Tensor, nn

from utils.data import Dataset
from utils.insight import feature_maps, grad_cam, inputs, occlusion, probabilities
from utils.widgets.traits import Checked, number
from utils.words import data_name

MOST_IMAGES, MOST_LAYERS, MOST_MAPS, MOST_CLASSES = 6, 4, 16, 20
LARGEST_IMAGE, MOST_PLACES = 64, 12  # pixels along a side; places of the square along a side
LONGEST = 90_000  # characters of base64 in all


def frames_of(model: nn.Module, data: Dataset, layers: list[str], *, size: int, stride: int, channels: int = 8) -> dict:
    """All that the widget shows of a few images.

    Args:
        model: from images to logits.
        data: the images, at most six of 64×64.
        layers: names in ``model.named_modules()``, at most four. Grad-CAM is that of the last one.
        size, stride: of the square that covers a part of an image, in pixels; see `utils.insight.occlusion`.
        channels: how many maps of each layer are kept, the first ones, at most sixteen.

    Raises:
        ValueError: a layer that cannot be looked at, or a square larger than the images.
    """
    images, classes = inputs(data), range(len(data.class_names))
    before = probabilities(model, images)
    maps = {layer: feature_maps(model, images, layer)[:, :channels] for layer in layers}
    cams = torch.stack([grad_cam(model, images, layers[-1], k) for k in classes], dim=1)  # (N, K, h, w)
    shown = []
    for n, image in enumerate(images):
        covered = before[n] - occlusion(model, image, size=size, stride=stride)  # (rows, columns, K)
        shown.append(
            {
                "name": data.class_names[data.labels[n]],
                "pixels": _packed(data.images[n], 0, 255),
                "probabilities": [round(p, 3) for p in before[n].tolist()],
                "covered": _packed(covered.permute(2, 0, 1), 0, 1),  # -> (K, rows, columns)
                "maps": [_packed(maps[layer][n]) for layer in layers],
                "cams": _packed(cams[n], 0),
            }
        )
    return {
        "classes": list(data.class_names),
        "source": data_name(data.source),
        "layers": list(layers),
        "square": [size, stride],
        "images": shown,
    }


def unpacked(packed: dict) -> Tensor:
    """The numbers of packed maps, (K, h, w), as exact as 256 steps are."""
    values = torch.frombuffer(bytearray(base64.b64decode(packed["bytes"])), dtype=torch.uint8).float()
    return packed["low"] + (packed["high"] - packed["low"]) / 255 * values.reshape(packed["shape"])


class Frames(Checked):
    """The dictionary that `frames_of` makes."""

    def check(self, value) -> dict:
        try:
            self._check(value)
        except (TypeError, ValueError, KeyError, AttributeError, LookupError) as error:
            raise ValueError(
                f"{self.name} must be what utils.widgets.inside.frames.frames_of returns, "
                f"and this is not ({error!r:.120}): use InsideTheNet.of(model, data, layers)"
            ) from error
        return value

    def _check(self, value: dict) -> None:
        _require(isinstance(value, dict), "a dictionary")
        for name, most in (("classes", MOST_CLASSES), ("layers", MOST_LAYERS), ("images", MOST_IMAGES)):
            _require(isinstance(value[name], list) and 1 <= len(value[name]) <= most, f"1 to {most} {name}")
        words = [
            value["source"],
            *value["classes"],
            *value["layers"],
            *(image["name"] for image in value["images"]),
        ]
        _require(all(isinstance(word, str) and len(word) < 500 for word in words), "names that are texts")
        size, stride = value["square"]
        _require(type(size) is type(stride) is int and min(size, stride) >= 1, "a square of whole numbers")
        first, classes, length = value["images"][0], len(value["classes"]), 0
        for image in value["images"]:
            _require(len(image["probabilities"]) == classes, "a probability for each class")
            _require(all(number("probabilities", p, 1) >= 0 for p in image["probabilities"]), "probabilities")
            _require(len(image["maps"]) == len(value["layers"]), "maps for each layer")
            shown = max(maps["shape"][0] for maps in image["maps"])
            _require(shown <= MOST_MAPS, f"at most {MOST_MAPS} channels of a layer")
            packed = [image["pixels"], image["covered"], image["cams"], *image["maps"]]
            length += sum(_check_packed(one) for one in packed)
            for name in ("pixels", "covered"):
                _require(image[name]["shape"] == first[name]["shape"], f"{name} of one shape for all images")
            _require(image["pixels"]["shape"][0] in (1, 3), "images of 1 or 3 channels")
            _require(image["cams"]["shape"][0] == image["covered"]["shape"][0] == classes, "maps for each class")
        places = first["covered"]["shape"][1:]
        _require(max(places) <= MOST_PLACES, f"at most {MOST_PLACES} places along a side")
        reach = [size + stride * (count - 1) for count in places]
        _require(
            all(a <= b for a, b in zip(reach, first["pixels"]["shape"][1:], strict=True)),
            "a square that stays inside",
        )
        _require(length <= LONGEST, f"at most {LONGEST:,} characters: fewer images, layers or channels")


def _packed(maps: Tensor, low: float | None = None, high: float | None = None) -> dict:
    """(K, h, w) as bytes between its least and largest number, or the given ones."""
    maps = maps.float()
    low = maps.min().item() if low is None else low
    high = maps.max().item() if high is None else high
    scaled = (maps - low) / max(high - low, 1e-12) * 255
    data = scaled.round().clamp(0, 255).to(torch.uint8).contiguous().numpy().tobytes()
    return {
        "shape": list(maps.shape),
        "low": float(f"{low:.5g}"),
        "high": float(f"{high:.5g}"),
        "bytes": base64.b64encode(data).decode(),
    }


def _check_packed(packed: dict) -> int:
    channels, height, width = packed["shape"]
    _require(all(type(n) is int and n >= 1 for n in packed["shape"]), "a shape of whole numbers")
    _require(channels <= MOST_CLASSES and max(height, width) <= LARGEST_IMAGE, "maps that can be shown")
    for name in ("low", "high"):
        number(name, packed[name], 1e9)
    data = base64.b64decode(packed["bytes"], validate=True)
    _require(len(data) == channels * height * width, "a byte for each number")
    return len(packed["bytes"])


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"there must be {what}")
