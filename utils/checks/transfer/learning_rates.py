"""Task 4: a learning rate for each piece of a network, lower from the head down."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.inputs import Random
from utils.checks.task import Task


def _pieces(random: Random) -> list[nn.Module]:
    """A network in pieces, some with weights and biases, some with one of them or without."""
    kinds = [
        lambda: nn.Linear(2, 2),
        lambda: nn.Sequential(nn.Conv2d(2, 2, 3, bias=False), nn.BatchNorm2d(2)),
        lambda: nn.BatchNorm2d(2),
        lambda: nn.Conv2d(2, 2, 3, bias=False),
    ]
    body = [kinds[random.integer(0, 3)]() for _ in range(random.integer(3, 5))]
    body[0].requires_grad_(False)  # frozen for now; a group holds it all the same
    body.insert(random.integer(1, len(body) - 1), nn.ReLU())
    return [*body, nn.Linear(2, 2)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, Tensor) and value.numel() == 1)


def _rates_of(groups: object, learners: list[nn.Module]) -> dict[nn.Parameter, float]:
    """Each parameter's rate. Raises `Mistake` unless every piece has one group that holds all its parameters."""
    if not isinstance(groups, list | tuple) or not groups or not all(isinstance(group, dict) for group in groups):
        raise Mistake('your function must return a list of groups, each a dictionary: {"params": …, "lr": …}.')
    found, members = {}, []
    for group in groups:
        if not {"params", "lr"} <= set(group):
            raise Mistake(f'a group must have "params" and "lr", but one has {sorted(group)}.')
        params = group["params"]
        if isinstance(params, nn.Module) or not isinstance(params, Iterable) or not _is_number(group["lr"]):
            raise Mistake(
                'in a group "params" are parameters, such as `list(piece.parameters())`, and "lr" is a number.'
            )
        members.append({params} if isinstance(params, Tensor) else set(params))  # torch takes both
        if not members[-1]:
            raise Mistake(
                "a group has no parameters. A piece without any gets no group. (`piece.parameters()` can be read once "
                "only: a list can be read again.)"
            )
        for parameter in members[-1]:
            if parameter in found:
                raise Mistake("a parameter is in two groups. torch refuses that: each belongs to one.")
            found[parameter] = float(group["lr"])
    for number, piece in enumerate(learners):
        where = f"piece {number} of {len(learners)} (from 0, with parameters), {piece},"
        missing = [name for name, parameter in piece.named_parameters() if parameter not in found]
        if missing:
            raise Mistake(f"of {where} this is in no group, so it would not learn: {', '.join(missing)}.")
        if set(piece.parameters()) not in members:
            raise Mistake(f"{where} must have a group of its own, with all its parameters in it.")
    return found


def _learners(pieces: list[nn.Module]) -> list[nn.Module]:
    return [piece for piece in pieces if list(piece.parameters())]


def _rates(groups: object, pieces: list[nn.Module], rate: float, factor: float) -> Tensor:
    """The rate of each piece that learns, from the first to the head."""
    learners = _learners(pieces)
    found = _rates_of(groups, learners)
    return torch.tensor([found[next(piece.parameters())] for piece in learners], dtype=torch.float64)


def _grouped(
    rate_of: Callable = lambda rate, factor, depth, number: rate * factor**depth, counted: Callable = _learners
) -> Callable:
    """An answer to the task, right or with another rate; the head has depth 0, and ``counted`` pieces have one."""

    def answer(pieces: list[nn.Module], rate: float, factor: float) -> list[dict]:
        some = counted(pieces)
        return [
            {"params": list(piece.parameters()), "lr": rate_of(rate, factor, depth, len(some))}
            for depth, piece in enumerate(reversed(some))
            if list(piece.parameters())
        ]

    return answer


def _networks(random: Random) -> Iterator[tuple]:
    for _ in range(2):
        yield _pieces(random), 0.01 * random.integer(1, 9), 0.1 * random.integer(3, 8)


rates = Task(
    "rates",
    right=_grouped(),
    cases=_networks,
    case=lambda pieces, rate, factor: (
        f"rate {rate:g}, factor {factor:g} and {len(_learners(pieces))} pieces with parameters, from the first to the "
        f"head,"
    ),
    read=_rates,
    mistakes=(
        (
            "the order is upside down: the last piece, the head, gets the full rate.",
            _grouped(lambda rate, factor, depth, number: rate * factor ** (number - 1 - depth)),
        ),
        (
            "the last piece gets the full rate; yours begins one factor below it.",
            _grouped(lambda rate, factor, depth, _: rate * factor ** (depth + 1)),
        ),
        ("a piece without parameters does not count as a depth.", _grouped(counted=list)),
        (
            "each step down multiplies by the factor once more: a power, not a product.",
            _grouped(lambda rate, factor, depth, _: rate * factor * depth if depth else rate),
        ),
        (
            "each step down divides by the factor. It multiplies.",
            _grouped(lambda rate, factor, depth, _: rate / factor**depth),
        ),
        (
            "all pieces but the head have one rate. Each step down multiplies once more.",
            _grouped(lambda rate, factor, depth, _: rate * factor if depth else rate),
        ),
        ("all pieces have the same rate.", _grouped(lambda rate, *_: rate)),
    ),
)
