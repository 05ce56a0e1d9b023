"""Task 4: a network whose sizes do not fit."""

from collections.abc import Callable

from torch import nn

from utils.checks.plan import Plan


def _built(
    first: type = nn.ReLU,
    second: type = nn.ReLU,
    pool: type = nn.MaxPool2d,
    end: type = nn.Identity,
    last: Callable = lambda: nn.Conv2d(32, 8, 3, stride=2, padding=1),
) -> Callable:
    """An answer to task 4, right or with another layer in its place: (N, 3, H, W) → (N, 8, H/8, W/8)."""
    return lambda: nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1),
        first(),
        pool(2),
        nn.Conv2d(16, 32, 5, padding=2),
        second(),
        pool(2),
        last(),
        end(),
    )


repaired = Plan(
    "repaired",
    right=_built(),
    images=lambda random: random.normal(2, 3, *(8 * eighths for eighths in random.two_integers(3, 7))),
    mistakes=(
        (
            "the plan ends in a convolution. After a ReLU no output is ever below zero.",
            _built(end=nn.ReLU),
        ),
        ("the ReLU after the first convolution is missing.", _built(first=nn.Identity)),
        ("the ReLU after the second convolution is missing.", _built(second=nn.Identity)),
        (
            "the ReLUs are missing. Without one between them, layers in a row are one larger filter.",
            _built(first=nn.Identity, second=nn.Identity),
        ),
        (
            "the last convolution gets zeros at the right and at the bottom only. The plan has them on all four sides.",
            _built(last=lambda: nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(32, 8, 3, stride=2))),
        ),
        ("your pooling averages. The plan has max pooling.", _built(pool=nn.AvgPool2d)),
    ),
)
