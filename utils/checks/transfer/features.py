"""Task 3: the features of all images, computed once, in batches and in evaluation mode."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.transfer.networks import SmallNetwork, state_of


def _kept(
    pick: Callable = lambda parts: parts,
    join: Callable = torch.cat,
    *,
    grad: bool = False,
) -> Callable:
    """An answer to the task, right or with one of its options; ``pick`` has a list of the batches' features."""

    def answer(trunk: nn.Module, images: Tensor, batch_size: int) -> Tensor:
        was_training = trunk.training
        trunk.eval()
        with torch.set_grad_enabled(grad):
            features = join(pick([trunk(part) for part in images.split(batch_size)]))
        trunk.train(was_training)
        return features

    return answer


def _with_statistics_of_batches(trunk: nn.Module, images: Tensor, batch_size: int) -> Tensor:
    """Batch norm in training mode, whose statistics are put back; dropout, which is chance, is off."""
    state, was_training = state_of(trunk), trunk.training
    trunk.eval()
    trunk[0][1].train()
    with torch.no_grad():
        features = torch.cat([trunk(part) for part in images.split(batch_size)])
    trunk.load_state_dict(state)
    trunk.train(was_training)
    return features


def _for_inference(*given: object) -> Tensor:
    with torch.inference_mode():
        return _kept()(*given)


def _note(trunk: nn.Module, read: tuple, returned: Tensor) -> None:
    trunk.asked.append((len(read[0]), torch.is_grad_enabled()))


def _trunks(random: Random) -> Iterator[tuple]:
    """Each notes how many images it was asked for at once, and whether with gradients."""
    for training in (True, False):
        trunk = nn.Sequential(SmallNetwork(random).features, nn.AdaptiveAvgPool2d(1), nn.Flatten()).train(training)
        trunk.asked = []
        for parameter in trunk.parameters():
            parameter.grad = random.normal(*parameter.shape)  # somebody else's
        trunk.register_forward_hook(_note)
        batch_size = random.integer(3, 5)
        yield trunk, random.normal(batch_size**2 + 1, 3, 6, 5), batch_size  # in batch_size parts each is too large


def _case(trunk: nn.Module, images: Tensor, batch_size: int) -> str:
    mode = "training" if trunk.training else "evaluation"
    return f"{len(images)} images in batches of {batch_size}, the trunk in {mode} mode"


def _too_many(value: Tensor, trunk: nn.Module, images: Tensor, batch_size: int) -> str | None:
    most = max((number for number, _ in trunk.asked), default=0)
    return f"It was given {most} at once, and {batch_size} is what fits." if most > batch_size else None


keep_features = Task(
    "keep_features",
    right=_kept(),
    cases=_trunks,
    case=_case,
    mistakes=(
        ("the last, smaller batch is missing.", _kept(lambda parts: parts[:-1])),
        ("only the first batch came back. `return` stands inside the loop?", _kept(lambda parts: parts[:1])),
        ("only the last batch came back. Collect them all.", _kept(lambda parts: parts[-1:])),
        ("the batches are joined in the wrong order.", _kept(lambda parts: parts[::-1])),
        ("that is batch norm in training mode: call `trunk.eval()` first.", _with_statistics_of_batches),
        (
            "one number for all images: keep a row for each.",
            _kept(join=lambda parts: torch.cat(parts).mean(0)),
        ),
    ),
    beside=(
        (
            "the values are right, but each of them still holds the whole path that led to it, ready for `backward`: "
            "memory that grows with every image. Compute under `torch.no_grad()`.",
            _kept(grad=True),
            lambda value, *_: value.requires_grad,
        ),
        (
            "features made under `torch.inference_mode()` can never be learnt from: a head that trains on them stops "
            "with an error. Compute under `torch.no_grad()`.",
            _for_inference,
            lambda value, *_: value.is_inference(),
        ),
        (
            "the trunk ran with gradients switched on. Compute under `torch.no_grad()`.",
            lambda *given: _kept(grad=True)(*given).detach(),
            lambda value, trunk, *_: any(grad for _, grad in trunk.asked),
        ),
        (
            "the trunk was given too many images at once.",
            lambda trunk, images, _: _kept()(trunk, images, len(images)),
            _too_many,
        ),
    ),
)
