"""A data set by its name, or by the folder that it lies in: what can be written in a command line."""

from utils.data import folders
from utils.data.cifar import cats_and_dogs, cifar10
from utils.data.dataset import Dataset, absent_classes, split_each
from utils.data.fashion import fashion_mnist
from utils.files import home_path

DATA_SETS = {"fashion_mnist": fashion_mnist, "cifar10": cifar10, "cats_and_dogs": cats_and_dogs}


def load_named(name: str, image_size: int | None = None) -> tuple[Dataset, Dataset]:
    """``(train, test)`` of one of `DATA_SETS`, or of a folder of pictures; of which pictures are left out is printed.

    In a folder with parts for training and test these are kept apart. Of pictures in one heap, a fifth of each class is
    for test.

    Args:
        image_size: pixels along each side of the squares that a folder's pictures are made into. Without, those in
            one heap become 32×32, and those in two parts must be of one size.

    Raises:
        ValueError: there is no such data, or it cannot be used.
    """
    if name in DATA_SETS:
        return DATA_SETS[name]()
    folder = home_path(name)
    if not folder.is_dir():
        unpack = ": unpack it first" if folder.is_file() else f", and none of {', '.join(DATA_SETS)}"
        raise ValueError(f"{name} is no folder{unpack}")
    if not folders.is_divided(folder):
        pictures, left_out = folders.load_pictures(folder, image_size or 32)
        folders.say_left_out(left_out)
        return set_aside(pictures, 1 / 5, "test")
    if image_size is not None:
        return folders.load_divided(folder, image_size)
    try:
        return folders.load(folder)
    except folders.OtherSize as problem:
        raise ValueError(
            f"{problem} (In train and test all images are square and of one size. Pictures of any size go into "
            f"{folder}/CLASS, without train and test.)"
        ) from problem


def set_aside(images: Dataset, share: float, what: str, seed: int = 0) -> tuple[Dataset, Dataset]:
    """The rest, and a share of each class for ``what``; which classes have too few images for that is printed.

    Raises:
        ValueError: there is no such share.
    """
    try:
        rest, part = split_each(images, share, seed=seed)
    except ValueError as problem:
        raise ValueError(f"no images can be set aside for {what}: {problem}") from problem
    if absent := absent_classes(part):
        print(f"too few images, none for {what}: {', '.join(absent)}")
    return rest, part
