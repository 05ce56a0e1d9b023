"""Checks of assignment 07: shapes, costs, a VGG from a list, the end of NiN, a deep network whose signal fades.

A layer is written down as a tuple: ("conv", out_channels, kernel_size, padding, groups), ("pool", size) or
("linear", outputs).
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import arithmetic
from utils.checks.asking import ask, ask_network
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, is_tuple_of
from utils.checks.inputs import Random, randomise
from utils.checks.networks import described, layer_count, parameter_count, trace
from utils.checks.task import Task
from utils.checks.wording import shape_of

LENET = [
    ("conv", 6, 5, 2, 1),
    ("pool", 2),
    ("conv", 16, 5, 0, 1),
    ("pool", 2),
    ("linear", 120),
    ("linear", 84),
    ("linear", 10),
]
# The CNN of lecture 03 and the summary that it prints are the pair exercise of the source lectures.
CNN = [
    ("conv", 64, 3, 0, 1),
    ("pool", 2),
    ("conv", 128, 3, 0, 1),
    ("pool", 2),
    ("linear", 200),
    ("linear", 10),
]


@check
def shapes(answer, random: Random) -> None:
    """``answer(layers, shape)`` is the list of shapes after each layer, (C, H, W) or (outputs,)."""
    cases = [("LeNet-5", LENET, (1, 28, 28)), ("the CNN of lecture 03", CNN, (1, 28, 28))]
    for _ in range(3):
        cases.append(("a network", _layers(random), (random.integer(1, 4), *random.two_integers(20, 40))))
    for name, layers, start in cases:
        value = ask(answer, list(layers), start)
        if not is_tuple_of(len(layers), value):
            found = f"a list of {len(value)}" if isinstance(value, list) else f"{type(value).__name__}"
            if isinstance(value, list) and value[:1] == [start]:
                found += ", which begins with the shape of the image"
            elif isinstance(value, list) and len(value) == 1:
                found += " (does the `return` stand inside the loop?)"
            raise Mistake(
                f"{name} has {len(layers)} layers, so your function must return a list of {len(layers)} shapes, one "
                f"after each layer. It returned {found}."
            )
        before = start
        for number, (layer, yours) in enumerate(zip(layers, value, strict=True), 1):
            right = _after(layer, before)
            if not isinstance(yours, (tuple, list)) or not all(type(size) is int for size in yours):
                raise Mistake(
                    f"each shape must be a tuple of whole numbers such as {right}, but yours is {yours!r}. "
                    + _not_a_shape(yours)
                )
            yours = tuple(yours)
            if yours != right:
                raise Mistake(
                    f"{name} gets {before}. After layer {number}, {layer}, the shape is {right}, but yours is {yours}."
                    + _why(layer, before, yours)
                )
            before = right


def _weights(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    kind, *settings = layer
    if kind == "pool":
        return 0
    if kind == "linear":
        return torch.Size(before).numel() * after[0]
    _, kernel_size, _, groups = settings
    return before[0] // groups * after[0] * kernel_size**2


def _biases(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return 0 if layer[0] == "pool" else after[0]


def _places(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """How often each weight is used."""
    return torch.Size(after[1:]).numel()


def _costs(weights: Callable = _weights, biases: Callable = _biases) -> Callable:
    """An answer to task 2, right or with other parameters."""
    return lambda *case: (weights(*case) + biases(*case), _weights(*case) * _places(*case))


def _works(weights: Callable = _weights, places: Callable = _places) -> Callable:
    """An answer to task 2, right or with other multiply-adds."""
    return lambda *case: (_weights(*case) + _biases(*case), weights(*case) * places(*case))


def _per_group(layer: tuple) -> int:
    return layer[4] if layer[0] == "conv" else 1


def _ungrouped(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before, after) * _per_group(layer)


def _both_cut(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before, after) // _per_group(layer)


def _one_row(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before, after) // (layer[2] if layer[0] == "conv" else 1)


def _unflattened(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return _weights(layer, before[:1] if layer[0] == "linear" else before, after)


def _input_places(layer: tuple, before: tuple[int, ...], after: tuple[int, ...]) -> int:
    return torch.Size(before[1:] if layer[0] == "conv" else ()).numel()


def _layers_in_place(random: Random) -> Iterator[tuple]:
    """(layer, the shape before it, the shape after it)"""
    given = [
        (LENET[0], (1, 28, 28)),
        (CNN[2], (64, 13, 13)),
        (("pool", 2), (512, 14, 14)),  # the last one of VGG-16, and its first and last linear layer
        (("linear", 4096), (512, 7, 7)),
        (("linear", 1000), (4096,)),
        (("conv", 256, 5, 2, 2), (96, 27, 27)),  # AlexNet, cut in two
    ]
    for _ in range(4):
        groups, kernel_size = random.integer(2, 4), random.integer(2, 5)
        outputs, inputs = (groups * parts for parts in random.two_integers(2, 9))
        layer = ("conv", outputs, kernel_size, random.integer(0, 1), groups)
        given.append((layer, (inputs, *random.two_integers(6, 15))))
    for layer, before in given:
        yield layer, before, _after(layer, before)


costs = Task(
    "costs",
    right=_costs(),
    cases=_layers_in_place,
    case=lambda layer, before, after: f"of {layer}, {before} to {after},",
    kind=int,
    returns="parameters, multiply_adds",
    parts=("the parameters", "the multiply-adds"),
    mistakes=(
        (
            "parameters: those are the multiply-adds. The parameters come first.",
            lambda *case: _costs()(*case)[::-1],
        ),
        (
            "parameters: the biases are missing, one for each output.",
            _costs(biases=lambda *case: 0),
        ),
        ("parameters: with groups, a kernel reads the maps of its own group only.", _costs(_ungrouped)),
        ("parameters: a kernel has k rows and k columns.", _costs(_one_row)),
        (
            "parameters: also with groups every kernel has its bias, one for each output map.",
            _costs(biases=lambda *case: _biases(*case) // _per_group(case[0])),
        ),
        ("parameters: a linear layer after maps reads C·H·W numbers, not C.", _costs(_unflattened)),
        (
            "parameters: with groups, divide the maps that go in. All maps still come out.",
            _costs(_both_cut),
        ),
        (
            "multiply-adds: those are the weights. A convolution uses each of them at every place of its output.",
            _works(places=lambda *case: 1),
        ),
        (
            "multiply-adds: biases are added, not multiplied. Count the weights only.",
            _works(lambda *case: _weights(*case) + _biases(*case)),
        ),
        (
            "multiply-adds: count the places of the output, not of the input.",
            _works(places=_input_places),
        ),
        ("multiply-adds: with groups, a kernel reads the maps of its own group only.", _works(_ungrouped)),
        (
            "multiply-adds: one output map has H·W places, H rows and W columns.",
            _works(places=lambda layer, before, after: torch.Size(after[1:2]).numel()),
        ),
        (
            "multiply-adds: the weights have the output's channels in them already. Its places are H·W.",
            _works(places=lambda layer, before, after: _places(layer, before, after) * after[0]),
        ),
        (
            "multiply-adds: a multiplication and its addition count as one.",
            _works(lambda *case: 2 * _weights(*case)),
        ),
        ("multiply-adds: a kernel has k rows and k columns.", _works(_one_row)),
        ("multiply-adds: a linear layer after maps reads C·H·W numbers, not C.", _works(_unflattened)),
    ),
)


@check
def vgg(answer, random: Random) -> None:
    """``answer(configuration, in_channels)`` is 3×3 convolutions with ReLU, and 2×2 max poolings, as listed."""
    a, b = random.two_integers(3, 9)
    configurations = [[a, "pool", b, b, "pool"], [a, b, a, "pool", b, a, "pool", b], [b, "pool"]]
    for configuration in configurations:
        in_channels = random.integer(1, 4)
        case = f"{configuration}, {in_channels} channels in"
        network = ask_network(answer, list(configuration), in_channels)
        widths = [entry for entry in configuration if entry != "pool"]
        convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
        if len(convolutions) != len(widths):
            hint = " Does the `return` stand inside the loop?" if len(convolutions) == 1 else ""
            raise Mistake(f"{case}: {len(widths)} convolutions are listed, yours has {len(convolutions)}.{hint}")
        before = in_channels
        for number, (layer, width) in enumerate(zip(convolutions, widths, strict=True), 1):
            if layer.in_channels != before:
                rule = "What one layer returns, the next one reads."
                if number == 1:
                    rule = "The first one reads the image: `in_channels` maps."
                raise Mistake(
                    f"{case}: convolution {number} gets {before} maps, but yours reads {layer.in_channels}. {rule}"
                )
            if layer.out_channels != width:
                raise Mistake(f"{case}: convolution {number} makes {width} maps, yours {layer.out_channels}.")
            if layer.kernel_size != (3, 3):
                raise Mistake(f"{case}: every kernel of VGG is 3×3, yours is {layer.kernel_size}.")
            randomise(layer, random)
            before = width
        if layer_count(network, nn.BatchNorm2d):
            raise Mistake("there is a batch norm. After a convolution of the list comes a ReLU, nothing else.")
        height, width = random.two_integers(64, 72)  # enough for every mistake below
        images = random.normal(2, in_channels, height, width)
        output, runs = trace(network, images, nn.Conv2d)
        ran = [layer for layer, _, _ in runs]
        expected = _vgg(images, configuration, ran)
        agree(
            output,
            expected,
            f"{case}, images {shape_of(images)}",
            {
                "the convolutions cut the rim off. Padding 1 keeps the size.": _vgg(
                    images, configuration, ran, padding=0
                ),
                "the ReLUs are missing. One follows each convolution.": _vgg(images, configuration, ran, relu=False),
                "a ReLU is missing where no pooling follows. One follows each convolution.": _vgg(
                    images, configuration, ran, relu="pool"
                ),
                "the last ReLU is missing. One follows each convolution.": _vgg(
                    images, configuration, ran, relu="inside"
                ),
                "the poolings are missing.": _vgg(images, [w for w in configuration if w != "pool"], ran),
                "that is average pooling. VGG takes the maximum.": _vgg(images, configuration, ran, pool=F.avg_pool2d),
                "the windows of the pooling overlap: its stride is 2.": _vgg(
                    images, configuration, ran, pool=lambda x, size: F.max_pool2d(x, size, stride=1)
                ),
                "there is a pooling after each convolution. Only “pool” asks for one.": _vgg(
                    images, [step for width in widths for step in (width, "pool")], ran
                ),
            },
        )


@check
def nin_end(answer, random: Random) -> None:
    """``answer(in_channels, maps, classes)`` is conv 3×3, two of 1×1, the mean of each map: (N, C, H, W) → (N, K)."""
    for _ in range(3):
        in_channels, classes = random.two_integers(3, 9)
        maps = random.integer(10, 14)
        network = ask_network(answer, in_channels, maps, classes)
        images = random.normal(3, in_channels, *random.two_integers(5, 9))
        convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
        for layer in convolutions:
            randomise(layer, random)
        if layer_count(network, nn.Linear):
            raise Mistake("there is a linear layer. In NiN the mean of a map is the logit; nothing follows.")
        for kind in (nn.Dropout, nn.BatchNorm2d):
            if layer_count(network, kind):
                raise Mistake(f"there is an nn.{kind.__name__}, which is not in the plan. Leave it out.")
        if layer_count(network, nn.AvgPool2d):
            raise Mistake("the pooling has one fixed size, and maps may have any. `nn.AdaptiveAvgPool2d(1)` fits all.")
        output, runs = trace(network, images, nn.Conv2d)
        ran = [layer for layer, _, _ in runs]
        plan = described([nn.Conv2d(in_channels, maps, 3), nn.Conv2d(maps, maps, 1), nn.Conv2d(maps, classes, 1)])
        if described(ran) != plan:
            raise Mistake(f"the plan is {plan}. Your convolutions: {described(ran)}.")
        if runs[0][2].shape[2:] != images.shape[2:]:
            raise Mistake(
                f"the 3×3 convolution makes {shape_of(runs[0][2][0, 0])} of {shape_of(images[0, 0])}. It keeps the "
                f"size."
            )
        if any(read.shape[2:] != returned.shape[2:] for _, read, returned in runs):
            raise Mistake("a 1×1 convolution needs no padding and no stride: it reads one pixel.")
        logits = _nin(images, ran)
        means = logits.mean((2, 3))
        agree(
            output,
            means,
            f"{in_channels} → {maps} → {maps} → {classes} channels, images {shape_of(images)}",
            {
                "those are sums. The logit is the mean of a map.": logits.sum((2, 3)),
                "those are maxima. The logit is the mean of a map.": logits.amax((2, 3)),
                "there is a ReLU after the last convolution. A logit may be negative.": logits.relu().mean((2, 3)),
                "there is a ReLU after the mean. A logit may be negative.": means.relu(),
                "a softmax ends the network. Logits are asked for.": means.softmax(1),
                "the means are right, but their shape is (N, classes, 1, 1). Flatten it to (N, classes).": means[
                    :, :, None, None
                ],
                "that is one mean of everything. Each map has its own: mean over the last two axes.": logits.mean(),
                "those are still maps. Take the mean of each one.": logits,
                "the mean is taken too early: it stands before a ReLU. It comes after all convolutions.": (
                    _nin(images, ran, early=True).mean((2, 3))
                ),
                "the first ReLU, after the 3×3 convolution, is missing.": _nin(images, ran, first=False).mean((2, 3)),
                "the ReLU between the two 1×1 convolutions is missing.": _nin(images, ran, second=False).mean((2, 3)),
                "the ReLUs are missing: without them the three layers are one linear layer.": _nin(
                    images, ran, first=False, second=False
                ).mean((2, 3)),
            },
        )


@check
def repaired(answer, random: Random) -> None:
    """``answer()`` is ten 3×3 convolutions of 32 maps that keep the size and the signal; (N, 1, H, W) → (N, 10)."""
    firsts, factors = [], []
    for _ in range(4):  # one network's weights may hold or fade by chance, four together do not
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(random.integer(0, 10_000))
            network = ask_network(answer)
        images = random.normal(4, 1, *random.two_integers(21, 26))
        logits, runs = trace(network, images, nn.Conv2d)
        _require_plan(network, images, logits, runs)
        _require_end(network, images, logits, [layer for layer, _, _ in runs])
        with torch.no_grad():
            for layer, _, _ in runs:
                layer.bias.zero_()  # they have a spread of their own, which hides how the signal fades
        _, runs = trace(network, images, nn.Conv2d)
        first, last = runs[0][2].std().item(), runs[-1][2].std().item()
        firsts.append(first)
        factors.append((last / max(first, 1e-9)) ** (1 / 9))
    factor = torch.tensor(factors).clamp(min=1e-9).log().mean().exp().item()
    if not 0.85 < factor < 1.12:  # a right network's is 0.97, less than 1 for the zeros of its padding
        raise Mistake(_fading(runs, factor))
    if min(firsts) < 0.1:
        raise Mistake(
            f"after the first convolution the spread is {min(firsts):.3f}, and that of the images is 1. Does He's rule "
            f"reach this layer as well? Its n is 9."
        )


def _require_plan(network: nn.Module, images: Tensor, logits: object, runs: list[tuple]) -> None:
    """Everything but the first weights, in the order in which a reader of the plan would look."""
    if not isinstance(logits, Tensor) or tuple(logits.shape) != (4, 10):
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise Mistake(f"4 images must give logits of shape (4, 10), but yours give {found}.")
    if len(runs) != 10:
        raise Mistake(f"the plan has ten convolutions, yours has {len(runs)}.")
    if layer_count(network, nn.BatchNorm2d):
        raise Mistake("batch norm would help, but is not in the plan. Here the first weights must do it alone.")
    for number, (layer, read, returned) in enumerate(runs, 1):
        if returned.shape[2:] != images.shape[2:]:
            raise Mistake(
                f"convolution {number} makes {shape_of(returned[0, 0])} of {shape_of(read[0, 0])}. All ten keep the "
                f"size: look at the padding."
            )
        if number > 1 and (read < 0).any():
            raise Mistake(f"what convolution {number} reads has negative numbers, so no ReLU stands before it.")
        if number > 1 and read.min() > 0 and read.max() < 1:
            raise Mistake(
                f"all numbers that convolution {number} reads are between 0 and 1, and none is 0: that is a sigmoid. "
                f"The plan has ReLUs."
            )
        if layer.bias is None:
            raise Mistake(f"convolution {number} has no biases. The plan has them: 32 in each layer.")
    if parameter_count(network) != 83_882:
        raise Mistake(
            f"your network has {parameter_count(network):,} parameters. Planned are 320, nine times 9,248, and 330, "
            f"which is 83,882."
        )


def _require_end(network: nn.Module, images: Tensor, logits: Tensor, convolutions: list) -> None:
    """The logits are those of the plan: ReLUs, mean of each map, linear layer."""
    linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    if len(linear) != 1:
        raise Mistake(f"the plan has one linear layer (an nn.Linear) at its end, yours has {len(linear)}.")
    with torch.no_grad():
        maps = images
        for layer in convolutions:
            before_relu = layer(maps)
            maps = before_relu.relu()
        right = linear[0](maps.mean((2, 3)))
        agree(
            logits,
            right,
            f"images {shape_of(images)}",
            {
                "the ReLU after the tenth convolution is missing. One follows each convolution.": linear[0](
                    before_relu.mean((2, 3))
                ),
                "those are maxima. Global average pooling takes the mean of each map.": linear[0](maps.amax((2, 3))),
                "a softmax ends the network. Logits are asked for.": right.softmax(1),
                "there is a ReLU after the linear layer. A logit may be negative.": right.relu(),
            },
        )


def _fading(runs: list[tuple], factor: float) -> str:
    """What to say about first weights with which each layer multiplies the signal by ``factor``."""
    weight = runs[5][0].weight.detach()
    spread, n = weight.std().item(), weight[0].numel()
    told = (
        f"the layers fit, but each convolution multiplies the spread of the signal by about {factor:.2f}. Your weights "
        f"in the middle have standard deviation {spread:.4f}."
    )
    known = {
        0.01: "That is still the 0.01 of what was built.",
        (1 / n) ** 0.5: "That is √(1/n), which is right without ReLU. A ReLU takes half of the signal: √(2/n).",
        5 / 3 * (1 / n) ** 0.5: "About so much is right for tanh, which takes more of the signal than a ReLU: √(2/n).",
        (1 / (3 * n)) ** 0.5: "That is torch's own start. He's rule has to be applied.",
        (2 / 32) ** 0.5: "That is √(2/32). A unit reads 32 maps through 3×3 windows: n = 9 · 32.",
        (2 / 9) ** 0.5: "That is √(2/9). A unit reads 32 maps through 3×3 windows: n = 9 · 32.",
        2 / n: "That is 2/n, the variance. The standard deviation is its root.",
        0.0: "All weights of a layer are equal, so all its maps stay equal. Draw them at random.",
    }
    for value, reason in known.items():
        if abs(spread - value) <= 0.04 * value + 1e-6:
            return f"{told} {reason}"
    return f"{told} He's rule keeps the signal: √(2/n), n numbers read by a unit. Does it reach every convolution?"


def _layers(random: Random) -> list[tuple]:
    """Convolutions that keep, shrink or cut groups, two poolings, and a linear layer at the end."""
    groups = random.integer(2, 3)
    return [
        ("conv", 2 * groups, 2 * random.integer(1, 2) + 1, random.integer(0, 2), 1),
        ("pool", random.integer(2, 3)),
        ("conv", groups * random.integer(1, 4), 3, random.integer(0, 1), groups),
        ("pool", 2),
        ("linear", random.integer(5, 20)),
        ("linear", 3),
    ]


def _after(layer: tuple, before: tuple[int, ...]) -> tuple[int, ...]:
    kind, *settings = layer
    if kind == "linear":
        return (settings[0],)
    channels, *size = before
    if kind == "pool":
        return (
            channels,
            *(arithmetic.output_size(i, kernel_size=settings[0], stride=settings[0]) for i in size),
        )
    channels, kernel_size, padding, _ = settings
    return (channels, *(arithmetic.output_size(i, kernel_size, padding=padding) for i in size))


def _not_a_shape(yours: object) -> str:
    """How to make a shape of what is none."""
    if type(yours) is int:
        return f"A tuple of one number has a comma: ({yours},)."
    return "`//` divides without a remainder, and `int()` makes a whole number of numpy's and torch's."


def _why(layer: tuple, before: tuple[int, ...], yours: tuple[int, ...]) -> str:
    """What may have led to a wrong shape after one layer."""
    kind, *settings = layer
    right = _after(layer, before)
    if kind == "linear":
        if len(yours) != 1:
            return " A linear layer returns so many numbers: its shape is this one number, and nothing else."
        return " How many numbers a linear layer returns stands in the tuple. What it reads is not in its shape."
    if len(yours) != 3:
        return " After convolutions and poolings a shape is (C, H, W)."
    if yours == (right[0], right[2], right[1]):
        return " Rows and columns are swapped."
    if yours == (*right[1:], right[0]):
        return " The channels come first."
    if yours[0] == right[0] and yours[1] == yours[2] and yours[1] in right[1:]:
        return " An image need not be square: rows and columns are computed each for itself."
    if kind == "pool":
        if yours[0] != right[0]:
            return " Pooling keeps the channels."
        if yours[1:] == tuple(i - settings[0] + 1 for i in before[1:]):
            return " The stride of a pooling is its size."
        if yours[1:] == tuple(-(-i // settings[0]) for i in before[1:]):
            return " A window that does not fit in completely is left out: round down."
        return f" A pooling of size {settings[0]} makes i // {settings[0]} of each size i."
    _, kernel_size, padding, _ = settings
    if yours[1:] == right[1:]:
        return " A convolution returns as many maps as it has kernels, its out_channels, whatever it reads."
    sizes = {
        " Padding is added on both sides, so it counts twice.": [i + padding - kernel_size + 1 for i in before[1:]],
        " The padding is missing.": [i - kernel_size + 1 for i in before[1:]],
        " The window stands somewhere before it moves: + 1.": [i + 2 * padding - kernel_size for i in before[1:]],
        " Not every convolution keeps the size: compute it (lecture 01).": before[1:],
    }
    return next((reason for reason, wrong in sizes.items() if yours[1:] == tuple(wrong)), "")


def _vgg(x: Tensor, configuration: list, convolutions: list, padding=1, relu=True, pool=F.max_pool2d) -> Tensor:
    """What a VGG returns. ``relu``: True, False, "pool" (only before a pooling) or "inside" (all but the last)."""
    last, remaining = convolutions[-1], iter(convolutions)
    for entry, following in zip(configuration, [*configuration[1:], ""], strict=True):
        if entry == "pool":
            x = pool(x, 2)
        else:
            layer = next(remaining)
            x = F.conv2d(x, layer.weight.detach(), layer.bias, padding=padding)
            here = {"pool": following == "pool", "inside": layer is not last}.get(relu, relu)
            x = x.relu() if here else x
    return x.detach()


def _nin(x: Tensor, convolutions: list, first: bool = True, second: bool = True, early: bool = False) -> Tensor:
    """The last maps, (N, classes, H, W), with or without the two ReLUs, or of means taken after the first."""
    large, one, two = convolutions
    with torch.no_grad():
        x = large(x)
        x = x.relu() if first else x
        x = one(x.mean((2, 3), keepdim=True) if early else x)
        return two(x.relu() if second else x)
