"""Live Network: a trained network that runs in the page, from the picture to the class."""

from functools import cache

from torch import Tensor, nn

from utils.data import Dataset
from utils.data.cifar import CLASS_NAMES
from utils.data.drawn import draw
from utils.models import bundled, load_bundled
from utils.widgets.base import CourseWidget
from utils.widgets.live.export import export
from utils.widgets.live.running import class_map, run
from utils.widgets.live.settings import MOST_PICTURES, Network, Pictures, normalised, pictures_of
from utils.widgets.traits import Choice, Whole, Words
from utils.words import percent

# Of the first twenty that the course draws: one of each class that the network knows, then a cat and a dog.
DRAWN = [16, 5, 0, 12, 14, 3, 6, 17, 15, 1]


class LiveNetwork(CourseWidget):
    """A picture, the maps of every layer, and the class, computed in the page: no kernel, no server, no library.

    Alone it shows the ResNet-20 that comes with the course, on pictures that the course has drawn. ``LiveNetwork.of``
    shows any network that `export` can read. Whoever looks can choose another picture, drop a photograph or take one,
    cover a part of it, see Grad-CAM, and follow one number from the pixels to the class.

    Args:
        network: what `utils.widgets.live.export.export` returns.
        pictures: what `pictures_of` returns.
        picture: which of them is shown at first, counted from 0.
        target: the class whose Grad-CAM is drawn, counted from 0; −1 is the network's answer.
        overlay: what lies over the picture: "nothing" or "Grad-CAM".
        layer: which layer is looked at, counted as `export` counts outputs: 0 is the picture; −1 for none.
        channel: which map of it.
        title: the line above.
    """

    script = "live"
    height = 900
    held = ("network",)
    network = Network({})
    pictures = Pictures({})
    picture = Whole(0, least=0, most=MOST_PICTURES - 1)
    target = Whole(-1, least=-1, most=999)
    overlay = Choice("nothing", "Grad-CAM")
    layer = Whole(-1, least=-1, most=999)
    channel = Whole(0, least=0, most=9_999)
    title = Words("A network at work, from the picture to the class")

    _computed: tuple = (None, None, None)  # a network, a picture, and what each layer makes of it

    def __init__(self, network: dict | None = None, pictures: dict | None = None, **settings):
        super().__init__(network=_resnet20(), pictures=_drawn(), **settings)
        if network is not None:
            self.network = network  # if it cannot be shown, the ResNet-20 stays
        if pictures is not None:
            self.pictures = pictures

    @classmethod
    def of(cls, model: nn.Module, data: Dataset, *, name: str | None = None, **settings) -> "LiveNetwork":
        """The widget for a trained network and a few images (at most twelve), with their classes and normalisation.

        Raises:
            ValueError: `export` cannot read the network, or the images are none or too many.
        """
        network = export(
            model,
            class_names=data.class_names,
            input_shape=tuple(data.images.shape[1:]),
            mean=data.mean,
            std=data.std,
            name=name,
        )
        return cls(network, pictures_of(data), **settings)

    def facts(self) -> dict[str, str]:
        network, shown = self.network, self.pictures["shown"]
        picture = shown[min(self.picture, len(shown) - 1)]
        if self._computed[:2] != (network, picture):
            self._computed = (network, picture, run(network, normalised(network, picture["pixels"])))
        outputs = self._computed[2]
        chances = outputs[-1].softmax(0)
        order = chances.argsort(descending=True).tolist()
        weights = sum(len(step["weights"]["letters"]) for step in network["steps"] if "weights" in step)
        rows = {
            "Network": f"{network['name']}, {len(network['steps'])} steps, {weights:,} weights of 8 bits",
            "Picture": f"{picture['name']}, {_size(outputs[0])}",
            "Answer": ", ".join(f"{network['classes'][k]} {percent(chances[k].item(), 0)}" for k in order[:3]),
        }
        if self.overlay == "Grad-CAM":
            target = order[0] if self.target < 0 else min(self.target, len(order) - 1)
            rows[f"Grad-CAM for {network['classes'][target]}"] = _largest(class_map(network, outputs[0], target))
        if self.layer >= 0:
            layer = min(self.layer, len(outputs) - 1)
            name = network["steps"][layer - 1]["name"] if layer else "the picture, normalised"
            values = outputs[layer]
            rows["Layer"] = f"{name}: {_size(values)}, from {values.min():.2g} to {values.max():.2g}".replace("-", "−")
        return rows | {"Data": self.pictures["source"]}


@cache
def _resnet20() -> dict:
    known = {"class_names": bundled.CLASS_NAMES, "mean": bundled.MEAN, "std": bundled.STD}
    return export(load_bundled(), input_shape=(3, 32, 32), name="ResNet-20", **known)


@cache
def _drawn() -> dict:
    drawings = draw(range(10), train=20, test=10)
    data = Dataset(drawings.train_images, drawings.train_labels, CLASS_NAMES, "pictures drawn by the course")
    return pictures_of(data.subset(DRAWN))


def _largest(values: Tensor) -> str:
    if values.max() <= 0:
        return "nothing speaks for it"
    row, column = divmod(values.argmax().item(), values.shape[1])
    return f"largest at row {row}, column {column} of {_size(values)}"


def _size(values: Tensor) -> str:
    return "×".join(map(str, values.shape))
