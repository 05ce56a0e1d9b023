"""Checks of assignment 05: two classes of ten, parameter counts, a loss of two looks, a repair, a fair comparison."""

from collections.abc import Callable, Iterator
from itertools import permutations, product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random
from utils.checks.networks import described, layer_count, parameter_count
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _kept(images: Tensor, labels: Tensor, first: int, second: int) -> tuple[Tensor, Tensor]:
    """The images of two classes, in their order, under the labels 0 and 1."""
    mask = (labels == first) | (labels == second)
    return images[mask], (labels[mask] == second).long()


def _renamed(rename: Callable) -> Callable:
    """An answer to task 1 with other new labels: ``rename(old labels that are kept, first, second)``."""

    def answer(images: Tensor, labels: Tensor, first: int, second: int) -> tuple[Tensor, Tensor]:
        mask = (labels == first) | (labels == second)
        return images[mask], rename(labels[mask], first, second)

    return answer


def _one_after_the_other(images: Tensor, labels: Tensor, first: int, second: int) -> tuple[Tensor, Tensor]:
    order = torch.cat([(labels == label).nonzero()[:, 0] for label in (first, second)])
    return images[order], (labels[order] == second).long()


def _written_over(labels: Tensor, *steps: tuple[int, int]) -> Tensor:
    labels = labels.clone()
    for old, new in steps:
        labels[labels == old] = new
    return labels


def _labelled(random: Random) -> Iterator[tuple]:
    for first, second in [(3, 5), (7, 2), (1, 0)]:
        number = random.integer(30, 40)
        labels = random.integers(0, 9, number)
        labels[:4] = torch.tensor([second, first, first, second])
        labels[4] = 5 if 5 not in (first, second) else 8  # one to leave out
        yield (
            random.integers(0, 255, number, 3, *random.two_integers(3, 6)).to(torch.uint8),
            labels,
            first,
            second,
        )


def _of_another_type(value: tuple, *case: object) -> bool:
    return value[1].dtype != torch.int64 and torch.equal(value[1].long(), _kept(*case)[1])


OVER = (
    "Did you write over the old labels, in two steps? The second step also meets what the first has just written. "
    "Ask the old labels, once."
)
NUMBER = "Do you ask for `second`, and not for a number?"

two_classes = Task(
    "two_classes",
    right=_kept,
    cases=_labelled,
    case=lambda images, labels, first, second: f"(classes {first} and {second}, {len(images)} images)",
    returns="images, labels",
    parts=("the images", "the labels"),
    mistakes=(
        (
            "the labels are right, but not of type torch.int64, which cross-entropy wants: `.long()`.",
            _renamed(lambda labels, first, second: labels == second),
            _of_another_type,
        ),
        (
            "first come all images of one class, then those of the other. Keep the order they come in: join the two "
            "masks with `|`.",
            _one_after_the_other,
        ),
        (
            "no label is both: join the two masks with `|`, not with `&`.",
            lambda x, y, first, second: (x[(y == first) & (y == second)], y[:0]),
        ),
        (
            "these are the images to leave out. Keep those where the mask is True.",
            lambda x, y, first, second: (x[(y != first) & (y != second)], y),
        ),
        (
            "all images are still there. A mask picks some: `images[mask]`.",
            lambda x, *rest: (x, _kept(x, *rest)[1]),
        ),
        ("only the first class is kept. Keep both.", lambda x, y, first, _: (x[y == first], y[y == first])),
        (
            "only the second class is kept. Keep both.",
            lambda x, y, _, second: (x[y == second], y[y == second]),
        ),
        (
            "these are cats and dogs, 3 and 5. Ask for `first` and `second`.",
            lambda x, y, *_: _kept(x, y, 3, 5),
        ),
        (
            "first come the images, then the labels: `return images, labels`.",
            lambda *given: _kept(*given)[::-1],
        ),
        ("the labels are still the old numbers. Make 0 and 1 of them.", _renamed(lambda y, *_: y)),
        (
            "the two are swapped: `first` becomes 0 and `second` becomes 1, whichever is larger.",
            _renamed(lambda y, first, _: (y == first).long()),
        ),
        (
            "the two are swapped: `first` becomes 0 and `second` becomes 1, whichever is larger.",
            _renamed(lambda y, *both: (y == max(both)).long()),
        ),
        (
            f"all new labels are 1. {OVER}",
            _renamed(lambda y, first, second: _written_over(y, (first, 0), (second, 1))),
        ),
        (
            f"all new labels are 0. {OVER}",
            _renamed(lambda y, first, second: _written_over(y, (second, 1), (first, 0))),
        ),
        (f"all new labels are 1. {NUMBER}", _renamed(lambda y, *_: (y != 3).long())),
        (f"all new labels are 0. {NUMBER}", _renamed(lambda y, *_: (y == 5).long())),
        (
            "there is a label for every image. Keep those of the images that stay: `labels[mask]`.",
            lambda x, y, first, second: (_kept(x, y, first, second)[0], (y == second).long()),
        ),
    ),
)


def _fully_connected(c: int, h: int, w: int, k: int, hidden: int = 512, outputs: int = 1) -> int:
    """Its parameters; the last two are how many biases there are, of the hidden units and for each output."""
    return 512 * c * h * w + hidden + (512 + outputs) * k


def _convolutional(c: int, h: int, w: int, k: int) -> int:
    return 9 * c * 32 + 9 * 32 * 64 + 9 * 64 * 128 + CNN_BIASES + 129 * k


CNN_BIASES = 32 + 64 + 128


def _first(wrong: Callable) -> Callable:
    return lambda *size: (wrong(*size), _convolutional(*size))


def _second(wrong: Callable) -> Callable:
    return lambda *size: (_fully_connected(*size), wrong(*size))


def _sizes(random: Random) -> Iterator[tuple]:
    yield from [(3, 32, 32, 2), (1, 40, 24, 10)]
    for _ in range(4):
        yield random.integer(2, 6), *(8 * n for n in random.two_integers(2, 30)), random.integer(2, 9)


counts = Task(
    "counts",
    right=_first(_fully_connected),
    cases=_sizes,
    case=lambda c, h, w, k: f"(images {c}×{h}×{w} and {k} classes)",
    kind=int,
    returns="fully_connected, convolutional",
    parts=("the fully connected network", "the convolutional network"),
    mistakes=(
        (
            "the fully connected network: biases are missing, one for each hidden unit and each output.",
            _first(lambda *size: _fully_connected(*size, hidden=0, outputs=0)),
        ),
        (
            "the fully connected network: the biases of the hidden units are missing.",
            _first(lambda *size: _fully_connected(*size, hidden=0)),
        ),
        (
            "the fully connected network: the biases of the outputs are missing.",
            _first(lambda *size: _fully_connected(*size, outputs=0)),
        ),
        (
            "your first number is that of the convolutional network. The fully connected one comes first.",
            _first(_convolutional),
        ),
        (
            "the fully connected network: that is its first layer. A second one makes the outputs.",
            _first(lambda c, h, w, k: _fully_connected(c, h, w, 0)),
        ),
        (
            "the fully connected network: the channels are missing. Flattening keeps all C·H·W numbers.",
            _first(lambda c, h, w, k: _fully_connected(1, h, w, k)),
        ),
        (
            "the fully connected network: you took the height for the width. Images need not be square.",
            _first(lambda c, h, w, k: _fully_connected(c, h, h, k)),
        ),
        (
            "the fully connected network: you took the width for the height. Images need not be square.",
            _first(lambda c, h, w, k: _fully_connected(c, w, w, k)),
        ),
        (
            "the convolutional network: biases are missing, one for each output channel and each class.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, k) - CNN_BIASES - k),
        ),
        (
            "the convolutional network: the biases of the convolutions are missing, one for each output channel.",
            _second(lambda *size: _convolutional(*size) - CNN_BIASES),
        ),
        (
            "the convolutional network: the biases of the linear layer are missing, one for each class.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, k) - k),
        ),
        (
            "the convolutional network: the second convolution reads the 32 maps of the first, the third the 64 of the "
            "second. Only the first reads the image.",
            _second(lambda c, h, w, k: 9 * c * CNN_BIASES + CNN_BIASES + 129 * k),
        ),
        (
            "the convolutional network: batch norm is one of the improvements, and comes without them.",
            _second(lambda *size: _convolutional(*size) + 2 * CNN_BIASES),
        ),
        (
            "the convolutional network: the linear layer at the end is missing.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, 0)),
        ),
        (
            "the convolutional network: its last layer does not get the flattened maps. Of each of the 128 maps one "
            "number is left, the largest.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, 0) + (128 * (h // 8) * (w // 8) + 1) * k),
        ),
        (
            "the convolutional network: a kernel of 3×3 has 9 weights for each pair of channels, not 3.",
            _second(lambda c, h, w, k: 3 * (c * 32 + 32 * 64 + 64 * 128) + CNN_BIASES + 129 * k),
        ),
        (
            "the convolutional network: each output channel has a 3×3 kernel for every input channel.",
            _second(lambda c, h, w, k: 10 * CNN_BIASES + 129 * k),
        ),
    ),
)

HALF = torch.tensor(2.0).log()


def _averaged(first: Tensor, second: Tensor) -> Tensor:
    """The logarithm of the averaged softmax of two looks, (N, K)."""
    return torch.logaddexp(first.log_softmax(1), second.log_softmax(1)) - HALF


def _over_everything(first: Tensor, second: Tensor) -> Tensor:
    flat = [x.flatten().log_softmax(0).view_as(x) for x in (first, second)]
    return torch.logaddexp(*flat) - HALF


def _largest_left_out(first: Tensor, second: Tensor) -> Tensor:
    sums = [(x - x.amax(1, keepdim=True)).logsumexp(1, keepdim=True) for x in (first, second)]
    return torch.logaddexp(first - sums[0], second - sums[1]) - HALF


def _naive(first: Tensor, second: Tensor) -> Tensor:
    return sum(x.exp() / x.exp().sum(1, keepdim=True) for x in (first, second)).div(2).log()


def _bounded(value: Tensor, first: Tensor, second: Tensor) -> bool:
    """Whether large logits give one least number in many places."""
    right = _averaged(first, second)
    return (
        first.abs().max() > 100
        and value.numel() > 0
        and not nearly_equal(value, right)
        and nearly_equal(value, right.clamp(min=value.min().item()))
    )


def _looks(random: Random) -> Iterator[tuple]:
    for scale, dtype in [(1, torch.float32), (3, torch.float64), (1000, torch.float32)]:
        images, classes = random.two_integers(4, 9)
        yield tuple(scale * random.normal(images, classes, dtype=dtype) for _ in range(2))


two_looks = Task(
    "two_looks",
    right=_averaged,
    cases=_looks,
    case=lambda first, _: (
        f"{len(first)} images and {first.shape[1]} classes"
        + (", with logits in the thousands," if first.abs().max() > 100 else "")
    ),
    mistakes=(
        (
            "right for small logits, but for large ones nan: exp(1000) is inf, exp(-1000) is 0, and neither inf/inf "
            "nor ln 0 has a value. Take the largest logit of each image out first: softmax stays the same.",
            _naive,
            lambda value, first, _: first.abs().max() > 100 and value.isnan().any(),
        ),
        (
            "right for small logits, but for large ones a probability rounds to 0 and its logarithm is -inf. Stay "
            "with logarithms all the way, and take the larger of two out before `exp`.",
            lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2).log(),
            lambda value, first, _: first.abs().max() > 100 and value.isinf().any(),
        ),
        (
            "right for small logits, but for large ones one least number stands in many places. Did you add a small "
            "number before `log`, or set a bound? Stay with logarithms all the way.",
            lambda a, b: ((a.softmax(1) + b.softmax(1)) / 2 + 1e-12).log(),
            _bounded,
        ),
        ("you averaged the logits. Average the probabilities.", lambda a, b: ((a + b) / 2).log_softmax(1)),
        (
            "you averaged the logarithms. Average the probabilities, then take the logarithm.",
            lambda a, b: (a.log_softmax(1) + b.log_softmax(1)) / 2,
        ),
        (
            "the ½ is missing: these are sums of two probabilities, not their averages.",
            lambda a, b: _averaged(a, b) + HALF,
        ),
        ("the logarithm is missing: these are probabilities.", lambda a, b: _averaged(a, b).exp()),
        (
            "softmax runs over the images. Each image has its own, over its classes: use dim=1.",
            lambda a, b: _averaged(a.T, b.T).T,
        ),
        (
            "one sum runs over all images and classes. Each image has its own: use dim=1.",
            _over_everything,
        ),
        (
            "the ½ stands inside the logarithm: log(½ · …) is log(…) − log 2.",
            lambda a, b: (_averaged(a, b) + HALF) / 2,
        ),
        (
            "the logarithm of a sum is not the sum of the logarithms.",
            lambda a, b: a.log_softmax(1) + b.log_softmax(1) - HALF,
        ),
        (
            "m is missing: log(eᵃ + eᵇ) = m + log(eᵃ⁻ᵐ + eᵇ⁻ᵐ).",
            lambda a, b: _averaged(a, b) - torch.maximum(a.log_softmax(1), b.log_softmax(1)),
        ),
        (
            "the largest logit was taken out of the sum and not put back: log Σ eˣ = m + log Σ eˣ⁻ᵐ.",
            _largest_left_out,
        ),
        ("that is the first look only.", lambda a, b: a.log_softmax(1)),
        ("that is the second look only.", lambda a, b: b.log_softmax(1)),
        ("a minus too many: logarithms of probabilities are negative.", lambda a, b: -_averaged(a, b)),
        (
            "softmax is missing: exponentials are no probabilities until they are divided by their sum.",
            lambda a, b: torch.logaddexp(a, b) - HALF,
        ),
        (
            "the natural logarithm is meant, not the one of base 2.",
            lambda a, b: _averaged(a, b) / HALF,
        ),
    ),
)


@check
def residual_block(answer, random: Random) -> None:
    """``answer(channels)`` is ReLU(x + norm(conv(ReLU(norm(conv(x)))))), 18 C² + 4 C parameters."""
    channels = random.integer(3, 6)
    block = ask(answer, channels)
    if not isinstance(block, nn.Module):
        raise Mistake("this must be a class of networks: `class ResidualBlock(nn.Module):`.")
    images = random.normal(4, channels, *random.two_integers(5, 9))
    case = f"maps {shape_of(images)}"
    _require_shape(ask(block, images), images, case)
    for kind, name in ((nn.Conv2d, "convolutions"), (nn.BatchNorm2d, "batch norms")):
        if layer_count(block, kind) != 2:
            raise Mistake(
                f"planned are two {name}, and your block has {layer_count(block, kind)}. Each step with parameters is "
                f"a layer of its own: what it learns for one place is wrong for the other."
            )
    layers = [[layer for layer in block.modules() if isinstance(layer, kind)] for kind in (nn.Conv2d, nn.BatchNorm2d)]
    if any(conv.weight.shape != (channels, channels, 3, 3) for conv in layers[0]):
        raise Mistake(
            f"planned are two convolutions of 3×3 from {channels} to {channels} maps. Yours: {described(layers[0])}."
        )
    with torch.no_grad():  # new batch norms do next to nothing: give them something to do
        for parameter in (parameter for norm in layers[1] for parameter in norm.parameters()):
            parameter.copy_(random.normal(*parameter.shape))
    output = ask(block, images)
    orders = [(*convs, *norms) for convs, norms in product(*map(permutations, layers))]
    if not any(nearly_equal(output, _plan(images, *order)) for order in orders):
        conv1, conv2, norm1, norm2 = orders[0]

        def residual(x: Tensor, norm: nn.Module = norm2) -> Tensor:
            return norm(conv2(x))

        inner = F.relu(norm1(conv1(images)))
        agree(
            output,
            _plan(images, *orders[0]),
            case,
            {
                "the input of the block is not added.": F.relu(residual(inner)),
                "the input of the block is not added, and the last ReLU is missing.": residual(inner),
                "the ReLU stands before the sum. It comes after it, so that the block can also take away.": (
                    images + F.relu(residual(inner))
                ),
                "one ReLU too many: none stands between the second batch norm and the sum.": F.relu(
                    images + F.relu(residual(inner))
                ),
                "the ReLU after the sum is missing.": images + residual(inner),
                "what you add is not the input of the block, but what the first convolution made of it. Has `x` been "
                "written over?": F.relu(inner + residual(inner)),
                "what you add is not the input of the block, but what the first convolution made of it. Has `x` been "
                "written over? And the ReLU comes after the sum.": inner + F.relu(residual(inner)),
                "the ReLU after the first batch norm is missing.": F.relu(images + residual(norm1(conv1(images)))),
                "the first batch norm is used twice, the second never.": F.relu(images + residual(inner, norm1)),
                "the second batch norm is used twice, the first never.": F.relu(
                    images + residual(F.relu(norm2(conv1(images))))
                ),
                "the first convolution is used twice, the second never.": F.relu(images + norm2(conv1(inner))),
                "the second convolution is used twice, the first never.": F.relu(
                    images + residual(F.relu(norm1(conv2(images))))
                ),
                "the first batch norm is made but not used.": F.relu(images + residual(F.relu(conv1(images)))),
                "the second batch norm is made but not used.": F.relu(images + conv2(inner)),
                "the second batch norm stands after the sum. It comes before it.": F.relu(norm2(images + conv2(inner))),
                "the first ReLU stands before the batch norm. It follows it.": F.relu(
                    images + residual(norm1(F.relu(conv1(images))))
                ),
                "the input is added twice.": F.relu(2 * images + residual(inner)),
            },
        )
    if any(conv.bias is not None for conv in layers[0]):
        raise Mistake("it computes the right thing, but the convolutions have a bias. Planned are none: `bias=False`.")
    planned = 18 * channels**2 + 4 * channels
    if parameter_count(block) != planned:
        raise Mistake(
            f"it computes the right thing, but for {channels} channels it has {parameter_count(block):,} parameters. "
            f"Planned are 18·{channels}² + 4·{channels} = {planned:,}."
        )


def _difference(first: Tensor, second: Tensor) -> Tensor:
    return second.double() - first.double()


def _gain(first: Tensor, second: Tensor) -> float:
    return _difference(first, second).mean().item()


def _spread(first: Tensor, second: Tensor, correction: int = 0) -> float:
    return _difference(first, second).std(correction=correction).item()


def _scatter(first: Tensor, second: Tensor) -> float:
    return _spread(first, second) / len(first) ** 0.5


def _alone(right: Tensor) -> float:
    """The scatter of one network's share, squared."""
    share = right.double().mean().item()
    return share * (1 - share) / len(right)


def _another_gain(wrong: Callable) -> Callable:
    return lambda first, second: (wrong(first, second), _scatter(first, second))


def _another_scatter(wrong: Callable) -> Callable:
    return lambda first, second: (_gain(first, second), wrong(first, second))


def _networks(random: Random) -> Iterator[tuple]:
    for better in (0.1, 0.4, -0.3, 0.7):
        images = random.integer(150, 300)
        easy = random.normal(images)
        yield tuple(easy + plus + 0.5 * random.normal(images) > -0.8 for plus in (0, better))


OTHER_IMAGES = (
    "for two networks shown different images. Take the standard deviation of the differences, image by image."
)
SINGLE = "that is how far single differences scatter. Their mean scatters less: divide by √N."

paired_gain = Task(
    "paired_gain",
    right=_another_gain(_gain),
    cases=_networks,
    case=lambda first, second: f"on {len(first)} images",
    kind=float,
    returns="gain, scatter",
    parts=("the gain", "the scatter"),
    mistakes=(
        (
            "the gain has the wrong sign: it is the second share minus the first.",
            _another_gain(lambda a, b: _gain(b, a)),
        ),
        ("shares are asked for, not percent.", _another_gain(lambda a, b: 100 * _gain(a, b))),
        (
            "that is a number of images. Divide by how many there are.",
            _another_gain(lambda a, b: _difference(a, b).sum().item()),
        ),
        (
            "the gain is a difference, not its size: if the second is worse, it is negative.",
            _another_gain(lambda a, b: abs(_gain(a, b))),
        ),
        (
            "`^` asks only whether the two differ, and makes 1 of −1. Make numbers of the booleans first, with "
            "`.float()`, and subtract.",
            _another_gain(lambda a, b: (a ^ b).double().mean().item()),
        ),
        (
            "the images on which the two agree count as well: their d is 0, and N counts them.",
            _another_gain(lambda a, b: _gain(a[a != b], b[a != b])),
        ),
        (
            "you divided by the share of the first. The gain is a plain difference.",
            _another_gain(lambda a, b: _gain(a, b) / a.double().mean().item()),
        ),
        (
            "the two are swapped: first the gain, then the scatter.",
            lambda a, b: (_scatter(a, b), _gain(a, b)),
        ),
        (
            "that formula is for two networks shown different images. Here both saw the same: take the standard "
            "deviation of the differences, image by image.",
            _another_scatter(lambda a, b: (_alone(a) + _alone(b)) ** 0.5),
        ),
        (
            "that is the scatter of the first network's share alone.",
            _another_scatter(lambda a, b: _alone(a) ** 0.5),
        ),
        (
            "that is the scatter of the second network's share alone.",
            _another_scatter(lambda a, b: _alone(b) ** 0.5),
        ),
        (
            f"that is √2 times the scatter of the first share, {OTHER_IMAGES}",
            _another_scatter(lambda a, b: (2 * _alone(a)) ** 0.5),
        ),
        (
            f"that is √2 times the scatter of the second share, {OTHER_IMAGES}",
            _another_scatter(lambda a, b: (2 * _alone(b)) ** 0.5),
        ),
        (SINGLE, _another_scatter(_spread)),
        (
            f"{SINGLE} (And `torch.std` divides by N − 1 unless you write `correction=0`.)",
            _another_scatter(lambda a, b: _spread(a, b, correction=1)),
        ),
        (
            "you divided by N. A mean scatters with s/√N.",
            _another_scatter(lambda a, b: _spread(a, b) / len(a)),
        ),
        (
            "nearly: you divided by N − 1 inside s. `torch.std` does so unless you write `correction=0`.",
            _another_scatter(lambda a, b: _spread(a, b, correction=1) / len(a) ** 0.5),
        ),
        (
            "that is the square of the scatter. A root is missing.",
            _another_scatter(lambda a, b: _scatter(a, b) ** 2),
        ),
        (
            "a root is missing: s is the root of the mean square.",
            _another_scatter(lambda a, b: _spread(a, b) ** 2 / len(a) ** 0.5),
        ),
        ("shares are asked for, not percent.", _another_scatter(lambda a, b: 100 * _scatter(a, b))),
        (
            "the mean of d² is not enough: subtract the mean difference from each d first.",
            _another_scatter(lambda a, b: (_difference(a, b) ** 2).mean().item() ** 0.5 / len(a) ** 0.5),
        ),
    ),
)


def _require_shape(output: object, images: Tensor, case: str) -> None:
    """Raise `Mistake` unless the block keeps the shape of its input."""
    if not isinstance(output, Tensor):
        agree(output, images, case)
    if output.shape == images.shape:
        return
    hint = ""
    if output.ndim == 4 and output.shape[2:].numel() < images.shape[2:].numel():
        hint = " A convolution cuts the rim off: look at the padding."
    if output.ndim == 4 and output.shape[1] == 2 * images.shape[1]:
        hint = " `torch.cat` stacks maps. Adding is `+`."
    raise Mistake(f"the block must keep the shape: {case} became {shape_of(output)}.{hint}")


def _plan(x: Tensor, conv1: nn.Module, conv2: nn.Module, norm1: nn.Module, norm2: nn.Module) -> Tensor:
    return F.relu(x + norm2(conv2(F.relu(norm1(conv1(x))))))
