"""A published data set as image files in one folder per class: ``train/CLASS/NAME.png``, ``test/CLASS/NAME.jpg``.

It must be whole: each class with as many images as were published, and each image of its size. Pictures of one's own
are read by `utils.data.folders`.
"""

import functools
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from utils.data.files import DamagedFile, Images, contents, inside
from utils.data.pictures import decoded, mixed, opened
from utils.data.sources import Copy

_IMAGE = re.compile(r"(?:^|/)(train|test)/([^/]+)/([^/.][^/]*\.(?i:png|jpe?g))$")


def copies(
    folder: Path,
    archive: re.Pattern,
    class_names: tuple[str, ...],
    shape: tuple[int, int, int],
    per_class: tuple[int, int],
) -> Iterator[Copy]:
    """The copy that is ``folder`` itself, and each in a tar archive in it whose name begins like ``archive``.

    ``folder`` is one if any folder in its ``train`` is named after one of the classes.
    """
    decode = functools.partial(read, class_names=class_names, shape=shape, per_class=per_class)
    if os.path.isdir(folder / "train"):
        classes = {_plain(name) for name in class_names}
        if any(_plain(name) in classes for name in os.listdir(folder / "train")):
            parts = tuple(folder / part for part in ("train", "test") if os.path.isdir(folder / part))
            yield Copy(parts, decode, takes_seconds=True)
    for path in sorted(folder.glob("*.tar*")):
        if archive.match(path.name) and re.search(r"\.tar(\.\w+)?$", path.name):
            yield Copy((path,), decode, takes_seconds=True)


def read(
    roots: Iterable[Path],
    *,
    class_names: tuple[str, ...],
    shape: tuple[int, int, int],
    per_class: tuple[int, int],
) -> Images:
    """Decode every image below ``roots``: the folders ``train`` and ``test``, or an archive of them.

    Image files are no longer the published bytes, so no checksum can be asked of them. What can: every class has
    as many images as it should, and every image its size.

    The images are shuffled, always in the same way, so that the first thousand hold every class, as in the original.

    Args:
        class_names: the folders' names, in the order of the labels. Case and punctuation are not compared.
        shape: (C, H, W) of every image; C is 1 or 3.
        per_class: how many images of each class, for training and for test.

    Raises:
        DamagedFile: an image cannot be read or has another size, or images are missing.
    """
    from tqdm import tqdm

    roots = list(roots)
    label_of = {_plain(name): label for label, name in enumerate(class_names)}
    # (label, file name, pixels) of every image
    found: dict[str, list[tuple[int, str, bytes]]] = {"train": [], "test": []}
    files = ((root, *file) for root in roots for file in contents(root, _IMAGE))
    expected = len(class_names) * sum(per_class)
    # One after the other: decoding so small an image is mostly Python's work, and threads only wait for each other.
    for root, name, content in tqdm(
        files, desc="reading images", total=expected, delay=1, mininterval=0.5, leave=False, file=sys.stdout
    ):
        ((part, class_name, file_name),) = _IMAGE.findall(name)
        if _plain(class_name) in label_of:
            pixels = _decode(root, name, content, shape)
            found[part].append((label_of[_plain(class_name)], file_name, pixels))

    where = roots[0] if roots[0].is_file() else roots[0].parent
    for part, expected in zip(found, per_class, strict=True):
        counts = Counter(label for label, _, _ in found[part])
        for label, class_name in enumerate(class_names):
            if counts[label] != expected:
                there = f"{counts[label]:,} images in {part}/{class_name}"
                raise DamagedFile(where, f"has {there} and should have {expected:,}")
    return Images(*mixed(found["train"], shape), *mixed(found["test"], shape))


def _plain(class_name: str) -> str:
    """A class name without what file systems and people change in it: "T-shirt/top" and "t_shirt_top" are one."""
    return re.sub("[^a-z0-9]", "", class_name.lower())


def _decode(root: Path, name: str, content: bytes, shape: tuple[int, int, int]) -> bytes:
    """The pixels of one image, in rows of height × width × channels."""
    channels, height, width = shape
    image = opened(inside(root, name), content)
    if image.size != (width, height):
        size = f"{image.width}×{image.height}"
        raise DamagedFile(inside(root, name), f"is {size} pixels and should be {width}×{height}")
    return decoded(image, channels)
