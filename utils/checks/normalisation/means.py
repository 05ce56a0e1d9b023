"""Task 1 of assignment 06: how many numbers share a mean."""

from collections.abc import Callable, Iterator

from utils.checks.inputs import Random
from utils.checks.task import Task

COUNTS = {
    "batch": lambda N, C, H, W, G: N * H * W,
    "layer": lambda N, C, H, W, G: C * H * W,
    "instance": lambda N, C, H, W, G: H * W,
    "group": lambda N, C, H, W, G: C // G * H * W,
}


def _counts(**others: Callable) -> Callable:
    """An answer to task 1, right or with another formula for some of the four."""
    return lambda *case: tuple(count(*case) for count in (COUNTS | others).values())


def _shapes(random: Random) -> Iterator[tuple]:
    yield 4, 6, 5, 7, 2
    for _ in range(4):
        N, each = random.two_integers(2, 9)
        groups = random.integer(2, 5)
        yield N, each * groups, *random.two_integers(2, 12), groups


MEANS = "that is how many means there are. Asked for is how many numbers go into each of them."

numbers_per_mean = Task(
    "numbers_per_mean",
    right=_counts(),
    cases=_shapes,
    case=lambda N, C, H, W, G: f"with maps ({N}, {C}, {H}, {W}) and {G} groups",
    kind=int,
    returns="batch, layer, instance, group",
    parts=tuple(f"{kind} norm" for kind in COUNTS),
    mistakes=(
        (f"batch norm: {MEANS}", _counts(batch=lambda N, C, H, W, G: C)),
        (
            "batch norm: batch norm averages over all images of the batch: where is N?",
            _counts(batch=COUNTS["instance"]),
        ),
        (
            "batch norm: in batch norm each channel has a mean of its own, so C does not count.",
            _counts(batch=lambda N, C, H, W, G: N * C * H * W),
        ),
        (
            "batch norm: batch norm averages over all places of a map as well.",
            _counts(batch=lambda N, C, H, W, G: N),
        ),
        (
            "batch norm: that is layer norm. Batch norm takes one channel of all images.",
            _counts(batch=COUNTS["layer"]),
        ),
        (f"layer norm: {MEANS}", _counts(layer=lambda N, C, H, W, G: N)),
        (
            "layer norm: in layer norm each image has a mean of its own, so N does not count.",
            _counts(layer=lambda N, C, H, W, G: N * C * H * W),
        ),
        (
            "layer norm: layer norm averages over the places of the maps as well.",
            _counts(layer=lambda N, C, H, W, G: C),
        ),
        (
            "layer norm: that is instance norm. Layer norm takes all channels of one image.",
            _counts(layer=COUNTS["instance"]),
        ),
        (
            "layer norm: that is batch norm. Layer norm takes all channels of one image.",
            _counts(layer=COUNTS["batch"]),
        ),
        (f"instance norm: {MEANS}", _counts(instance=lambda N, C, H, W, G: N * C)),
        (
            "instance norm: in instance norm each map of each image is by itself: N and C do not count.",
            _counts(instance=lambda N, C, H, W, G: N * C * H * W),
        ),
        (
            "instance norm: that is batch norm. Instance norm takes one map of one image.",
            _counts(instance=COUNTS["batch"]),
        ),
        (
            "instance norm: that is layer norm. Instance norm takes one map of one image.",
            _counts(instance=COUNTS["layer"]),
        ),
        (
            "instance norm: that is group norm. Batch, layer, instance, group is the order.",
            _counts(instance=COUNTS["group"]),
        ),
        (
            "instance norm: one map, but it has many numbers. Count those.",
            _counts(instance=lambda N, C, H, W, G: 1),
        ),
        (f"group norm: {MEANS}", _counts(group=lambda N, C, H, W, G: N * G)),
        (
            "group norm: G is the number of groups, so a group has C/G channels.",
            _counts(group=lambda N, C, H, W, G: G * H * W),
        ),
        (
            "group norm: in group norm each image has its own means, so N does not count.",
            _counts(group=lambda N, C, H, W, G: N * C // G * H * W),
        ),
        (
            "group norm: that is layer norm. Group norm averages over the C/G channels of one group.",
            _counts(group=COUNTS["layer"]),
        ),
        (
            "group norm: group norm averages over all places of the maps as well.",
            _counts(group=lambda N, C, H, W, G: C // G),
        ),
    ),
)
