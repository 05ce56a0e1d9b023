"""Inside the Net: an image, what each layer makes of it, where a class is seen, and what covering a part costs."""

from functools import cache

from torch import Tensor, nn

from utils.data import Dataset
from utils.widgets.base import CourseWidget
from utils.widgets.inside.bars import bar_network, bar_pictures
from utils.widgets.inside.frames import (
    MOST_CLASSES,
    MOST_IMAGES,
    MOST_LAYERS,
    MOST_MAPS,
    MOST_PLACES,
    Frames,
    frames_of,
    unpacked,
)
from utils.widgets.traits import Choice, Whole, Words
from utils.words import percent


class InsideTheNet(CourseWidget):
    """Pick an image and a layer, browse its maps, lay Grad-CAM over the image, cover a part and watch the scores.

    Everything is computed when the widget is made, so it shows the same with a kernel and without. Made with
    ``InsideTheNet.of(model, data, layers)``; alone it shows a network that was made by hand.

    Args:
        frames: what `of` computes.
        image, layer, channel, target: which image, layer, map and class, counted from 0. The class is the one whose
            Grad-CAM is drawn and whose probability is watched.
        overlay: what lies over the image: "nothing", "map" or "Grad-CAM".
        place: which place the square covers, counted row by row from 0; −1 for none.
        title: the line above.
    """

    script = "inside"
    height = 700
    frames = Frames({})
    image = Whole(0, least=0, most=MOST_IMAGES - 1)
    layer = Whole(0, least=0, most=MOST_LAYERS - 1)
    channel = Whole(0, least=0, most=MOST_MAPS - 1)
    target = Whole(0, least=0, most=MOST_CLASSES - 1)
    overlay = Choice("nothing", "map", "Grad-CAM")
    place = Whole(-1, least=-1, most=MOST_PLACES**2 - 1)
    title = Words("Inside the net")

    def __init__(self, frames: dict | None = None, **settings):
        super().__init__(frames=_bars(), **settings)
        if frames is not None:
            self.frames = frames  # if they cannot be shown, the bars stay

    @classmethod
    def of(
        cls,
        model: nn.Module,
        data: Dataset,
        layers: list[str],
        *,
        size: int,
        stride: int,
        channels: int = 8,
        **settings,
    ) -> "InsideTheNet":
        """The widget for a few images of ``data`` (six at most) and a few ``layers``; see `frames_of`."""
        frames = frames_of(model, data, layers, size=size, stride=stride, channels=channels)
        return cls(frames=frames, **settings)

    def facts(self) -> dict[str, str]:
        frames = self.frames
        image = frames["images"][min(self.image, len(frames["images"]) - 1)]
        layer = min(self.layer, len(frames["layers"]) - 1)
        target = min(self.target, len(frames["classes"]) - 1)
        name, chances = frames["classes"][target], image["probabilities"]
        maps = unpacked(image["maps"][layer])
        channel = min(self.channel, len(maps) - 1)
        cam = unpacked(image["cams"])[target]
        answer = max(range(len(chances)), key=chances.__getitem__)
        rows = {
            "Image": f"{image['name']}, {_size(unpacked(image['pixels'])[0])}",
            "Answer": f"{frames['classes'][answer]}, {percent(chances[answer], 0)}",
            "Layer": f"{frames['layers'][layer]}, maps of {_size(maps[0])}",
            f"Map {channel}": f"from {maps[channel].min():.2g} to {maps[channel].max():.2g}, {_largest(maps[channel])}",
            f"Grad-CAM for {name}": _largest(cam) if cam.max() > 0 else "nothing speaks for it",
        }
        scores = unpacked(image["covered"])[target].flatten()  # places row by row
        rows[f"Probability of {name}"] = f"{percent(chances[target], 0)} for the whole image"
        rows["Lowest with a square over"] = self._worst(scores, chances[target])
        if 0 <= self.place < len(scores):
            rows["Now covered"] = f"{self._covered(self.place)}: {percent(scores[self.place].item(), 0)}"
        return rows | {"Data": frames["source"]}

    def _worst(self, scores: Tensor, whole: float) -> str:
        """Where covering costs most, unless that is less than a hundredth."""
        least = scores.min()
        if whole - least < 0.01:
            return "nothing: covering costs nothing, wherever it lies"
        places = (scores == least).nonzero().flatten().tolist()
        where = self._covered(places[0]) if len(places) == 1 else f"any of {len(places)} places"
        return f"{where}: {percent(least.item(), 0)}"

    def _covered(self, place: int) -> str:
        """Which pixels the square covers at a place."""
        size, stride = self.frames["square"]
        row, column = divmod(place, self.frames["images"][0]["covered"]["shape"][2])
        top, left = stride * row, stride * column
        return f"rows {top} to {top + size - 1}, columns {left} to {left + size - 1}"


@cache
def _bars() -> dict:
    return frames_of(bar_network(), bar_pictures(), ["bars", "pooled"], size=4, stride=2)


def _largest(values) -> str:
    row, column = divmod(values.argmax().item(), values.shape[1])
    return f"largest at row {row}, column {column} of {_size(values)}"


def _size(values) -> str:
    return "×".join(map(str, values.shape))
