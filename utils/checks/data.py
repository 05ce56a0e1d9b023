"""Checks of assignment 04: axes, a lazy data set, a random crop, statistics, a split without a leak."""

from collections import Counter
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import Dataset

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, is_tuple_of, nearly_equal
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _to_tensor(pixels: Tensor) -> Tensor:
    """Bytes (H, W, C) as floats (C, H, W) from 0 to 1."""
    return pixels.permute(2, 0, 1).float() / 255


def _bytes(random: Random) -> Iterator[tuple]:
    for channels, largest in ((3, 255), (4, 200), (1, 255)):
        pixels = random.integers(0, largest, *random.two_integers(5, 9), channels).to(torch.uint8)
        pixels[0, 0] = largest
        yield (pixels,)


to_tensor = Task(
    "to_tensor",
    right=_to_tensor,
    cases=_bytes,
    case=lambda pixels: f"an image of {shape_of(pixels)}",
    mistakes=(
        (
            "your tensor does not hold torch.float32, which networks want: `.float()` before dividing.",
            lambda pixels: _to_tensor(pixels).double(),
            lambda value, _: value.dtype != torch.float32,
        ),
        (
            "the shape is right, but the colours are mixed: `reshape` cuts the numbers anew. Swap the axes.",
            lambda pixels: pixels.reshape(_to_tensor(pixels).shape).float() / 255,
        ),
        (
            "rows and columns are swapped as well: (C, W, H).",
            lambda pixels: _to_tensor(pixels).transpose(1, 2),
        ),
        (
            "the axes are right. The numbers go from 0 to 255 and should go from 0 to 1.",
            lambda pixels: _to_tensor(pixels) * 255,
        ),
        (
            "divide by 255, the largest byte: 255 must become 1.",
            lambda pixels: _to_tensor(pixels) * 255 / 256,
        ),
        (
            "divide by 255, not by the largest number that happens to be there.",
            lambda pixels: _to_tensor(pixels) * 255 / pixels.max(),
        ),
        (
            "the numbers are right. The channels must come first: (C, H, W).",
            lambda pixels: pixels.float() / 255,
        ),
    ),
)


@check
def lazy_photos(answer, random: Random) -> None:
    """``answer(paths, labels, read, transform)`` has a length and items (transform(read(path)), label)."""
    count = random.integer(5, 9)
    pictures = {f"{number}.png": random.normal(3, *random.two_integers(4, 7)) for number in range(count)}
    paths, labels = list(pictures), random.integers(0, 3, count).tolist()
    opened = []

    def read(path: str) -> Tensor:
        opened.append(path)
        return pictures[path]

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
            {"the transform is not applied to the image.": pictures[path]},
        )
        if label != labels[number]:
            raise Mistake(f"item {number} has the label {labels[number]}, but yours has {label}.")
    plain = ask(answer, paths, labels, read, None)
    item = ask(lambda: plain[1])
    if not isinstance(item, (tuple, list)) or not nearly_equal(item[0], pictures[paths[1]]):
        raise Mistake("without a transform (None) the item is the image as it was read.")


@check
def random_crop(answer, random: Random) -> None:
    """``answer(image, size)`` is a square of (C, H, W), at every place equally often."""
    height, width = random.two_integers(4, 6)
    size = 3
    image = torch.arange(2.0 * height * width).view(2, height, width)  # the first number of a crop tells its place
    tries = 1000
    drawn: list[tuple[int, int]] = []
    case = f"an image of {shape_of(image)} and size {size}"
    seed = random.integer(0, 10_000)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(tries):
            crop = ask(answer, image, size)
            if isinstance(crop, Tensor) and tuple(crop.shape) != (2, size, size):
                raise Mistake(f"for {case} the crop must be {(2, size, size)}, but yours is {tuple(crop.shape)}.")
            place = _place(crop, image, size)
            if place is None:
                agree(crop, image[:, :size, :size], f"{case} (a crop must be a part of the image)")
            drawn.append(place)
        torch.manual_seed(seed)
        again = [_place(ask(answer, image, size), image, size) for _ in range(20)]
    seen = Counter(drawn)
    rows, columns = height - size + 1, width - size + 1
    if len(seen) == 1:
        raise Mistake(f"for {case} you always cut at {next(iter(seen))}. Choose a place at random, every time.")
    tops, lefts = {top for top, _ in seen}, {left for _, left in seen}
    if rows > 1 and columns > 1 and all(top == left for top, left in seen):
        raise Mistake("row and column of the corner are always the same. Draw two random numbers.")
    for name, found, places in (("row", tops, rows), ("column", lefts, columns)):
        if max(found) < places - 1:
            raise Mistake(
                f"for {case} the last {name} is never cut: the corner can stand at {places} places, 0 to {places - 1}. "
                f"`torch.randint(n, ())` gives 0 to n − 1."
            )
    if len(seen) < rows * columns:
        raise Mistake(f"for {case} there are {rows * columns} places, but yours come from {len(seen)} of them only.")
    if again != drawn[:20]:
        raise Mistake(
            "after `torch.manual_seed` the same places must come again. Draw them with `torch.randint`, not with the "
            "random numbers of Python or numpy."
        )
    often = tries / (rows * columns)
    # Pearson's χ² has at most 11 degrees of freedom here: chance exceeds 50 once in a million times.
    if sum((times - often) ** 2 / often for times in seen.values()) > 50:
        raise Mistake("some places come far more often than others. Every place must be as likely.")


AXES = (0, 2, 3)


def _numbers(batches: list[Tensor]) -> Tensor:
    return torch.cat(batches).double() / 255


def _statistics(mean: Callable | None = None, std: Callable | None = None) -> Callable:
    """An answer to task 4, right or with another mean or standard deviation of all images (N, C, H, W)."""

    def answer(batches: list[Tensor]) -> tuple[Tensor, Tensor]:
        pixels = _numbers(batches)
        return (
            mean(batches, pixels) if mean else pixels.mean(AXES),
            std(batches, pixels) if std else pixels.std(AXES, correction=0),
        )

    return answer


def _variances(batches: list[Tensor]) -> Tensor:
    return torch.stack([_numbers([batch]).var(AXES, correction=0) for batch in batches])


def _sizes(batches: list[Tensor]) -> Tensor:
    """Each batch's share of the images."""
    sizes = torch.tensor([len(batch) for batch in batches])[:, None]
    return sizes / sizes.sum()


def _batches(random: Random) -> Iterator[tuple]:
    for channels in (3, 6):  # not every image has three
        size = random.two_integers(4, 7)
        draws = [(5, 0, 120), (5, 100, 255), (2, 10, 60)]
        yield ([random.integers(low, high, n, channels, *size).to(torch.uint8) for n, low, high in draws],)


APART = "They do not know how far batches lie apart."
IMAGES_APART = "They do not know how far the images lie apart."

statistics = Task(
    "statistics",
    right=_statistics(),
    cases=_batches,
    case=lambda batches: f"of 12 images in batches of 5, 5 and 2, {batches[0].shape[1]} channels",
    returns="mean, std",
    parts=("the mean", "the standard deviation"),
    mistakes=(
        (
            "your variance is below zero, so its root is nan. Did you square bytes? 16² = 256 does not fit into one: "
            "make floats first. Or did you take away the mean, and not its square?",
            _statistics(std=lambda _, x: ((x**2).mean(AXES) - x.mean(AXES)).sqrt()),
            lambda value, _: value[1].isnan().any(),
        ),
        (
            "you averaged the means of the batches, so the last, small one counts as much as the others.",
            _statistics(mean=lambda batches, _: torch.stack([_numbers([b]).mean(AXES) for b in batches]).mean(0)),
        ),
        (
            "the mean is that of bytes, 0 to 255. Divide by 255.",
            _statistics(mean=lambda _, x: 255 * x.mean(AXES)),
        ),
        (
            "right for three channels, but not for six. How many there are is in `batch.shape[1]`.",
            _statistics(mean=lambda _, x: 3 * x.mean(AXES) / x.shape[1]),
        ),
        (
            "that is a part of it. Divide by the numbers of one channel, not of all channels.",
            _statistics(mean=lambda _, x: x.mean(AXES) / x.shape[1]),
        ),
        (
            "the two are swapped: the mean comes first.",
            lambda batches: _statistics()(batches)[::-1],
        ),
        (
            "divide by the number of pixels of all images, not by the number of images.",
            _statistics(mean=lambda _, x: x.mean(AXES) * x[0, 0].numel()),
        ),
        (
            "that is one mean for all channels. Each channel has its own.",
            _statistics(mean=lambda _, x: x.mean()),
        ),
        (
            f"you averaged the standard deviations of images. {IMAGES_APART}",
            _statistics(std=lambda _, x: x.flatten(2).std(2, correction=0).mean(0)),
        ),
        (
            f"you averaged the standard deviations of images, divided by n − 1. {IMAGES_APART}",
            _statistics(std=lambda _, x: x.flatten(2).std(2).mean(0)),
        ),
        (
            f"you averaged the standard deviations of batches. {APART}",
            _statistics(std=lambda batches, _: _variances(batches).sqrt().mean(0)),
        ),
        (
            f"you averaged the standard deviations of batches, large batches more. {APART}",
            _statistics(std=lambda batches, _: (_sizes(batches) * _variances(batches).sqrt()).sum(0)),
        ),
        (
            f"you averaged the variances of batches. {APART}",
            _statistics(std=lambda batches, _: (_sizes(batches) * _variances(batches)).sum(0).sqrt()),
        ),
        (
            "divided by n − 1. Here it is n: `std` divides by n with `correction=0`.",
            _statistics(std=lambda _, x: x.std(AXES)),
        ),
        (
            "that is the variance. The standard deviation is its root.",
            _statistics(std=lambda _, x: x.var(AXES, correction=0)),
        ),
        (
            "the root of the mean of squares is not it: take mean² away first.",
            _statistics(std=lambda _, x: (x**2).mean(AXES).sqrt()),
        ),
    ),
)


@check
def split(answer, random: Random) -> None:
    """``answer(patients, share, generator)`` divides images so that no patient is on both sides."""
    numbers = 100 + 7 * torch.arange(40)  # numbers of patients need not be 0, 1, 2, …
    patients = numbers.repeat_interleave(random.integer(4, 6))
    patients = patients[torch.randperm(len(patients), generator=random.generator)]
    everyone = torch.arange(len(patients)).tolist()

    def divide(seed: int) -> tuple[list[int], list[int]]:
        result = ask(answer, patients, 0.25, torch.Generator().manual_seed(seed))
        if not is_tuple_of(2, result):
            raise Mistake("your function must return two tensors of indices: `return train, validation`.")
        for part in result:
            if type(part) is not Tensor or part.ndim != 1 or part.dtype.is_floating_point or part.dtype == torch.bool:
                raise Mistake("each part must be a tensor of indices, (n,), such as `torch.nonzero(...)[:, 0]` gives.")
        return result[0].tolist(), result[1].tolist()

    train, validation = divide(1)
    if sorted(train + validation) != everyone:
        raise Mistake("each image must be in one of the two parts, once.")
    both = set(patients[train].tolist()) & set(patients[validation].tolist())
    if both:
        raise Mistake(
            f"{len(both)} of 40 patients have images on both sides: validation asks for what was seen. "
            f"Divide the patients, then their images."
        )
    found = len(set(patients[validation].tolist()))
    if found == 30:
        raise Mistake("the parts are swapped: the share is that of validation, the second part.")
    if found == 40:
        raise Mistake("every patient is in validation. `share` is a share of the patients, not of the images.")
    if found == 0:
        raise Mistake(
            "nobody is in validation. Patients' numbers need not be 0, 1, 2, …: choose among `patients.unique()`."
        )
    if not 4 <= found <= 18:
        raise Mistake(f"of 40 patients about 10 should be for validation (share 0.25), but yours are {found}.")
    if divide(1) != (train, validation):
        raise Mistake("the same seed must give the same parts. Use the generator you are given.")
    if divide(2) == (train, validation) and divide(3) == (train, validation):
        raise Mistake("every seed gives the same parts. Draw the patients at random, with the generator.")


def _place(crop: object, image: Tensor, size: int) -> tuple[int, int] | None:
    """Where in the image a crop comes from, if it does."""
    for top in range(image.shape[1] - size + 1):
        for left in range(image.shape[2] - size + 1):
            if type(crop) is Tensor and torch.equal(crop, image[:, top : top + size, left : left + size]):
                return top, left
    return None
