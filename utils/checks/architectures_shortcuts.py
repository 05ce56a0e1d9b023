"""Checks of assignment 08: an Inception block's work, residual and dense blocks, a convolution that pools."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask, ask_network
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, agree_numbers, is_tuple_of, nearly_equal
from utils.checks.inputs import Random, randomise
from utils.checks.networks import described, layer_count, trace
from utils.checks.wording import shape_of
from utils.models.googlenet import BLOCKS
from utils.models.resnet import BasicBlock, Bottleneck


@check
def inception(answer, random: Random) -> None:
    """``answer(in_channels, one, three, five, pool, height, width)`` is maps and the work of two blocks, three ints."""
    first, other = BLOCKS["inception_3a"], BLOCKS["inception_4c"]
    cases = [("3a of GoogLeNet", 192, *first, 28, 28), ("4c of GoogLeNet", 512, *other, 14, 14)]
    for _ in range(4):
        pairs = random.two_integers(2, 40), random.two_integers(2, 40)
        one, pool = random.two_integers(2, 40)
        cases.append(("a block", random.integer(50, 90), one, *pairs, pool, *random.two_integers(5, 30)))
    answers = [ask(answer, *case[1:]) for case in cases]
    if not all(is_tuple_of(3, three) for three in answers):
        raise Mistake("your function must return three numbers: `return maps, naive, reduced`.")
    names = [
        f"{name}, {i} maps of {h}×{w}, 1×1: {one}, 3×3: {three[0]}→{three[1]}, 5×5: {five[0]}→{five[1]}, pool: →{pool},"
        for name, i, one, three, five, pool, h, w in cases
    ]

    def each(formula) -> list[int]:
        return [formula(*case[1:]) for case in cases]

    agree_numbers(
        [maps for maps, _, _ in answers],
        each(lambda i, one, three, five, pool, h, w: one + three[1] + five[1] + pool),
        [f"the maps that come out of {name}" for name in names],
        {
            "maps: those of a reduction stay inside their branch. Only its last maps come out.": each(
                lambda i, one, three, five, pool, h, w: one + sum(three) + sum(five) + pool
            ),
            "maps: the pooling is followed by a 1×1 convolution, so its branch returns fewer than in_channels.": each(
                lambda i, one, three, five, pool, h, w: one + three[1] + five[1] + i
            ),
            "maps: the branch with the pooling is missing.": each(
                lambda i, one, three, five, pool, h, w: one + three[1] + five[1]
            ),
        },
    )
    agree_numbers(
        [naive for _, naive, _ in answers],
        each(_naive),
        [f"the multiply-adds of the naive block, without reductions, for {name}" for name in names],
        {
            "naive: that is the block with reductions. The naive one comes before it.": each(_reduced),
            "naive: those are the weights. Each is used at every place, height times width.": each(
                lambda *case: _naive(*case[:-2], 1, 1)
            ),
            "naive: a 3×3 kernel has nine weights for each map, a 5×5 kernel 25.": each(
                lambda i, one, three, five, pool, h, w: h * w * i * (one + 3 * three[1] + 5 * five[1])
            ),
            "naive: here the large kernels read all in_channels maps: there is no reduction.": each(
                lambda i, one, three, five, pool, h, w: (
                    h * w * (i * one + 9 * three[0] * three[1] + 25 * five[0] * five[1])
                )
            ),
            "naive: in this block nothing follows the pooling, and pooling does not multiply.": each(
                lambda i, one, three, five, pool, h, w: h * w * i * (one + 9 * three[1] + 25 * five[1] + pool)
            ),
        },
    )
    agree_numbers(
        [reduced for _, _, reduced in answers],
        each(_reduced),
        [f"the multiply-adds of the block with reductions, for {name}" for name in names],
        {
            "reduced: those are the weights. Each is used at every place, height times width.": each(
                lambda *case: _reduced(*case[:-2], 1, 1)
            ),
            "reduced: the 1×1 convolutions before the large kernels cost something themselves.": each(
                lambda i, one, three, five, pool, h, w: (
                    h * w * (i * (one + pool) + 9 * three[0] * three[1] + 25 * five[0] * five[1])
                )
            ),
            "reduced: the 1×1 convolution after the pooling is missing.": each(
                lambda *case: _reduced(*case[:4], 0, *case[5:])
            ),
            "reduced: the large kernels read what the reduction has left, not all in_channels maps.": each(
                lambda i, one, three, five, pool, h, w: (
                    h * w * i * (one + three[0] + 9 * three[1] + five[0] + 25 * five[1] + pool)
                )
            ),
            "reduced: max pooling compares, it multiplies nothing. Only the 1×1 convolution after it counts.": each(
                lambda *case: _reduced(*case) + 9 * case[0] * case[5] * case[6]
            ),
            "reduced: a 3×3 kernel has nine weights for each map, a 5×5 kernel 25.": each(
                lambda i, one, three, five, pool, h, w: (
                    h * w * (i * (one + three[0] + five[0] + pool) + 3 * three[0] * three[1] + 5 * five[0] * five[1])
                )
            ),
        },
    )


@check
def residual_block(answer, random: Random) -> None:
    """``answer(in_channels, channels, stride)`` is `BasicBlock`: two 3×3 convolutions and a shortcut."""
    maps, others = random.two_integers(4, 9)
    for settings in [(maps, maps, 1), (maps, others, 2), (maps, others, 1), (maps, maps, 2)]:
        _compare(answer, BasicBlock, settings, random)


@check
def repaired(answer, random: Random) -> None:
    """``answer(in_channels, channels, stride)`` is `Bottleneck`: 1×1, 3×3, 1×1 and a shortcut."""
    channels, others = random.two_integers(2, 5)
    whole = 4 * channels
    for settings in [(whole, channels, 1), (whole, others, 2), (others, channels, 1), (whole, channels, 2)]:
        _compare(answer, Bottleneck, settings, random)


@check
def dense_block(answer, random: Random) -> None:
    """``answer(in_channels, growth_rate, depth)``: each layer appends growth_rate maps to all that it reads."""
    for depth in (3, 1, 4):
        in_channels, growth_rate = random.two_integers(2, 6)
        case = f"in_channels={in_channels}, growth_rate={growth_rate}, depth={depth}"
        block = ask_network(answer, in_channels, growth_rate, depth)
        layers = [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)]
        if not layers:
            raise Mistake(
                "torch finds no convolution in your block, so none would be trained. A Python list hides them: use "
                "`nn.ModuleList`."
            )
        if len(layers) != depth:
            raise Mistake(f"{case}: each layer has one convolution, but yours has {len(layers)} in all.")
        for number, layer in enumerate(layers):
            reads = in_channels + number * growth_rate
            if layer.in_channels != reads:
                raise Mistake(
                    f"{case}: layer {number + 1} reads the input and all maps appended so far, {in_channels} + "
                    f"{number}·{growth_rate} = {reads}. Yours reads {layer.in_channels}."
                )
            if layer.out_channels != growth_rate:
                raise Mistake(f"{case}: each layer makes {growth_rate} maps, yours {layer.out_channels}.")
            if layer.kernel_size != (3, 3):
                raise Mistake(f"{case}: the kernels are 3×3, yours {layer.kernel_size}.")
            randomise(layer, random)
        maps = random.normal(2, in_channels, *random.two_integers(5, 9))
        if layer_count(block, nn.BatchNorm2d):
            raise Mistake("there is a batch norm. In this block it is left out.")
        smaller = Mistake("the convolutions change the size. With padding 1 they keep it.")
        try:
            output, runs = trace(block, maps.clone(), nn.Conv2d)
        except Mistake:
            if all(layer.padding == (0, 0) for layer in layers):
                raise smaller from None
            raise
        ran = [layer for layer, _, _ in runs]
        if len(ran) != depth or len(set(ran)) != depth:
            raise Mistake(f"{case}: each convolution must run once. {len(ran)} runs were counted.")
        if runs[0][2].shape[2:] != maps.shape[2:]:
            raise smaller
        expected = _dense(maps, ran, lambda x, new: torch.cat([x, new.relu()], dim=1))
        agree(
            output,
            expected,
            f"{case}, each {shape_of(maps[0, 0])}",
            {
                "the input is not in the output. A dense block keeps everything.": expected[:, in_channels:],
                "only the last layer's maps come out. A dense block keeps everything.": expected[:, -growth_rate:],
                "new maps are put before the old ones. Append them: `torch.cat([x, new], dim=1)`.": _dense(
                    maps, ran, lambda x, new: torch.cat([new.relu(), x], dim=1)
                ),
                "the ReLUs are missing. One follows each convolution.": _dense(
                    maps, ran, lambda x, new: torch.cat([x, new], dim=1)
                ),
                "the ReLU is applied to all maps. What was kept stays as it is; only the new ones get it.": _dense(
                    maps, ran, lambda x, new: torch.cat([x, new], dim=1).relu()
                ),
                "the input has lost its negative numbers. It is kept as it is; no ReLU on it.": _dense(
                    maps.relu(), ran, lambda x, new: torch.cat([x, new.relu()], dim=1)
                ),
                "the ReLU stands before the convolution. In this plan it follows it.": _dense(
                    maps, ran, lambda x, new: torch.cat([x, new], dim=1), before=F.relu
                ),
            },
        )


@check
def one_convolution(answer, random: Random) -> None:
    """``answer(linear, height, width)`` is a Conv2d that does what global average pooling and ``linear`` do."""
    for _ in range(3):
        height, width = random.two_integers(2, 9)
        channels, classes = random.two_integers(2, 6)
        linear = nn.Linear(channels, classes)
        randomise(linear, random)
        given = copy.deepcopy(linear)
        layer = ask(answer, given, height, width)
        case = f"{channels} maps of {height}×{width} and {classes} classes"
        if not isinstance(layer, nn.Conv2d):
            raise Mistake(f"your function must return an nn.Conv2d, but it returned {type(layer).__name__}.")
        wanted = (classes, channels, height, width)
        if tuple(layer.weight.shape) != wanted:
            raise Mistake(f"for {case} the weight has shape {wanted}, but yours {tuple(layer.weight.shape)}.")
        maps = random.normal(3, channels, height, width)
        output, _ = trace(layer, maps)
        if tuple(output.shape) != (3, classes, 1, 1):
            raise Mistake(f"for {case} each output is 1×1. No padding, and stride 1.")
        if not torch.equal(given.weight, linear.weight):
            raise Mistake(
                "your function changes the linear layer that it gets, which others still need. `weight / size` makes "
                "a new tensor, `weight /= size` does not."
            )
        with torch.no_grad():
            right = linear(maps.mean((2, 3)))
            weighted, bias = right - linear.bias, linear.bias
            size = height * width
            agree(
                output[:, :, 0, 0],
                right,
                case,
                {
                    "the bias is missing. Copy it.": weighted,
                    "those are sums over the map. A mean of H·W places gives each of them 1/(H·W).": (
                        size * weighted + bias
                    ),
                    "the bias is divided as well. It is added once, after the mean.": weighted + bias / size,
                    "the weights are right, but not the biases. Copy the linear layer's.": (
                        weighted if layer.bias is None else weighted + layer.bias
                    ),
                    "divide by all places of the map, height times width.": size / height * weighted + bias,
                    "divide by all places of the map, width times height.": size / width * weighted + bias,
                },
            )


def _naive(i: int, one: int, three: tuple, five: tuple, pool: int, h: int, w: int) -> int:
    """Multiply-adds of an Inception block without reductions."""
    return h * w * i * (one + 9 * three[1] + 25 * five[1])


def _reduced(i: int, one: int, three: tuple, five: tuple, pool: int, h: int, w: int) -> int:
    """Multiply-adds of an Inception block with reductions."""
    return h * w * (i * (one + three[0] + five[0] + pool) + 9 * three[0] * three[1] + 25 * five[0] * five[1])


def _dense(maps: Tensor, layers: list, join, before=lambda x: x) -> Tensor:
    with torch.no_grad():
        for layer in layers:
            maps = join(maps, layer(before(maps)))
    return maps


def _compare(answer: object, kind: type[nn.Module], settings: tuple[int, int, int], random: Random) -> None:
    """Build the learner's block and ours, give both the same weights, and compare values and gradients."""
    in_channels, channels, stride = settings
    block, ours = ask_network(answer, *settings), kind(*settings)
    case = f"in_channels={in_channels}, channels={channels}, stride={stride}"
    _require_layers(block, ours, case)
    maps = random.normal(3, in_channels, *random.two_integers(6, 11))
    before = maps.clone()
    _, runs = trace(block, maps, nn.Conv2d, nn.BatchNorm2d)
    if not torch.equal(maps, before):
        raise Mistake(
            "your block writes into the tensor that it gets, and others still need it. `x += …` does so, and layers "
            "with `inplace=True` on x. `a + b` makes a new tensor."
        )
    _, our_runs = trace(ours, maps, nn.Conv2d, nn.BatchNorm2d)
    _share_weights(_pairs(runs), _pairs(our_runs), case, random)
    output, _ = trace(block, maps)
    with torch.no_grad():
        residual, shortcut = ours.residual(maps), ours.shortcut(maps)
        linear = nn.Sequential(*(layer for layer in ours.residual if not isinstance(layer, nn.ReLU)))(maps)
    agree(
        output,
        F.relu(residual + shortcut),
        f"{case}, maps {shape_of(maps)}",
        {
            "the ReLU stands before the sum, so a block can only add. It comes after the sum.": (
                residual.relu() + shortcut
            ),
            "there is a ReLU before the sum, and one after it. Only the second belongs there.": F.relu(
                residual.relu() + shortcut
            ),
            "the ReLU after the sum is missing.": residual + shortcut,
            "nothing is added: the shortcut is missing.": residual.relu(),
            "nothing is added, and there is no ReLU at the end.": residual,
            "F(x) is added to itself: x was written over. Give F(x) a name of its own.": F.relu(2 * residual),
            "the ReLUs between the convolutions are missing.": F.relu(linear + shortcut),
            "there is a ReLU on the shortcut. It passes on what it gets.": F.relu(residual + shortcut.relu()),
        },
    )
    _require_gradient(block, ours, maps)


def _require_layers(block: nn.Module, ours: nn.Module, case: str) -> None:
    """As many convolutions and batch norms as planned, and none with a bias."""
    planned, found = layer_count(ours, nn.Conv2d), layer_count(block, nn.Conv2d)
    stays = isinstance(ours.shortcut, nn.Identity)
    if found == 0:
        raise Mistake("torch finds no convolution in your block. Layers are made in `__init__` and kept in `self`.")
    if not stays and found == planned - 1:
        raise Mistake(
            f"{case}: the shape changes, so x cannot be added as it is. Its shortcut needs a projection, a 1×1 "
            f"convolution with the block's stride, and batch norm, both made in `__init__` and kept in `self`."
        )
    if stays and found == planned + 1:
        raise Mistake(f"{case}: the shape stays, so the shortcut is x itself. Yours has a convolution there.")
    if found != planned:
        raise Mistake(f"{case}: planned are {planned} convolutions, shortcut included. Yours has {found}.")
    if any(layer.bias is not None for layer in block.modules() if isinstance(layer, nn.Conv2d)):
        raise Mistake("a convolution before batch norm has no bias (`bias=False`): batch norm would remove it.")
    large = _three_by_three(block)
    if not stays and len(large) == 1 + len(_three_by_three(ours)):
        raise Mistake(f"{case}: the projection on the shortcut is a 1×1 convolution, yours is 3×3.")
    if any(layer.padding not in ((1, 1), "same") for layer in large):
        raise Mistake("a 3×3 convolution cuts the rim off. Padding 1 keeps the size.")
    if sum(layer.stride != (1, 1) for layer in large) > 1:
        raise Mistake(f"{case}: two 3×3 convolutions have a stride, so the size is cut twice. Only the first has it.")
    if layer_count(block, nn.BatchNorm2d) != planned:
        raise Mistake(
            f"{case}: each of the {planned} convolutions is followed by a batch norm of its own, also on the shortcut. "
            f"Yours has {layer_count(block, nn.BatchNorm2d)}."
        )


def _three_by_three(block: nn.Module) -> list[nn.Conv2d]:
    return [layer for layer in block.modules() if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)]


def _pairs(runs: list[tuple]) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """Each convolution with the batch norm that ran after it, by the shape of the weights, then as they ran."""
    layers = [layer for layer, _, _ in runs]
    pairs = list(zip(layers[::2], layers[1::2], strict=False))
    if len(layers) % 2 or not all(
        isinstance(convolution, nn.Conv2d)
        and isinstance(norm, nn.BatchNorm2d)
        and norm.num_features == convolution.out_channels
        for convolution, norm in pairs
    ):
        order = ", ".join("convolution" if isinstance(layer, nn.Conv2d) else "batch norm" for layer in layers)
        raise Mistake(f"after each convolution comes its batch norm. In your block there run: {order}.")
    return sorted(pairs, key=lambda pair: tuple(pair[0].weight.shape))


def _share_weights(theirs: list[tuple], ours: list[tuple], case: str, random: Random) -> None:
    """Draw weights for the learner's layers and copy them into ours, if both have the same layers."""
    planned, found = (described([convolution for convolution, _ in pairs]) for pairs in (ours, theirs))
    if planned != found:
        raise Mistake(f"{case}: planned are the convolutions {planned}. Those that run in your block: {found}.")
    for pair, own in zip(theirs, ours, strict=True):
        if pair[0].stride != own[0].stride:
            raise Mistake(
                f"{case}: the stride of the convolution {described(own[:1])} must be {own[0].stride[0]}, but yours is "
                f"{pair[0].stride[0]}."
            )
        for layer, our_layer in zip(pair, own, strict=True):
            randomise(layer, random)
            our_layer.load_state_dict(layer.state_dict())


def _require_gradient(block: nn.Module, ours: nn.Module, maps: Tensor) -> None:
    """What comes back through the learner's block is what comes back through ours."""
    gradients = []
    for network in (block, ours):
        x = maps.clone().requires_grad_()
        try:
            network(1 * x).square().sum().backward()
        except RuntimeError:
            raise Mistake(
                "the values are right, but `backward` fails: a tensor that torch needs for the gradient was written "
                "over. Write `a + b`, which makes a new tensor, instead of `a += b`."
            ) from None
        gradients.append(x.grad)
    if not nearly_equal(*gradients):
        raise Mistake("the values are right, but not the gradients. Is something detached, or under `no_grad`?")
