"""Task 1 of assignment 08: what an Inception block returns, and what it costs with and without reductions."""

from collections.abc import Callable, Iterator

from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.models.googlenet import BLOCKS

NAMES = {192: "3a of GoogLeNet, ", 512: "4c of GoogLeNet, "}  # by the maps that go in


def _maps(i: int, one: int, three: tuple, five: tuple, pool: int, h: int, w: int) -> int:
    return one + three[1] + five[1] + pool


def _naive(i: int, one: int, three: tuple, five: tuple, pool: int, h: int, w: int) -> int:
    """Multiply-adds without reductions."""
    return h * w * i * (one + 9 * three[1] + 25 * five[1])


def _reduced(i: int, one: int, three: tuple, five: tuple, pool: int, h: int, w: int) -> int:
    """Multiply-adds with reductions."""
    return h * w * (i * (one + three[0] + five[0] + pool) + 9 * three[0] * three[1] + 25 * five[0] * five[1])


def _counted(maps: Callable = _maps, naive: Callable = _naive, reduced: Callable = _reduced) -> Callable:
    """An answer to task 1, right or with another formula for one of the three."""
    return lambda *block: (maps(*block), naive(*block), reduced(*block))


def _blocks(random: Random) -> Iterator[tuple]:
    yield 192, *BLOCKS["inception_3a"], 28, 28
    yield 512, *BLOCKS["inception_4c"], 14, 14
    for _ in range(4):
        pairs = random.two_integers(2, 40), random.two_integers(2, 40)
        one, pool = random.two_integers(2, 40)
        yield random.integer(50, 90), one, *pairs, pool, *random.two_integers(5, 30)


inception = Task(
    "inception",
    right=_counted(),
    cases=_blocks,
    case=lambda i, one, three, five, pool, h, w: (
        f"{NAMES.get(i, 'a block, ')}{i} maps of {h}×{w}, 1×1: {one}, 3×3: {three[0]}→{three[1]}, 5×5: "
        f"{five[0]}→{five[1]}, pool: →{pool},"
    ),
    kind=int,
    returns="maps, naive, reduced",
    parts=(
        "the maps that come out of",
        "the multiply-adds of the naive block, without reductions, for",
        "the multiply-adds of the block with reductions, for",
    ),
    mistakes=(
        (
            "maps: those of a reduction stay inside their branch. Only its last maps come out.",
            _counted(lambda i, one, three, five, pool, h, w: one + sum(three) + sum(five) + pool),
        ),
        (
            "maps: the pooling is followed by a 1×1 convolution, so its branch returns fewer than in_channels.",
            _counted(lambda i, one, three, five, pool, h, w: one + three[1] + five[1] + i),
        ),
        (
            "maps: the branch with the pooling is missing.",
            _counted(lambda i, one, three, five, pool, h, w: one + three[1] + five[1]),
        ),
        (
            "naive: that is the block with reductions. The naive one comes before it.",
            _counted(naive=_reduced),
        ),
        (
            "naive: those are the weights. Each is used at every place, height times width.",
            _counted(naive=lambda *block: _naive(*block[:-2], 1, 1)),
        ),
        (
            "naive: a 3×3 kernel has nine weights for each map, a 5×5 kernel 25.",
            _counted(naive=lambda i, one, three, five, pool, h, w: h * w * i * (one + 3 * three[1] + 5 * five[1])),
        ),
        (
            "naive: here the large kernels read all in_channels maps: there is no reduction.",
            _counted(
                naive=lambda i, one, three, five, pool, h, w: (
                    h * w * (i * one + 9 * three[0] * three[1] + 25 * five[0] * five[1])
                )
            ),
        ),
        (
            "naive: in this block nothing follows the pooling, and pooling does not multiply.",
            _counted(
                naive=lambda i, one, three, five, pool, h, w: h * w * i * (one + 9 * three[1] + 25 * five[1] + pool)
            ),
        ),
        (
            "reduced: those are the weights. Each is used at every place, height times width.",
            _counted(reduced=lambda *block: _reduced(*block[:-2], 1, 1)),
        ),
        (
            "reduced: the 1×1 convolutions before the large kernels cost something themselves.",
            _counted(
                reduced=lambda i, one, three, five, pool, h, w: (
                    h * w * (i * (one + pool) + 9 * three[0] * three[1] + 25 * five[0] * five[1])
                )
            ),
        ),
        (
            "reduced: the 1×1 convolution after the pooling is missing.",
            _counted(reduced=lambda *block: _reduced(*block[:4], 0, *block[5:])),
        ),
        (
            "reduced: the large kernels read what the reduction has left, not all in_channels maps.",
            _counted(
                reduced=lambda i, one, three, five, pool, h, w: (
                    h * w * i * (one + three[0] + 9 * three[1] + five[0] + 25 * five[1] + pool)
                )
            ),
        ),
        (
            "reduced: max pooling compares, it multiplies nothing. Only the 1×1 convolution after it counts.",
            _counted(reduced=lambda i, *block: _reduced(i, *block) + 9 * i * block[-2] * block[-1]),
        ),
        (
            "reduced: a 3×3 kernel has nine weights for each map, a 5×5 kernel 25.",
            _counted(
                reduced=lambda i, one, three, five, pool, h, w: (
                    h * w * (i * (one + three[0] + five[0] + pool) + 3 * three[0] * three[1] + 5 * five[0] * five[1])
                )
            ),
        ),
    ),
)
