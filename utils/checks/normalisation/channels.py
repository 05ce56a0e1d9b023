"""Task 4 of assignment 06: dropout of whole channels. Chance decides, so what is compared is not values alone."""

import torch
from torch import Tensor

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree
from utils.checks.forbidding import Rule
from utils.checks.inputs import Random
from utils.words import percent


@check(
    forbidden=Rule(
        "Draw with torch's own random numbers; a dropout that is there already is not allowed.", ("dropout",)
    )
)
def dropout2d(answer, random: Random) -> None:
    """``answer(x, p, training)`` drops whole channels of (N, C, H, W) and makes the others 1/(1 − p) times larger."""
    images, channels = random.two_integers(30, 40)
    x = random.normal(images, channels, *random.two_integers(3, 6))
    x += x.sign()  # no zeros
    few = x[:10]  # answers that go channel by channel take their time
    with torch.random.fork_rng(devices=[]):
        seed = random.integer(0, 10_000)
        torch.manual_seed(seed)
        for p in (0.2, 0.6):
            _kept(ask(answer, x, p, False), x, p)
            first, second = (ask(answer, x, p, True) for _ in range(2))
            _dropped(first, x, p)
            if torch.equal(first, second):
                raise Mistake("every call drops the same channels. Draw anew in each call, and set no seed.")
            fewer = [ask(answer, few, p, True) for _ in range(4)]
            if all(len({(y == 0).sum().item() for y in values}) == 1 for values in ([first, second], fewer)):
                raise Mistake(
                    "every call drops equally many channels, so they are not drawn apart from each other. Let chance "
                    "decide for each channel of each image."
                )
            one = ask(answer, x[:1, :1], p, True)
            agree(one, x[:1, :1] / (1 - p) if (one != 0).any() else 0 * x[:1, :1], "one image with one channel")
        _kept(ask(answer, few, 0.0, True), few, 0.0)
        again = []
        for _ in range(2):
            torch.manual_seed(seed)
            again.append(ask(answer, few, 0.5, True))
        if not torch.equal(*again):
            raise Mistake(
                "after the same `torch.manual_seed` other channels are dropped. Draw with torch's random numbers, "
                "`torch.rand`, so that a training can be repeated."
            )


def _kept(value: object, x: Tensor, p: float) -> None:
    """Raise `Mistake` unless nothing has happened."""
    case = f"p = {p} and training={p == 0.0}"
    if isinstance(value, Tensor) and (value == 0).any():
        raise Mistake(f"{case}: something was dropped, and nothing may be.")
    agree(
        value,
        x,
        case,
        [
            (
                "training=False: what stays in training is made larger there, so now nothing is left to be made up "
                "for. Return x as it is.",
                x * (1 - p),
            ),
            ("training=False: nothing is dropped, so nothing is made larger. Return x as it is.", x / (1 - p)),
        ],
    )


def _dropped(value: object, x: Tensor, p: float) -> None:
    """Raise `Mistake` unless whole channels are gone, about the right share of them, and the others larger."""
    case = f"p = {p} and training=True"
    if not isinstance(value, Tensor) or value.shape != x.shape:
        agree(value, x, case)
    zero = value == 0
    if not zero.any():
        raise Mistake(f"{case}: nothing is dropped: no number has become 0.")
    gone = zero.all(-1).all(-1)  # (N, C)
    if (zero.any(-1).any(-1) & ~gone).any():
        raise Mistake(
            f"{case}: single pixels vanish, or rows of them. Whole channels should: draw one number for each channel "
            f"of each image, and let it hold for all H×W places."
        )
    if gone.all():
        raise Mistake(f"{case}: everything is dropped.")
    if (gone == gone[:1]).all():
        raise Mistake(f"{case}: every image loses the same channels. Draw for each image anew.")
    if (gone == gone[:, :1]).all():
        raise Mistake(f"{case}: an image loses all of its channels or none. Draw for each channel anew.")
    if len(gone.sum(1).unique()) == 1:
        raise Mistake(
            f"{case}: every image loses equally many channels. Let chance decide for each, apart from all others."
        )
    share = gone.float().mean().item()
    if abs(share - p) > 0.1:
        hint = " p is the probability to vanish, not to stay." if abs(share - (1 - p)) < 0.1 else ""
        shares = f"{percent(share, 0)} vanish, and about {percent(p, 0)} should"
        raise Mistake(f"{case}: of {gone.numel()} channels {shares}.{hint}")
    stays = x * ~gone[:, :, None, None]
    agree(
        value,
        stays / (1 - p),
        case,
        [
            (
                "what stays is divided by the share that happened to stay. Divide by 1 − p, whatever happens: only "
                "then is the expected sum the same.",
                stays / (1 - share),
            ),
            ("what stays must be made larger, by 1/(1 − p), so that the expected sum stays the same.", stays),
            ("what stays is made smaller. It is divided by 1 − p, not multiplied.", stays * (1 - p)),
            ("what stays is divided by p. Divide by the probability to stay, 1 − p.", stays / p),
        ],
    )
