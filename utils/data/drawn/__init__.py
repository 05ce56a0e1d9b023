"""Pictures that the course draws itself, where CIFAR-10 cannot be had: its ten classes, 32×32 pixels, in colour.

Each class is a function that draws one thing in coordinates from −1 to 1, x to the right and y down, with a random
pose, build and colours. Animals share their furs and backgrounds, so that shape, not colour, tells a cat from a dog.
"""

from collections.abc import Iterable, Sequence
from random import Random

import torch

from utils.data.drawn.animals import bird, cat, deer, dog, frog, horse
from utils.data.drawn.scene import SIZE, Scene
from utils.data.drawn.vehicles import airplane, automobile, ship, truck
from utils.data.files import Images

# In the order of CIFAR-10's labels.
THINGS = (airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck)


def draw(classes: Iterable[int], train: int = 1_000, test: int = 500) -> Images:
    """Draw images (N, 3, 32, 32), equally many of each of ``classes``, the same ones each time.

    Args:
        classes: labels of CIFAR-10, 0 to 9.
        train: how many images for training.
        test: how many for test.
    """
    classes = list(classes)
    return Images(*_draw(classes, train, seed=1), *_draw(classes, test, seed=2))


def _draw(classes: Sequence[int], count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = Random(seed)
    labels = [classes[i % len(classes)] for i in range(count)]
    random.shuffle(labels)
    drawings = b"".join(Scene(random).show(THINGS[label]) for label in labels)
    images = torch.frombuffer(bytearray(drawings), dtype=torch.uint8).view(count, SIZE, SIZE, 3)
    images = images.permute(0, 3, 1, 2).contiguous()  # NHWC, as Pillow holds them, to NCHW
    grain = 6 * torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))  # as a camera adds
    return (images + grain).round().clamp(0, 255).to(torch.uint8), torch.tensor(labels)


# --- what stands behind ---------------------------------------------------------------------------------------
