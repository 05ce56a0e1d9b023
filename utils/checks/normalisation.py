"""Checks of assignment 06: who shares a mean, batch norm, group norm, dropout of channels, a repair."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.base import (
    Mistake,
    Random,
    agree,
    agree_numbers,
    call,
    check,
    close,
    count,
    has,
    is_tuple_of,
    module,
    shape,
    trace,
)

EPS = 1e-5


@check
def numbers_per_mean(answer, random: Random) -> None:
    """``answer(N, C, H, W, G)`` is how many numbers share a mean in batch, layer, instance and group norm."""
    cases = [(4, 6, 5, 7, 2)]
    for _ in range(4):
        N, each = random.two_integers(2, 9)
        groups = random.integer(2, 5)
        cases.append((N, each * groups, *random.two_integers(2, 12), groups))
    answers = [call(answer, *case) for case in cases]
    if not all(is_tuple_of(4, four) for four in answers):
        raise Mistake("your function must return four numbers: `return batch, layer, instance, group`.")
    means = "that is how many means there are. Asked for is how many numbers go into each of them."
    kinds = {
        "batch norm": (
            lambda N, C, H, W, G: N * H * W,
            {
                means: lambda N, C, H, W, G: C,
                "batch norm averages over all images of the batch: where is N?": lambda N, C, H, W, G: H * W,
                "in batch norm each channel has a mean of its own, so C does not count.": (
                    lambda N, C, H, W, G: N * C * H * W
                ),
                "batch norm averages over all places of a map as well.": lambda N, C, H, W, G: N,
                "that is layer norm. Batch norm takes one channel of all images.": lambda N, C, H, W, G: (
                    C * H * W
                ),
            },
        ),
        "layer norm": (
            lambda N, C, H, W, G: C * H * W,
            {
                means: lambda N, C, H, W, G: N,
                "in layer norm each image has a mean of its own, so N does not count.": (
                    lambda N, C, H, W, G: N * C * H * W
                ),
                "layer norm averages over the places of the maps as well.": lambda N, C, H, W, G: C,
                "that is instance norm. Layer norm takes all channels of one image.": lambda N, C, H, W, G: (
                    H * W
                ),
                "that is batch norm. Layer norm takes all channels of one image.": lambda N, C, H, W, G: (
                    N * H * W
                ),
            },
        ),
        "instance norm": (
            lambda N, C, H, W, G: H * W,
            {
                means: lambda N, C, H, W, G: N * C,
                "in instance norm each map of each image is by itself: N and C do not count.": (
                    lambda N, C, H, W, G: N * C * H * W
                ),
                "that is batch norm. Instance norm takes one map of one image.": lambda N, C, H, W, G: (
                    N * H * W
                ),
                "that is layer norm. Instance norm takes one map of one image.": lambda N, C, H, W, G: (
                    C * H * W
                ),
                "that is group norm. Batch, layer, instance, group is the order.": (
                    lambda N, C, H, W, G: C // G * H * W
                ),
                "one map, but it has many numbers. Count those.": lambda N, C, H, W, G: 1,
            },
        ),
        "group norm": (
            lambda N, C, H, W, G: C // G * H * W,
            {
                means: lambda N, C, H, W, G: N * G,
                "G is the number of groups, so a group has C/G channels.": lambda N, C, H, W, G: G * H * W,
                "in group norm each image has its own means, so N does not count.": (
                    lambda N, C, H, W, G: N * C // G * H * W
                ),
                "that is layer norm. Group norm averages over the C/G channels of one group.": (
                    lambda N, C, H, W, G: C * H * W
                ),
                "group norm averages over all places of the maps as well.": lambda N, C, H, W, G: C // G,
            },
        ),
    }
    for place, (kind, (right, mistakes)) in enumerate(kinds.items()):
        agree_numbers(
            [four[place] for four in answers],
            [right(*case) for case in cases],
            ["{}, maps ({}, {}, {}, {}) and {} groups,".format(kind, *case) for case in cases],
            {f"{kind}: {words}": [wrong(*case) for case in cases] for words, wrong in mistakes.items()},
        )


@check
def batch_norm(answer, random: Random) -> None:
    """``answer(x, weight, bias, running_mean, running_var, training)`` is y and the new running statistics."""
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
        result = call(answer, x, weight, bias, running_mean, running_var, training)
        if not is_tuple_of(3, result):
            raise Mistake("your function must return three tensors: `return y, running_mean, running_var`.")
        examine = _training if training else _evaluation
        examine(result, x, weight, bias, running_mean, running_var)


def _training(
    result: tuple, x: Tensor, weight: Tensor, bias: Tensor, old_mean: Tensor, old_var: Tensor
) -> None:
    case = f"(training=True, x {shape(x)})"
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
    m = x[:, 0].numel()
    centred, root = x - _wide(mean), _wide(var + EPS).sqrt()
    y = centred / root * _wide(weight) + _wide(bias)
    unbiased = var * m / (m - 1)

    def over(*axes: int) -> Tensor:
        std = (x.var(axes, correction=0, keepdim=True) + EPS).sqrt()
        return (x - x.mean(axes, keepdim=True)) / std * _wide(weight) + _wide(bias)

    def divided_by(root: Tensor) -> Tensor:
        return centred / root * _wide(weight) + _wide(bias)

    agree(
        result[0],
        y,
        f"y {case}",
        {
            "in training you normalise with the running statistics. Use those of the batch.": (
                _normalised(x, old_mean, old_var, weight, bias)
            ),
            "in training you normalise with the running statistics, after they have moved. Use those of the batch.": (
                _normalised(
                    x, 0.9 * old_mean + 0.1 * mean, 0.9 * old_var + 0.1 * var * m / (m - 1), weight, bias
                )
            ),
            "that is layer norm: each image has its own mean. Here each channel has one, over all images: "
            "dim=(0, 2, 3).": over(1, 2, 3),
            "that is instance norm: each map has its own mean. Here each channel has one, over all images: "
            "dim=(0, 2, 3).": over(2, 3),
            "each place has its own mean. The places of a channel share one as well: dim=(0, 2, 3).": over(0),
            "one mean for all channels. Each channel has its own: dim=(0, 2, 3).": over(0, 1, 2, 3),
            "γ and β are missing: multiply by `weight`, add `bias`.": centred / root,
            "β is missing: add `bias`.": centred / root * _wide(weight),
            "γ is missing: multiply by `weight`.": centred / root + _wide(bias),
            "β is added before γ multiplies. It comes last: γ · normalised + β.": (
                (centred / root + _wide(bias)) * _wide(weight)
            ),
            "nearly: the variance that normalises the batch is divided by m, not m − 1. `torch.var` and `torch.std` "
            "divide by m − 1 unless you write `correction=0`.": divided_by(
                (_wide(var * m / (m - 1)) + EPS).sqrt()
            ),
            "ε is missing. It stands under the root, beside the variance.": divided_by(_wide(var).sqrt()),
            "ε stands under the root: √(variance + ε), not √variance + ε.": divided_by(
                _wide(var).sqrt() + EPS
            ),
            "you divide by the variance. Divide by its root.": divided_by(_wide(var + EPS)),
            "`torch.std` divides by m − 1 unless you write `correction=0`, and ε is missing. It stands under the root, "
            "beside the variance.": divided_by(_wide(var * m / (m - 1)).sqrt()),
            "`torch.std` divides by m − 1 unless you write `correction=0`, and ε stands under the root, beside the "
            "variance.": divided_by(_wide(var * m / (m - 1)).sqrt() + EPS),
            "γ and β are swapped: `weight` multiplies, `bias` is added.": centred / root * _wide(bias)
            + _wide(weight),
        },
    )
    agree(
        result[1],
        0.9 * old_mean + 0.1 * mean,
        f"the running mean {case}",
        {
            "the running mean moves too far: it keeps 0.9 of what it was.": 0.1 * old_mean + 0.9 * mean,
            "the running mean is that of the last batch. It moves only a tenth of the way there.": mean,
            "the running mean has not moved. In training it moves a tenth of the way to the batch's.": old_mean,
            "a tenth of the new mean is added, but the old one must shrink to 0.9 of itself.": old_mean
            + 0.1 * mean,
            "that is the running variance. It comes last: `return y, running_mean, running_var`.": (
                0.9 * old_var + 0.1 * unbiased
            ),
        },
    )
    agree(
        result[2],
        0.9 * old_var + 0.1 * unbiased,
        f"the running variance {case}",
        {
            "nearly: the running variance moves towards the variance divided by m − 1 (section 2).": (
                0.9 * old_var + 0.1 * var
            ),
            "the running variance moves too far: it keeps 0.9 of what it was.": 0.1 * old_var
            + 0.9 * unbiased,
            "the running variance moves too far: it keeps 0.9 of what it was. ": 0.1 * old_var + 0.9 * var,
            "the running variance is that of the last batch. It moves only a tenth of the way there.": unbiased,
            "the running variance is that of the last batch. It moves only a tenth of the way there. ": var,
            "the running variance has not moved. In training it moves a tenth of the way to the batch's.": old_var,
            "the running variance moves towards a standard deviation. Leave the root out.": (
                0.9 * old_var + 0.1 * unbiased.sqrt()
            ),
            "a tenth of the new variance is added, but the old one must shrink to 0.9 of itself.": (
                old_var + 0.1 * unbiased
            ),
            "it is m/(m − 1), not (m − 1)/m: the running variance moves towards the larger one.": (
                0.9 * old_var + 0.1 * var * (m - 1) / m
            ),
            "m is how many numbers a channel has, N·H·W. You took the number of images.": (
                0.9 * old_var + 0.1 * var * len(x) / (len(x) - 1)
            ),
            "m is how many numbers a channel has, N·H·W. You took those of one map.": (
                0.9 * old_var + 0.1 * var * x[0, 0].numel() / (x[0, 0].numel() - 1)
            ),
            "m is how many numbers a channel has, N·H·W. You took those of all channels.": (
                0.9 * old_var + 0.1 * var * x.numel() / (x.numel() - 1)
            ),
        },
    )


def _evaluation(
    result: tuple, x: Tensor, weight: Tensor, bias: Tensor, old_mean: Tensor, old_var: Tensor
) -> None:
    case = f"(training=False, x {shape(x)})"
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)
    m = x[:, 0].numel()
    moved_mean, moved_var = 0.9 * old_mean + 0.1 * mean, 0.9 * old_var + 0.1 * var * m / (m - 1)
    moved = "in eval mode nothing moves: return the running statistics as you got them."
    agree(
        result[0],
        _normalised(x, old_mean, old_var, weight, bias),
        f"y {case}",
        {
            "training=False: you normalise with the statistics of the batch. Use the running ones, so that an image's "
            "result does not depend on the others.": _normalised(x, mean, var, weight, bias),
            moved: _normalised(x, moved_mean, moved_var, weight, bias),
            "training=False: γ and β are missing. They belong to both modes.": (
                (x - _wide(old_mean)) / _wide(old_var + EPS).sqrt()
            ),
            "training=False: divide by the root of the running variance.": (
                (x - _wide(old_mean)) / _wide(old_var + EPS) * _wide(weight) + _wide(bias)
            ),
            "training=False: ε is missing. It belongs to both modes, under the root.": (
                _normalised(x, old_mean, old_var - EPS, weight, bias)
            ),
            "training=False must normalise too. You returned x as it was.": x,
        },
    )
    agree(result[1], old_mean, f"the running mean {case}", {moved: moved_mean})
    agree(result[2], old_var, f"the running variance {case}", {moved: moved_var})


@check
def group_norm(answer, random: Random) -> None:
    """``answer(x, groups)`` gives each group of each image of (N, C, H, W) the mean 0 and the variance 1."""
    for each, groups in [(2, 3), (random.integer(2, 4), 2), (6, 1), (1, 5)]:
        channels = each * groups
        x = random.normal(random.integer(2, 4), channels, *random.two_integers(3, 7))
        x = 0.01 * (x + 3 * random.normal(len(x), channels, 1, 1))  # so small that eps is seen
        lines = x.reshape(len(x), groups, -1)
        expected = F.group_norm(x, groups)
        root = (lines.var(2, correction=0, keepdim=True) + EPS).sqrt()
        centred = lines - lines.mean(2, keepdim=True)
        mixed = x.reshape(len(x), each, groups, -1).transpose(1, 2).reshape(len(x), groups, -1)
        every = x.reshape(len(x), groups, each, -1)  # (N, groups, C/groups, H·W)
        agree(
            call(answer, x, groups),
            expected,
            f"x {shape(x)} and groups={groups}",
            {
                "the groups are normalised. Reshape back to (N, C, H, W).": expected.reshape(lines.shape),
                "a group is every so many channels. It should be channels that follow each other.": (
                    F.layer_norm(mixed, mixed.shape[2:])
                    .reshape(len(x), groups, each, -1)
                    .transpose(1, 2)
                    .reshape(x.shape)
                ),
                "`groups` is the number of groups, not the number of channels in a group.": F.group_norm(
                    x, each
                ),
                "that is layer norm: all channels of an image share a mean. Divide them into groups.": (
                    F.layer_norm(x, x.shape[1:])
                ),
                "that is instance norm: each channel has its own mean. The channels of a group share one.": (
                    F.instance_norm(x)
                ),
                "the images of the batch share a mean. Each image has its own.": _over(
                    every, 0, 2, 3
                ).reshape(x.shape),
                "that is batch norm. Each image has its own means, and channels share one in groups.": _over(
                    x, 0, 2, 3
                ),
                "each place has its own mean. All places of a group share one.": _over(every, 2).reshape(
                    x.shape
                ),
                "nearly: the variance is divided by n. `torch.var` and `torch.std` divide by n − 1 unless you write "
                "`correction=0`.": (centred / (lines.var(2, keepdim=True) + EPS).sqrt()).reshape(x.shape),
                "ε is missing. It stands under the root, beside the variance.": (
                    (centred / lines.std(2, correction=0, keepdim=True)).reshape(x.shape)
                ),
                "ε stands under the root: √(variance + ε), not √variance + ε.": (
                    (centred / (lines.std(2, correction=0, keepdim=True) + EPS)).reshape(x.shape)
                ),
                "`torch.std` divides by n − 1 unless you write `correction=0`, and ε is missing. It stands under the "
                "root, beside the variance.": (centred / lines.std(2, keepdim=True)).reshape(x.shape),
                "`torch.std` divides by n − 1 unless you write `correction=0`, and ε stands under the root, beside the "
                "variance.": (centred / (lines.std(2, keepdim=True) + EPS)).reshape(x.shape),
                "the mean is not subtracted.": (lines / root).reshape(x.shape),
                "you divide by the variance. Divide by its root.": (centred / root**2).reshape(x.shape),
                "you subtract the mean. Divide by √(variance + ε) as well.": centred.reshape(x.shape),
            },
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
            _kept(call(answer, x, p, False), x, p)
            first, second = (call(answer, x, p, True) for _ in range(2))
            _dropped(first, x, p)
            if torch.equal(first, second):
                raise Mistake("every call drops the same channels. Draw anew in each call, and set no seed.")
        _kept(call(answer, x, 0.0, True), x, 0.0)
        again = []
        for _ in range(2):
            torch.manual_seed(seed)
            again.append(call(answer, x, 0.5, True))
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
        raise Mistake(
            f"{case}: of {gone.numel()} channels {share:.0%} vanish, and about {p:.0%} should.{hint}"
        )
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
    network = module(answer)
    images = random.normal(5, 3, *(2 * n for n in random.two_integers(4, 8)))
    logits, runs = trace(network, images, nn.BatchNorm2d, nn.Dropout, nn.Dropout2d)
    if not isinstance(logits, Tensor) or tuple(logits.shape) != (5, 10):
        found = f"of shape {tuple(logits.shape)}" if isinstance(logits, Tensor) else "no tensor"
        raise Mistake(f"5 images must give logits of shape (5, 10), but what comes out is {found}.")
    network.eval()
    once, again, alone = trace(network, images)[0], trace(network, images)[0], trace(network, images[:1])[0]
    if not close(once, again):
        raise Mistake(
            "in eval mode two runs on the same images differ, so something is still being dropped. `F.dropout` drops "
            "always unless told otherwise; the layer `nn.Dropout` hears of `eval()`."
        )
    if not close(once[:1], alone):
        raise Mistake(
            "in eval mode an image's logits depend on the other images of the batch. A batch norm must keep running "
            "statistics for that: `nn.BatchNorm2d` does."
        )
    if close(once.sum(1), torch.ones(5)) and (once >= 0).all():
        raise Mistake("the network ends in a softmax. Logits are planned.")
    for kind, planned in {
        nn.Conv2d: 2,
        nn.BatchNorm2d: 2,
        nn.Dropout2d: 1,
        nn.Dropout: 1,
        nn.Linear: 1,
    }.items():
        if has(network, kind) != planned:
            raise Mistake(f"planned: {planned} × nn.{kind.__name__}. Your network has {has(network, kind)}.")
    convs = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    if any(conv.bias is not None for conv in convs):
        raise Mistake(
            "a convolution before a batch norm has a bias. It is subtracted with the mean at once: `bias=False`."
        )
    if any(conv.padding not in ("same", (conv.kernel_size[0] // 2,) * 2) for conv in convs):
        raise Mistake("a convolution cuts the rim off. With padding the maps stay H×W and H/2×W/2.")
    _require_dropout(runs)
    if count(network) != 5_466:
        raise Mistake(
            f"your network has {count(network):,} parameters. Planned are 432 + 32 + 4,608 + 64 + 330 = 5,466: compare "
            f"layer by layer."
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
            raise Mistake(
                "dropout after the linear layer makes logits 0, right or wrong. It comes before that layer."
            )
        if isinstance(layer, nn.Dropout2d) and read.shape[1] != 16:
            raise Mistake("nn.Dropout2d stands after the first pooling: it should read 16 maps.")
        if isinstance(layer, nn.Dropout) and read[0].numel() != 32:
            raise Mistake(
                "nn.Dropout stands after the mean of each map: it should read 32 numbers for each image."
            )
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
            f"images {shape(images)}, in eval mode",
            {
                "the ReLU after the first batch norm is missing.": plan(first=(norm1, pool)),
                "the ReLU after the second batch norm is missing.": plan(second=(norm2, mean)),
                "both ReLUs are missing.": plan((norm1, pool), (norm2, mean)),
                "the first ReLU stands before the batch norm. It follows it.": plan((F.relu, norm1, pool)),
                "the second ReLU stands before the batch norm. It follows it.": plan(
                    second=(F.relu, norm2, mean)
                ),
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


def _wide(numbers: Tensor) -> Tensor:
    """(C,) → (1, C, 1, 1)."""
    return numbers.view(1, -1, 1, 1)


def _normalised(x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return (x - _wide(mean)) / _wide(var + EPS).sqrt() * _wide(weight) + _wide(bias)


def _over(x: Tensor, *axes: int) -> Tensor:
    """Mean 0 and variance 1 over the axes."""
    return (x - x.mean(axes, keepdim=True)) / (x.var(axes, correction=0, keepdim=True) + EPS).sqrt()
