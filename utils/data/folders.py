"""Pictures of one's own as a data set: a folder for each class.

In one heap, ``CLASS/NAME.jpg``, or already divided, ``train/CLASS/NAME.jpg`` and ``test/CLASS/NAME.jpg``. The rules are
the same for both: `found` says what is a class and what a picture, `_read` what is left out, and everything that is
left out is named.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from utils.data.dataset import Dataset, channel_statistics
from utils.data.files import DamagedFile, below, shown
from utils.data.pictures import decoded, is_grey, mixed, opened, square
from utils.files import home_path
from utils.text import clean, one_line

READ = re.compile(r"\.(png|apng|jpg|jpeg|jpe|jfif|jfi|jif|pjpeg|pjp)$", re.IGNORECASE)
# Pictures too, and not read: so they are named.
NOT_READ = re.compile(
    r"\.(heic|heif|avif|webp|gif|tiff?|bmp|jp2|j2k|jpx|jxl|ico|svg|psd|raw|dng|cr2|cr3|nef|arw|p[bgp]m)$",
    re.IGNORECASE,
)
DECODED = Callable[["Picture"], tuple[bytes, bool]]


class Picture(NamedTuple):
    """A file that should be a picture of a class."""

    class_name: str
    path: Path


class Found(NamedTuple):
    """What lies in a folder of classes: the pictures in the order of their names, and a line for each file left out."""

    class_names: list[str]
    pictures: list[Picture]
    left_out: list[str]


def load(folder: Path) -> tuple[Dataset, Dataset]:
    """``(train, test)`` of your own images of one size, ``folder/train/CLASS/NAME.png`` and ``folder/test/CLASS/…``.

    The classes are the folders in ``train``, in the order of their names. All images have the size of the first of
    them, and are grey if that one is. What is left out, and why, is printed.

    Raises:
        ValueError: there is no such folder, fewer than two classes, a class without a picture in one of the parts, or
            one that is in ``test`` alone.
        DamagedFile: an image has another size.
    """
    places, beside = _parts(folder)
    parts = {part: found(place) for part, place in places.items()}
    shapes: list[tuple[int, int, int]] = []  # (C, H, W) of the first image

    def of_one_size(picture: Picture) -> tuple[bytes, bool]:
        image = _open(picture)
        if not shapes:
            shapes.append((1 if is_grey(image) else 3, image.height, image.width))
        channels, height, width = shapes[0]
        if (image.height, image.width) != (height, width):
            size = f"{image.width}×{image.height}"
            raise OtherSize(picture.path, f"is {size} pixels and should be {width}×{height}")
        return decoded(image, channels), "over white" in image.info

    read = {part: _read(places[part], one, of_one_size) for part, one in parts.items()}
    _refuse_other_classes(folder, parts["train"].class_names, parts["test"].class_names)
    say_left_out(beside + [line for part in read.values() for line in part.left_out])
    tensors = {part: mixed(one.images, shapes[0]) for part, one in read.items()}
    mean, std = channel_statistics(tensors["train"][0])
    counts = " + ".join(f"{len(labels):,}" for _, labels in tensors.values())
    source = f"{counts} images from {shown(folder)}{_over_white(sum(one.flattened for one in read.values()))}"
    class_names = tuple(parts["train"].class_names)
    train, test = (Dataset(*tensors[part], class_names, source, mean=mean, std=std) for part in parts)
    return train, test


def load_pictures(folder: Path, image_size: int) -> tuple[Dataset, list[str]]:
    """Your own pictures, ``folder/CLASS/NAME.jpg`` or ``.png``, of any size, as one data set.

    The classes are the folders, in the order of their names. Each picture becomes a colour square, see `square`. The
    mean and std of the data set are those of these pictures; a trained network needs its own.

    Args:
        image_size: pixels along each side of a square.

    Returns:
        The data set, and a line for each picture that is left out: its name, and why.

    Raises:
        ValueError: there are fewer than two such folders, or no picture in one of them can be read.
    """
    folder = home_path(folder)
    read = _read(folder, found(folder), lambda picture: _as_square(picture, image_size))
    pixels, labels = mixed(read.images, (3, image_size, image_size))
    mean, std = channel_statistics(pixels)
    source = f"{len(labels):,} pictures from {shown(folder)}{_over_white(read.flattened)}"
    return Dataset(pixels, labels, tuple(read.class_names), source, mean=mean, std=std), read.left_out


def load_divided(folder: Path, image_size: int) -> tuple[Dataset, Dataset]:
    """``(train, test)`` of your own pictures of any size, as colour squares; what is left out is printed.

    Raises:
        ValueError: as `load_pictures`, or the two parts have different classes.
    """
    places, left_out = _parts(folder)
    (train, of_train), (test, of_test) = (load_pictures(place, image_size) for place in places.values())
    say_left_out(left_out + of_train + of_test)
    _refuse_other_classes(folder, train.class_names, test.class_names)
    return train, test


def is_divided(folder: Path) -> bool:
    """Whether the folder has parts for training and test, and not the classes themselves."""
    return any(entry.name.lower() == "train" and os.path.isdir(entry.path) for entry in _entries(folder))


def say_left_out(lines: list[str], most: int = 20) -> None:
    """Print a line for each picture that is left out; of very many, how many more there are."""
    for line in lines[:most]:
        print(f"left out: {line}")
    if len(lines) > most:
        print(f"left out: {len(lines) - most:,} more")


class OtherSize(DamagedFile):
    """An image is not as large as the others: no reason to leave it out in silence."""


def found(folder: Path) -> Found:
    """Classes and pictures of a folder. Hidden folders and files are none, and what is no picture is not named.

    Raises:
        ValueError: the folder cannot be read.
    """
    class_names: set[str] = set()
    pictures: list[Picture] = []
    left_out: list[str] = []
    for entry in _entries(folder):
        if os.path.isdir(entry.path):
            name = one_line(entry.name) or ascii(entry.name)  # ascii: of letters that nobody sees
            class_names.add(name)
            for path in _files(Path(entry.path), left_out):
                if path.parent != Path(entry.path):
                    left_out.append(f"{shown(path)} lies in a folder below its class's")
                else:
                    pictures.append(Picture(name, path))
        elif reason := _no_class(entry):
            left_out.append(reason)
    return Found(sorted(class_names), pictures, left_out)


class _Read(NamedTuple):
    class_names: list[str]
    images: list[tuple[int, str, bytes]]  # (label, file name, pixels)
    left_out: list[str]
    flattened: int  # how many were transparent


def _read(folder: Path, there: Found, decode: DECODED) -> _Read:
    """The pictures that can be read. Every class has one, or this raises ValueError."""
    from tqdm import tqdm

    if len(there.class_names) < 2:
        raise ValueError(
            f"{shown(folder)} needs folders with pictures of two classes or more, and has {len(there.class_names)}: "
            "make a folder in it for each class, and put PNG or JPEG files into those"
        )
    images, left_out, flattened = [], list(there.left_out), 0
    for picture in tqdm(
        there.pictures, "reading pictures", delay=1, leave=False, file=sys.stdout, disable=None
    ):  # disable=None: shown in a terminal only
        try:
            pixels, was_transparent = decode(picture)
        except OtherSize:
            raise
        except DamagedFile as error:
            left_out.append(error.fact)
        else:
            flattened += was_transparent
            images.append((there.class_names.index(picture.class_name), clean(picture.path.name), pixels))
    has_pictures = {label for label, _, _ in images}
    for label, name in enumerate(there.class_names):
        if label not in has_pictures:
            raise ValueError(
                f"{shown(folder / name)} has no picture that can be read: put PNG or JPEG files right into it, or take "
                "that folder away"
            )
    return _Read(there.class_names, images, sorted(left_out), flattened)


def _files(folder: Path, left_out: list[str]) -> Iterator[Path]:
    """All that might be a picture below a class's folder; a folder that cannot be opened is named."""

    def closed(error: OSError) -> None:
        left_out.append(f"{shown(Path(error.filename or folder))} cannot be opened: {error.strerror}")

    for entry in below(folder, closed=closed):
        parts = Path(entry.path).relative_to(folder).parts
        if _is_picture(entry.name) and not any(part.startswith(".") for part in parts):
            yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry]:
    """What lies in a folder and is not hidden, in the order of the names.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ValueError(f"{shown(folder)} is no folder that can be read: {error.strerror}") from error
    return [entry for entry in entries if not entry.name.startswith(".")]


def _no_class(entry: os.DirEntry) -> str:
    """Why a file beside the folders is left out, or nothing if nobody would miss it."""
    if _is_picture(entry.name):
        return f"{shown(Path(entry.path))} lies in no class's folder"
    if entry.is_symlink() and not os.path.exists(entry.path):  # to a class on a disk that is not there, perhaps
        return f"{shown(Path(entry.path))} is a link that leads nowhere"
    return ""


def _is_picture(name: str) -> bool:
    return bool(READ.search(name) or NOT_READ.search(name))


def _open(picture: Picture):
    if not READ.search(picture.path.name):
        raise DamagedFile(picture.path, "cannot be read as an image: it is neither JPEG nor PNG")
    try:
        if picture.path.exists() and not picture.path.is_file():  # a pipe: reading it would wait for ever
            raise DamagedFile(picture.path, "is no file that holds a picture")
        content = picture.path.read_bytes()
    except OSError as error:
        raise DamagedFile(picture.path, f"cannot be opened: {error.strerror}") from error
    return opened(picture.path, content)


def _as_square(picture: Picture, image_size: int) -> tuple[bytes, bool]:
    image = _open(picture)
    return square(image, image_size).tobytes(), "over white" in image.info


def _parts(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The folders ``train`` and ``test``, however their names are written; a line for all else that lies beside them.

    Raises:
        ValueError: there is none of a part, or more than one.
    """
    folder = home_path(folder)
    places: dict[str, list[Path]] = {"train": [], "test": []}
    left_out: list[str] = []
    for entry in _entries(folder):
        if not os.path.isdir(entry.path):
            left_out += [reason] if (reason := _no_class(entry)) else []
        elif entry.name.lower() in places:
            places[entry.name.lower()].append(Path(entry.path))
        else:
            left_out.append(f"{shown(Path(entry.path))} lies neither in train nor in test")
    for part, found_here in places.items():
        if not found_here:
            raise ValueError(
                f"{shown(folder)} has no images for {part}: put PNG or JPEG files into {part}/CLASS, a folder for each "
                "class"
            )
        if len(found_here) > 1:
            names = " and ".join(path.name for path in found_here)
            raise ValueError(f"{shown(folder)} has {names}: put all images for {part} into one of them")
    return {part: paths[0] for part, paths in places.items()}, left_out


def _refuse_other_classes(folder: Path, train: Sequence[str], test: Sequence[str]) -> None:
    for part, names, others in (("test", test, train), ("training", train, test)):
        if alone := sorted(set(names) - set(others)):
            lacking = "train on" if part == "test" else "test with"
            raise ValueError(
                f"{shown(folder)} has {part} images of {', '.join(map(repr, alone))} and none to {lacking}: "
                "train and test need the same classes"
            )


def _over_white(count: int) -> str:
    return f" ({count:,} transparent, shown over white)" if count else ""
