"""Exercises 11: the answers at work."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import figures
from utils.data import Dataset, neither_cats_nor_dogs
from utils.insight import over_pixels
from utils.models import bundled, load_bundled, load_efficientnet_lite0
from utils.see.photograph import SOURCE, photograph
from utils.see.photographs import normalised, photographs
from utils.words import percent


def deeper(maps_of: Callable) -> figures.Picture:
    """The strongest maps of four layers of the bundled ResNet-20 for one photograph."""
    photo, network = photographs(("automobile", 4)), load_bundled().eval()
    depths = {"1 convolution": 0, "7 convolutions": 3, "13 convolutions": 4, "19 convolutions": 5}
    shown = []
    for place in depths.values():
        maps = maps_of(network, network.features[place], normalised(photo.images))[0]
        strongest = maps[maps.flatten(1).std(dim=1).topk(6).indices]
        scaled = 0.5 + strongest / strongest.abs().amax(dim=(1, 2), keepdim=True) / 2
        shown.append(F.interpolate(scaled[:, None], size=32))
    return figures.image_grid(
        torch.cat(shown),
        rows=list(depths),
        columns=6,
        source=photo.source,
        title="A photograph on its way through a network, caught by your hook",
        caption="*Six maps at each depth, each on its own scale; middle grey is zero. First one sees where edges and "
        "colours are, at last at which of 8×8 places something is, and no longer what.*",
        seen="In the first row the photograph can be recognised, in the last one there are a few bright squares.",
    )


def fields(seen_pixels: Callable) -> figures.Picture:
    """What one unit in the middle of VGG-16 sees of a photograph, block by block (Simonyan and Zisserman, 2015)."""
    photo, layers, images, titles = photograph(224) / 255, [], [], []
    for block, convolutions in enumerate((2, 2, 3, 3, 3)):
        layers += [(3, 1, 1)] * convolutions
        (top, bottom), (left, right) = (seen_pixels(layers, pixel >> block) for pixel in (80, 112))
        inside = torch.full((224, 224), 0.15)
        inside[max(top, 0) : bottom + 1, max(left, 0) : right + 1] = 1
        images.append(photo * inside)
        titles.append(f"block {block + 1}: {right - left + 1}")
        layers.append((2, 2, 0))
    return figures.image_grid(
        torch.stack(images),
        titles,
        columns=5,
        source=SOURCE,
        title="What one unit of VGG-16 sees of a photograph, by your count",
        caption="*A unit of the last convolution of each of the five blocks, and how many of 224 pixels it sees along "
        "one axis. What it says of an eye it must say before it knows whose it is.*",
        seen="All is dark but a square around the nose, which grows from a few pixels to most of the photograph.",
    )


def _answered() -> tuple[nn.Module, Dataset, Tensor, list[str]]:
    """The bundled network, six photographs, its answers (6,), and words for them."""
    six = photographs(("horse", 1), ("automobile", 1), ("bird", 4), ("frog", 2), ("ship", 3), ("airplane", 8))
    network = load_bundled().eval()
    with torch.no_grad():
        certainty, answers = network(normalised(six.images)).softmax(dim=1).max(dim=1)
    titles = [f"{bundled.CLASS_NAMES[k]} {percent(p, 0)}" for k, p in zip(answers, certainty.tolist(), strict=True)]
    return network, six, answers, titles


def covered(occlusion: Callable) -> figures.Picture:
    """Where a square costs the bundled ResNet-20 its answer (Zeiler and Fergus, 2014)."""
    network, six, answers, titles = _answered()
    heat = [
        over_pixels(occlusion(network, image, answer, 8, 4), image_size=(32, 32), size=8, stride=4)
        for image, answer in zip(normalised(six.images), answers, strict=True)
    ]
    return figures.heat_maps(
        six.images,
        torch.stack(heat),
        titles,
        source=six.source,
        title="Where your square costs the network its answer",
        caption="*Orange: covered here, the answer is less probable, by as much as is written below; blue: more. Is it "
        "the thing itself that must not be covered, or what is around it?*",
    )


def explained(grad_cam: Callable) -> figures.Picture:
    """What speaks for the bundled ResNet-20's answers, in its last maps (Selvaraju et al., 2017)."""
    network, six, answers, titles = _answered()
    return figures.heat_maps(
        six.images,
        grad_cam(network, network.features, normalised(six.images), answers),
        titles,
        source=six.source,
        title="Your Grad-CAM of the network's answers",
        caption="*The photographs of task 3, asked by one gradient instead of 50 images each. Where do both agree, and "
        "where not?*",
    )


def portrait(grad_cam: Callable) -> figures.Picture | None:
    """What four classes of EfficientNet-Lite0 look at in one portrait; None where its weights are not installed."""
    try:
        network = load_efficientnet_lite0().eval()
    except RuntimeError as missing:
        print(missing)
        return None
    classes = {"military uniform": 652, "bow tie": 457, "suit": 834, "mortarboard": 667}
    places = torch.tensor(list(classes.values()))
    images = (photograph(224).repeat(4, 1, 1, 1) / 255 - 0.5) / 0.5
    with torch.no_grad():
        chances = network(images[:1]).softmax(dim=1)[0, places].tolist()
    return figures.heat_maps(
        photograph(112).expand(4, -1, -1, -1),
        grad_cam(network, network.features, images, places),
        [f"{name} {percent(chance, 0)}" for name, chance in zip(classes, chances, strict=True)],
        source=SOURCE,
        title="One photograph, four questions to your Grad-CAM",
        caption="*EfficientNet-Lite0 knows the thousand classes of ImageNet. What in the photograph speaks for each of "
        "these four? Its last maps have 7×7 places.*",
    )


def marks(changed_answers: Callable) -> figures.Picture:
    """How many answers of the bundled ResNet-20 change with a mark in the corner, by its size and colour."""
    _, test = neither_cats_nor_dogs()
    images, network, sizes = normalised(test.images[:80]), load_bundled().eval(), [2, 4, 8, 12, 16]
    black, white = normalised(torch.tensor([0, 255]).view(2, 1, 1, 1).expand(2, 3, 1, 1))

    def painted(size: int, colour: Tensor) -> Callable[[Tensor], Tensor]:
        def paint(images: Tensor) -> Tensor:
            images = images.clone()
            images[:, :, :size, :size] = colour
            return images

        return paint

    shares = {
        name: [100 * changed_answers(network, images, painted(size, colour)) for size in sizes]
        for name, colour in {"white": white, "black": black}.items()
    }
    return figures.lines(
        sizes,
        shares,
        x_label="side of the mark in the corner (pixels)",
        y_label="changed answers (%)",
        source=test.source,
        title="How many answers follow a mark that means nothing",
        caption="*80 photographs of 32×32 pixels. The mark stands in a corner, where the thing seldom is. How large "
        "may it be, and you would still trust the network?*",
    )
