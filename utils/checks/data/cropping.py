"""Task 3: a square from anywhere in an image."""

from collections import Counter

import torch
from torch import Tensor

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree
from utils.checks.inputs import Random
from utils.checks.wording import shape_of


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
                beyond = (
                    " The image has ended before the square did. Rows and columns have different numbers of places: "
                    "draw for each of them, and take H from `shape[1]` and W from `shape[2]`."
                )
                cut = crop.ndim == 3 and len(crop) == 2 and max(crop.shape[1:]) == size
                wrong = f"for {case} the crop must be {(2, size, size)}, but yours is {tuple(crop.shape)}."
                raise Mistake(wrong + beyond if cut else wrong)
            place = _place(crop, image, size)
            if place is None:
                agree(crop, image[:, :size, :size], f"{case} (a crop must be a part of the image)")
            drawn.append(place)
        if _place(ask(answer, image[:1], size), image[:1], size) is None:
            raise Mistake(
                "for an image with one channel the crop is not a part of it. Leave the axis of channels alone."
            )
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


def _place(crop: object, image: Tensor, size: int) -> tuple[int, int] | None:
    """Where in the image a crop comes from, if it does."""
    for top in range(image.shape[1] - size + 1):
        for left in range(image.shape[2] - size + 1):
            if type(crop) is Tensor and torch.equal(crop, image[:, top : top + size, left : left + size]):
                return top, left
    return None
