"""What a plan finds in any network, on a small one with two branches whose size the learner is given."""

import pytest
from torch import nn

from utils.checks.plan import Plan


class Branches(nn.Module):
    """(N, 2, H, W) -> (N, width, H, W); ``first`` says which branch is made, and runs, first."""

    def __init__(
        self, width, first="large", relu=True, reads=2, kernel=3, more=False, use=("large", "small"), bias=True
    ):
        super().__init__()
        self.first, self.relu, self.use, names = first, relu, use, ["small", "large"]
        for name in sorted(names, reverse=first == "small"):
            size = kernel if name == "large" else 1
            self.add_module(name, nn.Conv2d(reads, width, size, padding=size // 2, bias=bias))
            self.add_module(f"{name}_norm", nn.BatchNorm2d(width))
        self.more = nn.Linear(2, 2) if more else None

    def branch(self, name, x):
        return getattr(self, f"{name}_norm")(getattr(self, name)(x))

    def forward(self, x):
        order = sorted(self.use, reverse=self.first == "small")
        total = sum(self.branch(name, x) for name in order)
        return total.relu() if self.relu else total


def of(**changes):
    return lambda width: Branches(width, **changes)


branches = Plan(
    "branches",
    right=of(),
    cases=lambda random: [(width,) for width in random.two_integers(3, 6)],
    case=lambda width: f"width={width}",
    images=lambda random, width: random.normal(3, 2, *random.two_integers(4, 6)),
    kinds=(nn.Conv2d, nn.BatchNorm2d, nn.Linear),
    mistakes=(
        (
            "a kernel is 5×5.",
            of(kernel=5),
            lambda run: "(5, 5)" in str(run.network) and f"{len(run.layers)} layers ran",
        ),
        ("the ReLU is missing.", of(relu=False)),
        ("the image has two maps.", of(reads=3)),
    ),
)


class Twice(Branches):
    def branch(self, name, x):
        return self.small_norm(super().branch(name, x))


class Momentum(Branches):
    def __init__(self, width):
        super().__init__(width, first="small")
        self.large_norm.momentum = 0.5


@pytest.mark.parametrize("answer", [of(), of(first="small"), lambda width: nn.Sequential(Branches(width))])
def test_branches_may_run_in_either_order(answer, passes):
    passes(branches, answer)


def test_biases_may_be_missing_where_parameters_are_not_counted(passes, message):
    passes(branches._replace(counted=False), of(bias=False))
    assert "the shapes fit, but your network has" in message(branches._replace(right=of(bias=False)), of())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (of(kernel=5), "a kernel is 5×5. (4 layers ran) (Tried with width="),
        (of(relu=False), "the ReLU is missing. (Tried with width="),
        (of(relu=False, first="small"), "the ReLU is missing."),
        (of(reads=3), "the image has two maps."),
        (of(reads=4), "but got 2 channels instead"),
        (of(reads=4), "Planned is Conv2d(2, "),
        (of(reads=4), "It has Conv2d(4, "),
        (of(bias=False), "Biases are missing."),
        (of(bias=False, relu=False), "the ReLU is missing."),
        (of(more=True), "A layer is made, and never used."),
        (of(use=("large",)), "your network Conv2d, BatchNorm2d. Is one made, and never used?"),
        (lambda width: Branches(width + 1), "must become"),
        (Twice, "is used more than once"),
        (Momentum, "Leave its `momentum` as torch has it"),
    ],
)
def test_what_is_not_planned_is_told(answer, words, message):
    assert words in message(branches, answer)
