"""Task 2: a data set that reads an image when it is asked for."""

import gc
import weakref

from torch import Tensor
from torch.utils.data import Dataset

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, is_tuple_of, nearly_equal
from utils.checks.inputs import Random


@check
def lazy_photos(answer, random: Random) -> None:
    """``answer(paths, labels, read, transform)`` has a length and items (transform(read(path)), label)."""
    count = random.integer(5, 9)
    pictures = {f"{number}.png": random.normal(3, *random.two_integers(4, 7)) for number in reversed(range(count))}
    paths, labels = list(pictures), random.integers(0, 3, count).tolist()
    opened, kept = [], []

    def read(path: str) -> Tensor:
        opened.append(path)
        image = pictures[path].clone()
        kept.append(weakref.ref(image))
        return image

    photos = ask(answer, paths, labels, read, lambda image: 2 * image)
    for method in ("__len__", "__getitem__"):
        if getattr(type(photos), method, None) in (None, getattr(Dataset, method, None)):
            raise Mistake(
                f"the class has no method `{method}`. It begins as far to the right as `__init__`, and its name has "
                f"two underscores on each side."
            )
    if opened:
        raise Mistake("images are read when the data set is made. Read each one when it is asked for.")
    if ask(lambda: len(photos)) != count:
        raise Mistake(f"the length of a data set of {count} images must be {count}.")
    if opened:
        raise Mistake("asking for the length reads images. The paths are enough to count.")
    for number in (2, 0, count - 1, 2):
        before = len(opened)
        try:
            item = ask(lambda number=number: photos[number])
        except Mistake as mistake:
            if "FileNotFoundError" in str(mistake):
                raise Mistake("the paths of this check are not files. `read(path)` gives the image.") from None
            raise
        if not is_tuple_of(2, item):
            raise Mistake("an item must be a pair: `return image, label`.")
        image, label = item
        path = paths[number]
        now = opened[before:]
        if not now and path in opened:
            raise Mistake("an image that was asked for before is not read again. Keep paths, not images.")
        if not now:
            raise Mistake(f"item {number} is not read. `read(path)` gives the image.")
        if len(now) > 1:
            raise Mistake(f"one item was asked for, and {len(now)} images were read. Read one.")
        if now != [path]:
            raise Mistake(f"item {number} reads {now[0]}, but paths[{number}] is {path}.")
        if isinstance(label, Tensor) and not isinstance(image, Tensor):
            raise Mistake("image and label are swapped: `return image, label`.")
        agree(
            image,
            2 * pictures[path],
            f"item {number}",
            [("the transform is not applied to the image.", pictures[path])],
        )
        if label != labels[number]:
            raise Mistake(f"item {number} has the label {labels[number]}, but yours has {label}.")
        del item, image
        gc.collect()
        if any(image() is not None for image in kept):
            raise Mistake(f"after item {number} has been handed out, its image is still kept. Keep paths, not images.")
    plain = ask(answer, paths, labels, read, None)
    item = ask(lambda: plain[1])
    if not isinstance(item, (tuple, list)) or not nearly_equal(item[0], pictures[paths[1]]):
        raise Mistake("without a transform (None) the item is the image as it was read.")
