"""A data set as image files in one folder per class: ``train/CLASS/NAME.png`` and ``test/CLASS/NAME.jpg``."""

import io
import os
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from .files import DamagedFile, Images, contents

_IMAGE = re.compile(r"(?:^|/)(train|test)/([^/]+)/[^/.][^/]*\.(?:png|jpe?g)$", re.IGNORECASE)


def has_classes(folder: Path, class_names: tuple[str, ...]) -> bool:
    """Whether ``folder/train`` looks like this data set's: any of its folders is named after one of the classes."""
    try:
        found = {_plain(entry.name) for entry in os.scandir(folder / "train")}
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not found.isdisjoint(_plain(name) for name in class_names)


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

    Files come sorted by class. They are shuffled, always in the same way, so that the first thousand images hold
    every class, as they do in the original.

    Args:
        class_names: the folders' names, in the order of the labels. Case and punctuation are not compared.
        shape: (C, H, W) of every image; C is 1 or 3.
        per_class: how many images of each class, for training and for test.

    Raises:
        DamagedFile: an image cannot be read or has another size, or images are missing.
    """
    from tqdm import tqdm

    roots = list(roots)
    where = roots[0] if len(roots) == 1 else roots[0].parent
    labels = {_plain(name): label for label, name in enumerate(class_names)}
    found = {"train": [], "test": []}  # (path, content, label) of every image
    for root in roots:
        for name, content in contents(root, _IMAGE):
            part, class_name = _IMAGE.search(name).groups()
            if _plain(class_name) in labels:
                found[part.lower()].append((where / name, content, labels[_plain(class_name)]))
    for part, expected in zip(found, per_class, strict=True):
        counts = Counter(label for _, _, label in found[part])
        for label, class_name in enumerate(class_names):
            if counts[label] != expected:
                why = f"has {counts[label]:,} readable names in {part}/{class_name} and should have {expected:,}"
                raise DamagedFile(where, why)

    images = found["train"] + found["test"]
    with ThreadPoolExecutor(max_workers=4) as pool:
        decoded = pool.map(lambda image: _decode(*image[:2], shape), images)
        pixels = b"".join(tqdm(decoded, total=len(images), desc="decoding images", delay=1, leave=False))
    channels, height, width = shape
    every = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).view(-1, height, width, channels)
    every = every.permute(0, 3, 1, 2)  # NHWC, as files hold them → NCHW
    every_label = torch.tensor([label for _, _, label in images])
    order = torch.Generator().manual_seed(0)
    train = torch.randperm(len(found["train"]), generator=order)
    test = torch.randperm(len(found["test"]), generator=order) + len(train)
    return Images(
        every[train].contiguous(), every_label[train], every[test].contiguous(), every_label[test]
    )


def _plain(class_name: str) -> str:
    """A class name without what file systems and people change in it: "T-shirt/top" and "t_shirt_top" are one."""
    return re.sub("[^a-z0-9]", "", class_name.lower())


def _decode(path: Path, content: bytes, shape: tuple[int, int, int]) -> bytes:
    """The pixels of one image, rows of height × width × channels."""
    from PIL import Image

    channels, height, width = shape
    try:
        image = Image.open(io.BytesIO(content)).convert("L" if channels == 1 else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise DamagedFile(path, f"cannot be read as an image ({error})") from error
    if image.size != (width, height):
        raise DamagedFile(path, f"is {image.width}×{image.height} pixels and should be {width}×{height}")
    return image.tobytes()
