"""A data set as image files in one folder per class: ``train/CLASS/NAME.png`` and ``test/CLASS/NAME.jpg``.

Or pictures of one's own, of any size, as ``CLASS/NAME.jpg``: `load_pictures`.
"""

import functools
import io
import os
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from utils.data.dataset import Dataset, channel_statistics
from utils.data.files import DamagedFile, Images, contents, inside, shown
from utils.data.sources import Copy

if TYPE_CHECKING:  # Pillow takes a moment to import
    from PIL import Image

_IMAGE = re.compile(r"(?:^|/)(train|test)/([^/]+)/([^/.][^/]*\.(?i:png|jpe?g))$")
# Those after jpeg are not read: `load_pictures` knows them to say that they are left out.
_PICTURE = re.compile(r"^[^/]*/([^/.][^/]*)/[^/.][^/]*\.(?i:png|jpe?g|heic|heif|avif|webp|gif|tiff?|bmp)$")


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
    found = {"train": [], "test": []}  # (label, file name, pixels) of every image
    files = ((root, *file) for root in roots for file in contents(root, _IMAGE))
    expected = len(class_names) * sum(per_class)
    # One after the other: decoding so small an image is mostly Python's work, and threads only wait for each other.
    for root, name, content in tqdm(
        files, desc="reading images", total=expected, delay=1, mininterval=0.5, leave=False, file=sys.stdout
    ):
        part, class_name, file_name = _IMAGE.search(name).groups()
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
    return Images(*_stack(found["train"], shape), *_stack(found["test"], shape))


def load(folder: Path) -> tuple[Dataset, Dataset]:
    """``(train, test)`` of your own images: ``folder/train/CLASS/NAME.png`` and ``folder/test/CLASS/NAME.jpg``.

    The classes are the folders in ``train``, in the order of their names. All images have the size of the first of
    them, and are grey if that one is.

    Raises:
        ValueError: ``folder`` has no images in such folders, or a class of test images that is not in ``train``.
        DamagedFile: an image cannot be read or has another size.
    """
    found = {"train": [], "test": []}  # (label, file name, pixels) of every image
    class_names, shape = [], ()
    for part, images in found.items():
        root = folder / part
        for name, content in contents(root, _IMAGE) if root.is_dir() else ():
            _, class_name, file_name = _IMAGE.search(name).groups()
            if not shape:
                first = _open(root, name, content)
                shape = (1 if first.mode in ("1", "L", "LA") else 3, first.height, first.width)
            if part == "train" and class_name not in class_names:
                class_names.append(class_name)  # in order, because ``contents`` goes by name
            if class_name not in class_names:
                raise ValueError(f"{shown(folder)} has test images of {class_name!r} and none to train on")
            images.append((class_names.index(class_name), file_name, _decode(root, name, content, shape)))
        if not images:
            raise ValueError(
                f"{shown(folder)} has no images for {part}: put PNG or JPEG files into {part}/CLASS, a folder for "
                "each class"
            )
    (train_images, train_labels), (test_images, test_labels) = (_stack(found[part], shape) for part in found)
    mean, std = channel_statistics(train_images)
    source = f"{len(train_labels):,} + {len(test_labels):,} images from {shown(folder)}"
    return tuple(
        Dataset(images, labels, class_names, source, mean=mean, std=std)
        for images, labels in ((train_images, train_labels), (test_images, test_labels))
    )


def load_pictures(folder: Path, image_size: int) -> tuple[Dataset, list[str]]:
    """Your own pictures, ``folder/CLASS/NAME.jpg`` or ``.png``, of any size, as one data set.

    The classes are the folders, in the order of their names. Each picture becomes a colour square, see `square`. The
    mean and std of the data set are those of these pictures; a trained network needs its own.

    Args:
        image_size: pixels along each side of a square.

    Returns:
        The data set, and a line for each file that cannot be read: its name, and why. Those are left out.

    Raises:
        ValueError: there are fewer than two such folders, or no picture in one of them can be read.
    """
    from tqdm import tqdm

    images, skipped = [], []  # (label, file name, pixels) of every picture
    class_names = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    for name, content in tqdm(
        contents(folder, _PICTURE), "reading pictures", delay=1, leave=False, file=sys.stdout, disable=None
    ):  # disable=None: shown in a terminal only
        class_name = _PICTURE.search(name)[1]
        try:
            with warnings.catch_warnings():  # Pillow's: they name no file, and what can be read is read
                warnings.simplefilter("ignore")
                picture = square(_open(folder, name, content), image_size)
        except DamagedFile as error:
            skipped.append(error.fact)
        else:
            images.append((class_names.index(class_name), name, picture.tobytes()))
    if len(class_names) < 2:
        raise ValueError(
            f"{shown(folder)} needs folders with pictures of two classes or more, and has {len(class_names)}: make a "
            "folder in it for each class, and put PNG or JPEG files into those"
        )
    for label, class_name in enumerate(class_names):
        if not any(label == found for found, _, _ in images):
            raise ValueError(
                f"{shown(folder / class_name)} has no picture that can be read: put PNG or JPEG files right into it, "
                "or take that folder away"
            )
    pixels, labels = _stack(images, (3, image_size, image_size))
    mean, std = channel_statistics(pixels)
    source = f"{len(labels):,} pictures from {shown(folder)}"
    return Dataset(pixels, labels, class_names, source, mean=mean, std=std), skipped


def square(picture: "Image.Image", image_size: int) -> "Image.Image":
    """The middle of a picture as a colour square: turned upright, cut to a square, scaled."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture)  # a phone notes how it was held, and does not turn the pixels
    return ImageOps.fit(
        _eight_bits(upright).convert("RGB"), (image_size, image_size), Image.Resampling.BICUBIC
    )


def _eight_bits(image: "Image.Image") -> "Image.Image":
    """Grey of 16 bits, 0 to 65535, becomes 0 to 255. ``convert`` alone cuts it off at 255, which makes it white."""
    return image.convert("I").point(lambda value: value / 257) if image.mode.startswith("I") else image


def _stack(images: list[tuple[int, str, bytes]], shape: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """(N, C, H, W) and (N,), in an order that depends on the files' names alone, with the classes mixed."""
    channels, height, width = shape
    images = sorted(images)
    pixels = torch.frombuffer(bytearray(b"".join(pixels for _, _, pixels in images)), dtype=torch.uint8)
    pixels = pixels.view(-1, height, width, channels).permute(0, 3, 1, 2)  # NHWC, as files hold them, to NCHW
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    return pixels[order].contiguous(), torch.tensor([label for label, _, _ in images])[order]


def _plain(class_name: str) -> str:
    """A class name without what file systems and people change in it: "T-shirt/top" and "t_shirt_top" are one."""
    return re.sub("[^a-z0-9]", "", class_name.lower())


def _decode(root: Path, name: str, content: bytes, shape: tuple[int, int, int]) -> bytes:
    """The pixels of one image, in rows of height × width × channels."""
    channels, height, width = shape
    image = _open(root, name, content)
    if image.size != (width, height):
        size = f"{image.width}×{image.height}"
        raise DamagedFile(inside(root, name), f"is {size} pixels and should be {width}×{height}")
    return _eight_bits(image).convert("L" if channels == 1 else "RGB").tobytes()


def _open(root: Path, name: str, content: bytes) -> "Image.Image":
    """The image in a file, as Pillow holds it."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
        image.load()
        return image
    except UnidentifiedImageError as error:  # its own words name a buffer, not the file
        raise DamagedFile(
            inside(root, name), "cannot be read as an image: it is neither JPEG nor PNG"
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise DamagedFile(inside(root, name), f"cannot be read as an image ({error})") from error
