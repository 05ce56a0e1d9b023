"""Checks of assignment 06: who shares a mean, batch norm, group norm, dropout of channels, a repair."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask, ask_network
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random
from utils.checks.networks import layer_count, parameter_count, trace
from utils.checks.task import Task
from utils.checks.wording import shape_of

EPS = 1e-5


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


def _wide(numbers: Tensor) -> Tensor:
    """(C,) → (1, C, 1, 1)."""
    return numbers.view(1, -1, 1, 1)


def _affine(y: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return y * _wide(weight) + _wide(bias)


def _under_the_root(var: Tensor, m: int) -> Tensor:
    return (var + EPS).sqrt()


def _variance(x: Tensor) -> Tensor:
    """Of each channel, divided by m."""
    return x.var((0, 2, 3), correction=0)


def _unbiased(x: Tensor) -> Tensor:
    """The variance of each channel, divided by m − 1."""
    return x.var((0, 2, 3))


def _moved(old: Tensor, new: Tensor) -> Tensor:
    return 0.9 * old + 0.1 * new


def _normalised(x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return _affine((x - _wide(mean)) / _wide(var + EPS).sqrt(), weight, bias)


def _evaluated(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> tuple:
    return _normalised(x, mean, var, weight, bias), mean, var


def _norm(
    axes: tuple = (0, 2, 3),
    root: Callable = _under_the_root,
    affine: Callable = _affine,
    mean: Callable = lambda old, x: _moved(old, x.mean((0, 2, 3))),
    var: Callable = lambda old, x: _moved(old, _unbiased(x)),
    evaluated: Callable = _evaluated,
) -> Callable:
    """An answer to task 2, right or with one step done otherwise."""

    def answer(
        x: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor, running_var: Tensor, training: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        if not training:
            return evaluated(x, weight, bias, running_mean, running_var)
        centred = x - x.mean(axes, keepdim=True)
        y = affine(centred / root(x.var(axes, correction=0, keepdim=True), x[:, 0].numel()), weight, bias)
        return y, mean(running_mean, x), var(running_var, x)

    return answer


def _with_running(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor, training: bool) -> tuple:
    _, *moved = _norm()(x, weight, bias, mean, var, training)
    return _normalised(x, mean, var, weight, bias), *moved


def _with_moved(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor, training: bool) -> tuple:
    _, *moved = _norm()(x, weight, bias, mean, var, training)
    return _normalised(x, *moved, weight, bias), *moved


def _moving(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> tuple:
    """Evaluation in which the running statistics move before they are used."""
    return _evaluated(x, weight, bias, _moved(mean, x.mean((0, 2, 3))), _moved(var, _unbiased(x)))


def _batches(random: Random) -> Iterator[tuple]:
    for training in (True, True, False, False):
        channels, width = random.two_integers(2, 5)
        x = random.normal(random.integer(2, 4), channels, width + 1, width)  # few numbers: m − 1 is not m
        scales = random.normal(channels).abs() + 1
        scales[0] = 0.003  # here eps, 0.00001, is as large as the variance
        shifts = 2 * random.normal(channels)
        shifts[0] = 0.0
        x = x * _wide(scales) + _wide(shifts)
        x[0] += _wide(scales)[0]  # images differ, so it matters that they are taken together
        weight, bias, running_mean = (random.normal(channels) for _ in range(3))
        weight += weight.sign()  # none near zero
        running_var = random.normal(channels).abs() + 0.5
        if not training:
            running_mean[0], running_var[0] = 0.0, EPS  # here, too, eps is seen
        yield x, weight, bias, running_mean, running_var, training


FAR = "moves too far: it keeps 0.9 of what it was."
LAST = "is that of the last batch. It moves only a tenth of the way there."
STILL = "has not moved. In training it moves a tenth of the way to the batch's."
SHRINK = "is added, but the old one must shrink to 0.9 of itself."
EVAL_MOVES = "in eval mode nothing moves: return the running statistics as you got them."
OWN = "Here each channel has one, over all images: dim=(0, 2, 3)."
STD = "`torch.std` divides by m − 1 unless you write `correction=0`, and ε"
M = "m is how many numbers a channel has, N·H·W. You took"


def _with_m(count: Callable[[Tensor], int]) -> Callable:
    """An answer to task 2 that corrects the running variance with another m."""
    return _norm(var=lambda old, x: _moved(old, _variance(x) * count(x) / (count(x) - 1)))


batch_norm = Task(
    "batch_norm",
    right=_norm(),
    cases=_batches,
    case=lambda x, *rest: f"(training={rest[-1]}, x {shape_of(x)})",
    returns="y, running_mean, running_var",
    parts=("y", "the running mean", "the running variance"),
    mistakes=(
        (
            "in training you normalise with the running statistics. Use those of the batch.",
            _with_running,
        ),
        (
            "in training you normalise with the running statistics, after they have moved. Use those of the batch.",
            _with_moved,
        ),
        (f"that is layer norm: each image has its own mean. {OWN}", _norm(axes=(1, 2, 3))),
        (f"that is instance norm: each map has its own mean. {OWN}", _norm(axes=(2, 3))),
        (
            "each place has its own mean. The places of a channel share one as well: dim=(0, 2, 3).",
            _norm(axes=(0,)),
        ),
        (
            "one mean for all channels. Each channel has its own: dim=(0, 2, 3).",
            _norm(axes=(0, 1, 2, 3)),
        ),
        (
            "γ and β are missing: multiply by `weight`, add `bias`.",
            _norm(affine=lambda y, weight, bias: y),
        ),
        ("β is missing: add `bias`.", _norm(affine=lambda y, weight, bias: y * _wide(weight))),
        ("γ is missing: multiply by `weight`.", _norm(affine=lambda y, weight, bias: y + _wide(bias))),
        (
            "β is added before γ multiplies. It comes last: γ · normalised + β.",
            _norm(affine=lambda y, weight, bias: (y + _wide(bias)) * _wide(weight)),
        ),
        (
            "nearly: the variance that normalises the batch is divided by m, not m − 1. `torch.var` and `torch.std` "
            "divide by m − 1 unless you write `correction=0`.",
            _norm(root=lambda var, m: (var * m / (m - 1) + EPS).sqrt()),
        ),
        (
            "ε is missing. It stands under the root, beside the variance.",
            _norm(root=lambda var, m: var.sqrt()),
        ),
        (
            "ε stands under the root: √(variance + ε), not √variance + ε.",
            _norm(root=lambda var, m: var.sqrt() + EPS),
        ),
        ("you divide by the variance. Divide by its root.", _norm(root=lambda var, m: var + EPS)),
        (
            f"{STD} is missing. It stands under the root, beside the variance.",
            _norm(root=lambda var, m: (var * m / (m - 1)).sqrt()),
        ),
        (
            f"{STD} stands under the root, beside the variance.",
            _norm(root=lambda var, m: (var * m / (m - 1)).sqrt() + EPS),
        ),
        (
            "γ and β are swapped: `weight` multiplies, `bias` is added.",
            _norm(affine=lambda y, weight, bias: _affine(y, bias, weight)),
        ),
        (f"the running mean {FAR}", _norm(mean=lambda old, x: _moved(x.mean((0, 2, 3)), old))),
        (f"the running mean {LAST}", _norm(mean=lambda old, x: x.mean((0, 2, 3)))),
        (f"the running mean {STILL}", _norm(mean=lambda old, x: old)),
        (f"a tenth of the new mean {SHRINK}", _norm(mean=lambda old, x: old + 0.1 * x.mean((0, 2, 3)))),
        (
            "that is the running variance. It comes last: `return y, running_mean, running_var`.",
            lambda *arguments: tuple(_norm()(*arguments)[place] for place in (0, 2, 1)),
        ),
        (
            "nearly: the running variance moves towards the variance divided by m − 1 (section 2).",
            _norm(var=lambda old, x: _moved(old, _variance(x))),
        ),
        (f"the running variance {FAR}", _norm(var=lambda old, x: _moved(_unbiased(x), old))),
        (f"the running variance {FAR}", _norm(var=lambda old, x: _moved(_variance(x), old))),
        (f"the running variance {LAST}", _norm(var=lambda old, x: _unbiased(x))),
        (f"the running variance {LAST}", _norm(var=lambda old, x: _variance(x))),
        (f"the running variance {STILL}", _norm(var=lambda old, x: old)),
        (
            "the running variance moves towards a standard deviation. Leave the root out.",
            _norm(var=lambda old, x: _moved(old, _unbiased(x).sqrt())),
        ),
        (f"a tenth of the new variance {SHRINK}", _norm(var=lambda old, x: old + 0.1 * _unbiased(x))),
        (
            "it is m/(m − 1), not (m − 1)/m: the running variance moves towards the larger one.",
            _norm(var=lambda old, x: _moved(old, _variance(x) ** 2 / _unbiased(x))),
        ),
        (f"{M} the number of images.", _with_m(len)),
        (f"{M} those of one map.", _with_m(lambda x: x[0, 0].numel())),
        (f"{M} those of all channels.", _with_m(Tensor.numel)),
        (
            "training=False: you normalise with the statistics of the batch. Use the running ones, so that an image's "
            "result does not depend on the others.",
            _norm(evaluated=lambda x, w, b, mean, var: (_norm()(x, w, b, mean, var, True)[0], mean, var)),
        ),
        (EVAL_MOVES, _norm(evaluated=_moving)),
        (EVAL_MOVES, _norm(evaluated=lambda *given: (_evaluated(*given)[0], *_moving(*given)[1:]))),
        (
            "training=False: γ and β are missing. They belong to both modes.",
            _norm(evaluated=lambda x, w, b, mean, var: ((x - _wide(mean)) / _wide(var + EPS).sqrt(), mean, var)),
        ),
        (
            "training=False: divide by the root of the running variance.",
            _norm(
                evaluated=lambda x, w, b, mean, var: (
                    _affine((x - _wide(mean)) / _wide(var + EPS), w, b),
                    mean,
                    var,
                )
            ),
        ),
        (
            "training=False: ε is missing. It belongs to both modes, under the root.",
            _norm(evaluated=lambda x, w, b, mean, var: (_normalised(x, mean, var - EPS, w, b), mean, var)),
        ),
        (
            "training=False must normalise too. You returned x as it was.",
            _norm(evaluated=lambda x, w, b, mean, var: (x, mean, var)),
        ),
    ),
)


def _grouped(
    *axes: int, correction: int = 0, root: Callable = lambda var: (var + EPS).sqrt(), mean: bool = True
) -> Callable:
    """An answer to task 3: maps as (N, groups, C/groups, H·W), normalised over these axes."""

    def answer(x: Tensor, groups: int) -> Tensor:
        parts = x.reshape(len(x), groups, x.shape[1] // groups, -1)
        var = parts.var(axes, correction=correction, keepdim=True)
        centred = parts - parts.mean(axes, keepdim=True) if mean else parts
        return (centred / root(var)).reshape(x.shape)

    return answer


def _every_so_many(x: Tensor, groups: int) -> Tensor:
    mixed = x.reshape(len(x), -1, groups, *x.shape[2:]).transpose(1, 2)
    return F.group_norm(mixed.reshape(x.shape), groups).reshape(mixed.shape).transpose(1, 2).reshape(x.shape)


def _maps(random: Random) -> Iterator[tuple]:
    for each, groups in [(2, 3), (random.integer(2, 4), 2), (6, 1), (1, 5)]:
        channels = each * groups
        x = random.normal(random.integer(2, 4), channels, *random.two_integers(3, 7))
        yield 0.01 * (x + 3 * random.normal(len(x), channels, 1, 1)), groups  # so small that eps is seen


N_STD = "`torch.std` divides by n − 1 unless you write `correction=0`, and ε"

group_norm = Task(
    "group_norm",
    right=F.group_norm,
    cases=_maps,
    case=lambda x, groups: f"x {shape_of(x)} and groups={groups}",
    mistakes=(
        (
            "the groups are normalised. Reshape back to (N, C, H, W).",
            lambda x, groups: F.group_norm(x, groups).reshape(len(x), groups, -1),
        ),
        (
            "a group is every so many channels. It should be channels that follow each other.",
            _every_so_many,
        ),
        (
            "`groups` is the number of groups, not the number of channels in a group.",
            lambda x, groups: F.group_norm(x, x.shape[1] // groups),
        ),
        (
            "that is layer norm: all channels of an image share a mean. Divide them into groups.",
            lambda x, groups: F.layer_norm(x, x.shape[1:]),
        ),
        (
            "that is instance norm: each channel has its own mean. The channels of a group share one.",
            lambda x, groups: F.instance_norm(x),
        ),
        ("the images of the batch share a mean. Each image has its own.", _grouped(0, 2, 3)),
        (
            "that is batch norm. Each image has its own means, and channels share one in groups.",
            lambda x, groups: F.batch_norm(x, None, None, training=True),
        ),
        ("each place has its own mean. All places of a group share one.", _grouped(2)),
        (
            "nearly: the variance is divided by n. `torch.var` and `torch.std` divide by n − 1 unless you write "
            "`correction=0`.",
            _grouped(2, 3, correction=1),
        ),
        (
            "ε is missing. It stands under the root, beside the variance.",
            _grouped(2, 3, root=Tensor.sqrt),
        ),
        (
            "ε stands under the root: √(variance + ε), not √variance + ε.",
            _grouped(2, 3, root=lambda var: var.sqrt() + EPS),
        ),
        (
            f"{N_STD} is missing. It stands under the root, beside the variance.",
            _grouped(2, 3, correction=1, root=Tensor.sqrt),
        ),
        (
            f"{N_STD} stands under the root, beside the variance.",
            _grouped(2, 3, correction=1, root=lambda var: var.sqrt() + EPS),
        ),
        ("the mean is not subtracted.", _grouped(2, 3, mean=False)),
        ("you divide by the variance. Divide by its root.", _grouped(2, 3, root=lambda var: var + EPS)),
        (
            "you subtract the mean. Divide by √(variance + ε) as well.",
            _grouped(2, 3, root=torch.ones_like),
        ),
    ),
)


@check
def dropout2d(answer, random: Random) -> None:
    """``answer(x, p, training)`` drops whole channels of (N, C, H, W) and makes the others 1/(1 − p) times larger."""
    images, channels = random.two_integers(30, 40)
    x = random.normal(images, channels, *random.two_integers(3, 6))
    x += x.sign()  # no zeros
    with torch.random.fork_rng(devices=[]):
        seed = random.integer(0, 10_000)
        torch.manual_seed(seed)
        for p in (0.2, 0.6):
            _kept(ask(answer, x, p, False), x, p)
            first, second = (ask(answer, x, p, True) for _ in range(2))
            _dropped(first, x, p)
            if torch.equal(first, second):
                raise Mistake("every call drops the same channels. Draw anew in each call, and set no seed.")
        _kept(ask(answer, x, 0.0, True), x, 0.0)
        again = []
        for _ in range(2):
            torch.manual_seed(seed)
            again.append(ask(answer, x, 0.5, True))
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
        {
            "training=False: what stays in training is made larger there, so now nothing is left to be made up for. "
            "Return x as it is.": x * (1 - p),
            "training=False: nothing is dropped, so nothing is made larger. Return x as it is.": x / (1 - p),
        },
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
        raise Mistake(f"{case}: of {gone.numel()} channels {share:.0%} vanish, and about {p:.0%} should.{hint}")
    stays = x * ~gone[:, :, None, None]
    agree(
        value,
        stays / (1 - p),
        case,
        {
            "what stays must be made larger, by 1/(1 − p), so that the expected sum stays the same.": stays,
            "what stays is made smaller. It is divided by 1 − p, not multiplied.": stays * (1 - p),
            "what stays is divided by p. Divide by the probability to stay, 1 − p.": stays / p,
        },
    )


@check
def repaired(answer, random: Random) -> None:
    """``answer()`` is the plan: (N, 3, H, W) → logits (N, 10), 5,466 parameters, no surprises in eval mode."""
    network = ask_network(answer)
    images = random.normal(5, 3, *(2 * n for n in random.two_integers(4, 8)))
    logits, runs = trace(network, images, nn.BatchNorm2d, nn.Dropout, nn.Dropout2d)
    if not isinstance(logits, Tensor) or tuple(logits.shape) != (5, 10):
        found = f"of shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else "no tensor"
        raise Mistake(f"5 images must give logits of shape (5, 10), but what comes out is {found}.")
    network.eval()
    once, again, alone = trace(network, images)[0], trace(network, images)[0], trace(network, images[:1])[0]
    if not nearly_equal(once, again):
        raise Mistake(
            "in eval mode two runs on the same images differ, so something is still being dropped. `F.dropout` drops "
            "always unless told otherwise; the layer `nn.Dropout` hears of `eval()`."
        )
    if not nearly_equal(once[:1], alone):
        raise Mistake(
            "in eval mode an image's logits depend on the other images of the batch. A batch norm must keep running "
            "statistics for that: `nn.BatchNorm2d` does."
        )
    if nearly_equal(once.sum(1), torch.ones(5)) and (once >= 0).all():
        raise Mistake("the network ends in a softmax. Logits are planned.")
    for kind, planned in {
        nn.Conv2d: 2,
        nn.BatchNorm2d: 2,
        nn.Dropout2d: 1,
        nn.Dropout: 1,
        nn.Linear: 1,
    }.items():
        if layer_count(network, kind) != planned:
            raise Mistake(f"planned: {planned} × nn.{kind.__name__}. Your network has {layer_count(network, kind)}.")
    convs = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    if any(conv.bias is not None for conv in convs):
        raise Mistake(
            "a convolution before a batch norm has a bias. It is subtracted with the mean at once: `bias=False`."
        )
    if any(conv.padding not in ("same", (conv.kernel_size[0] // 2,) * 2) for conv in convs):
        raise Mistake("a convolution cuts the rim off. With padding the maps stay H×W and H/2×W/2.")
    _require_dropout(runs)
    if parameter_count(network) != 5_466:
        raise Mistake(
            f"your network has {parameter_count(network):,} parameters. Planned are 432 + 32 + 4,608 + 64 + 330 = "
            f"5,466: compare layer by layer."
        )
    _require_plan(network, images, random)


def _require_dropout(runs: list[tuple]) -> None:
    """Raise `Mistake` unless the layers of dropout read what they should and have the planned p."""
    if runs and isinstance(runs[0][0], nn.Dropout2d) and runs[0][1].shape[1] == 16:
        raise Mistake(
            "nn.Dropout2d stands before the first batch norm, which then counts the zeros in its mean. It stands after "
            "the first pooling."
        )
    drops = [(layer, read) for layer, read, _ in runs if not isinstance(layer, nn.BatchNorm2d)]
    for layer, read in drops:
        if isinstance(layer, nn.Dropout) and tuple(read.shape) == (5, 10):
            raise Mistake("dropout after the linear layer makes logits 0, right or wrong. It comes before that layer.")
        if isinstance(layer, nn.Dropout2d) and read.shape[1] != 16:
            raise Mistake("nn.Dropout2d stands after the first pooling: it should read 16 maps.")
        if isinstance(layer, nn.Dropout) and read[0].numel() != 32:
            raise Mistake("nn.Dropout stands after the mean of each map: it should read 32 numbers for each image.")
    for layer, _ in drops:
        planned = 0.2 if isinstance(layer, nn.Dropout2d) else 0.5
        if layer.p != planned:
            raise Mistake(f"nn.{type(layer).__name__} has p = {layer.p}. Planned is {planned}.")


def _require_plan(network: nn.Module, images: Tensor, random: Random) -> None:
    """Raise `Mistake` unless the network computes the plan in eval mode, whatever its layers have learnt."""
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            for tensor in (norm.weight, norm.bias, norm.running_mean):
                tensor.copy_(random.normal(*tensor.shape))
            norm.running_var.copy_(0.01 * random.normal(*norm.running_var.shape) ** 2 + 0.1)
    logits, runs = trace(network, images, nn.Conv2d, nn.BatchNorm2d, nn.Linear)
    used = [layer for layer, _, _ in runs]
    if [type(layer) for layer in used] != [nn.Conv2d, nn.BatchNorm2d] * 2 + [nn.Linear]:
        raise Mistake(
            "each convolution and each batch norm is used once, in the planned order. Is one made but not used?"
        )
    conv1, norm1, conv2, norm2, linear = used

    def pool(maps: Tensor) -> Tensor:
        return F.max_pool2d(maps, 2)

    def mean(maps: Tensor) -> Tensor:
        return maps.mean((2, 3))

    def plan(first=(norm1, F.relu, pool), second=(norm2, F.relu, mean)) -> Tensor:
        x = images
        for step in (conv1, *first, conv2, *second, linear):
            x = step(x)
        return x

    with torch.no_grad():
        agree(
            logits,
            plan(),
            f"images {shape_of(images)}, in eval mode",
            {
                "the ReLU after the first batch norm is missing.": plan(first=(norm1, pool)),
                "the ReLU after the second batch norm is missing.": plan(second=(norm2, mean)),
                "both ReLUs are missing.": plan((norm1, pool), (norm2, mean)),
                "the first ReLU stands before the batch norm. It follows it.": plan((F.relu, norm1, pool)),
                "the second ReLU stands before the batch norm. It follows it.": plan(second=(F.relu, norm2, mean)),
                "the pooling is missing.": plan((norm1, F.relu)),
                "the network ends in a log-softmax. Logits are planned.": plan().log_softmax(1),
                "the ReLUs stand before the batch norms. They follow them.": plan(
                    (F.relu, norm1, pool), (F.relu, norm2, mean)
                ),
                "the first batch norm stands after the pooling. It follows the convolution.": plan(
                    first=(pool, norm1, F.relu)
                ),
                "at the end stands the largest number of each map. Planned is the mean.": plan(
                    second=(norm2, F.relu, lambda maps: maps.amax((2, 3)))
                ),
                "the first pooling takes the mean. Planned is the maximum.": plan(
                    first=(norm1, F.relu, lambda maps: F.avg_pool2d(maps, 2))
                ),
                "the network ends in a ReLU. Logits may be negative.": F.relu(plan()),
            },
        )
