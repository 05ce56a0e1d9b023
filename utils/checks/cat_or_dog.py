"""Checks of assignment 05: two classes of ten, parameter counts, a loss of two looks, a repair, a fair comparison."""

from itertools import permutations, product

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
    shape,
    words,
)


@check
def two_classes(answer, random: Random) -> None:
    """``answer(images, labels, first, second)`` keeps two classes, in their order, under the labels 0 and 1."""
    for first, second in [(3, 5), (7, 2), (1, 0)]:
        number = random.integer(30, 40)
        labels = random.integers(0, 9, number)
        labels[:4] = torch.tensor([second, first, first, second])
        images = random.integers(0, 255, number, 3, *random.two_integers(3, 6)).to(torch.uint8)
        result = call(answer, images, labels, first, second)
        if not is_tuple_of(2, result):
            raise Mistake("your function must return two tensors: `return images, labels`.")
        is_first, is_second = labels == first, labels == second
        mask = is_first | is_second
        renamed = is_second[mask].long()
        case = f"(classes {first} and {second}, {number} images)"
        overwritten = (
            "Did you write over the old labels, in two steps? The second step also meets what the first has just "
            "written. Ask the old labels, once."
        )
        if {first, second} != {0, 1}:  # then no new label can be taken for an old one
            overwritten = "Do you ask for `second`, and not for a number?"
        agree(
            result[0],
            images[mask],
            f"the images {case}",
            {
                "first come all images of one class, then those of the other. Keep the order they come in: join "
                "the two masks with `|`.": torch.cat([images[is_first], images[is_second]]),
                "no label is both: join the two masks with `|`, not with `&`.": images[is_first & is_second],
                "these are the images to leave out. Keep those where the mask is True.": images[~mask],
                "all images are still there. A mask picks some: `images[mask]`.": images,
                "only the first class is kept. Keep both.": images[is_first],
                "only the second class is kept. Keep both.": images[is_second],
                "these are cats and dogs, 3 and 5. Ask for `first` and `second`.": (
                    images[(labels == 3) | (labels == 5)]
                ),
                "first come the images, then the labels: `return images, labels`.": renamed,
            },
        )
        agree(
            result[1],
            renamed,
            f"the labels {case}",
            {
                "the labels are still the old numbers. Make 0 and 1 of them.": labels[mask],
                f"the two are swapped: {first} becomes 0 and {second} becomes 1, whichever is larger.": (
                    1 - renamed
                ),
                f"all new labels are 1. {overwritten}": torch.ones_like(renamed),
                f"all new labels are 0. {overwritten}": torch.zeros_like(renamed),
                "there is a label for every image. Keep those of the images that stay: `labels[mask]`.": is_second,
            },
        )
        if result[1].dtype != torch.int64:
            raise Mistake(
                f"the labels are right, but of type {result[1].dtype}; cross-entropy wants torch.int64: `.long()`."
            )


@check
def counts(answer, random: Random) -> None:
    """``answer(channels, height, width, classes)`` is the parameters of the two networks of lecture 05."""
    cases = [(3, 32, 32, 2), (1, 40, 24, 10)]
    cases += [
        (random.integer(2, 6), *(8 * n for n in random.two_integers(2, 30)), random.integer(2, 9))
        for _ in range(4)
    ]
    answers = [call(answer, *case) for case in cases]
    if not all(is_tuple_of(2, pair) for pair in answers):
        raise Mistake("your function must return two numbers: `return fully_connected, convolutional`.")
    names = [f"images {c}×{h}×{w} and {k} classes" for c, h, w, k in cases]
    flat = [512 * c * h * w for c, h, w, _ in cases]
    classes = [k for *_, k in cases]
    convolutions = [9 * c * 32 + 9 * 32 * 64 + 9 * 64 * 128 for c, *_ in cases]
    convolutional_right = [n + 32 + 64 + 128 + 129 * k for n, k in zip(convolutions, classes, strict=True)]
    agree_numbers(
        [fully_connected for fully_connected, _ in answers],
        [n + 512 + 513 * k for n, k in zip(flat, classes, strict=True)],
        [f"the fully connected network, {name}," for name in names],
        {
            "the fully connected network: biases are missing, one for each hidden unit and each output.": [
                n + 512 * k for n, k in zip(flat, classes, strict=True)
            ],
            "the fully connected network: the biases of the hidden units are missing.": [
                n + 513 * k for n, k in zip(flat, classes, strict=True)
            ],
            "the fully connected network: the biases of the outputs are missing.": [
                n + 512 + 512 * k for n, k in zip(flat, classes, strict=True)
            ],
            "your first number is that of the convolutional network. The fully connected one comes first.": (
                convolutional_right
            ),
            "the fully connected network: that is its first layer. A second one makes the outputs.": [
                n + 512 for n in flat
            ],
            "the fully connected network: the channels are missing. Flattening keeps all C·H·W numbers.": [
                512 * h * w + 512 + 513 * k for _, h, w, k in cases
            ],
            "the fully connected network: you took the height for the width. Images need not be square.": [
                512 * c * h * h + 512 + 513 * k for c, h, _, k in cases
            ],
            "the fully connected network: you took the width for the height. Images need not be square.": [
                512 * c * w * w + 512 + 513 * k for c, _, w, k in cases
            ],
        },
    )
    agree_numbers(
        [convolutional for _, convolutional in answers],
        convolutional_right,
        [f"the convolutional network, {name}," for name in names],
        {
            "the convolutional network: biases are missing, one for each output channel and each class.": [
                n + 128 * k for n, k in zip(convolutions, classes, strict=True)
            ],
            "the convolutional network: the biases of the convolutions are missing, one for each output channel.": [
                n + 129 * k for n, k in zip(convolutions, classes, strict=True)
            ],
            "the convolutional network: the biases of the linear layer are missing, one for each class.": [
                n + 32 + 64 + 128 + 128 * k for n, k in zip(convolutions, classes, strict=True)
            ],
            "the convolutional network: the second convolution reads the 32 maps of the first, the third the 64 of the "
            "second. Only the first reads the image.": [
                9 * c * (32 + 64 + 128) + 32 + 64 + 128 + 129 * k for c, _, _, k in cases
            ],
            "the convolutional network: batch norm is one of the improvements, and comes without them.": [
                n + 3 * (32 + 64 + 128) + 129 * k for n, k in zip(convolutions, classes, strict=True)
            ],
            "the convolutional network: the linear layer at the end is missing.": [
                n + 32 + 64 + 128 for n in convolutions
            ],
            "the convolutional network: its last layer does not get the flattened maps. Of each of the 128 maps one "
            "number is left, the largest.": [
                n + 32 + 64 + 128 + (128 * (h // 8) * (w // 8) + 1) * k
                for n, (_, h, w, k) in zip(convolutions, cases, strict=True)
            ],
            "the convolutional network: a kernel of 3×3 has 9 weights for each pair of channels, not 3.": [
                n // 3 + 32 + 64 + 128 + 129 * k for n, k in zip(convolutions, classes, strict=True)
            ],
            "the convolutional network: each output channel has a 3×3 kernel for every input channel.": [
                10 * (32 + 64 + 128) + 129 * k for k in classes
            ],
        },
    )


@check
def two_looks(answer, random: Random) -> None:
    """``answer(first, second)`` is log of the averaged softmax of two logits; (N, K), (N, K) → (N, K)."""
    for scale, dtype in [(1, torch.float32), (3, torch.float64), (1000, torch.float32)]:
        images, classes = random.two_integers(4, 9)
        first, second = (scale * random.normal(images, classes, dtype=dtype) for _ in range(2))
        value = call(answer, first, second)
        case = f"{images} images and {classes} classes"
        if scale == 1000:
            case += ", with logits in the thousands,"
        if scale == 1000 and isinstance(value, Tensor) and value.isnan().any():
            raise Mistake(
                "right for small logits, but for large ones nan: exp(1000) is inf, exp(-1000) is 0, and neither inf/inf"
                " nor ln 0 has a value. Take the largest logit of each image out first: softmax stays the same."
            )
        if scale == 1000 and isinstance(value, Tensor) and value.isinf().any():
            raise Mistake(
                "right for small logits, but for large ones a probability rounds to 0 and its logarithm is -inf. Stay "
                "with logarithms all the way, and take the larger of two out before `exp`."
            )
        a, b = first.log_softmax(1), second.log_softmax(1)
        half = torch.tensor(2.0).log()
        right = torch.logaddexp(a, b) - half
        largest_first, largest_second = (x.amax(1, keepdim=True) for x in (first, second))
        bounded = {}
        if scale == 1000 and isinstance(value, Tensor) and value.numel():
            bounded[
                "right for small logits, but for large ones one least number stands in many places. Did you add "
                "a small number before `log`, or set a bound? Stay with logarithms all the way."
            ] = right.clamp(min=value.min().item())
        agree(
            value,
            right,
            case,
            {
                "you averaged the logits. Average the probabilities.": ((first + second) / 2).log_softmax(1),
                "you averaged the logarithms. Average the probabilities, then take the logarithm.": (a + b)
                / 2,
                "the ½ is missing: these are sums of two probabilities, not their averages.": right + half,
                "the logarithm is missing: these are probabilities.": right.exp(),
                "softmax runs over the images. Each image has its own, over its classes: use dim=1.": (
                    torch.logaddexp(first.log_softmax(0), second.log_softmax(0)) - half
                ),
                "one sum runs over all images and classes. Each image has its own: use dim=1.": (
                    torch.logaddexp(
                        first.flatten().log_softmax(0).view_as(first),
                        second.flatten().log_softmax(0).view_as(second),
                    )
                    - half
                ),
                "the ½ stands inside the logarithm: log(½ · …) is log(…) − log 2.": (right + half) / 2,
                "the logarithm of a sum is not the sum of the logarithms.": a + b - half,
                "m is missing: log(eᵃ + eᵇ) = m + log(eᵃ⁻ᵐ + eᵇ⁻ᵐ).": right - torch.maximum(a, b),
                "the largest logit was taken out of the sum and not put back: log Σ eˣ = m + log Σ eˣ⁻ᵐ.": (
                    torch.logaddexp(a + largest_first, b + largest_second) - half
                ),
                "that is the first look only.": a,
                "that is the second look only.": b,
                "a minus too many: logarithms of probabilities are negative.": -right,
                "softmax is missing: exponentials are no probabilities until they are divided by their sum.": (
                    torch.logaddexp(first, second) - half
                ),
                "the natural logarithm is meant, not the one of base 2.": right / half,
            }
            | bounded,
        )


@check
def residual_block(answer, random: Random) -> None:
    """``answer(channels)`` is ReLU(x + norm(conv(ReLU(norm(conv(x)))))), 18 C² + 4 C parameters."""
    channels = random.integer(3, 6)
    block = call(answer, channels)
    if not isinstance(block, nn.Module):
        raise Mistake("this must be a class of networks: `class ResidualBlock(nn.Module):`.")
    images = random.normal(4, channels, *random.two_integers(5, 9))
    case = f"maps {shape(images)}"
    _require_shape(call(block, images), images, case)
    for kind, name in ((nn.Conv2d, "convolutions"), (nn.BatchNorm2d, "batch norms")):
        if has(block, kind) != 2:
            raise Mistake(
                f"planned are two {name}, and your block has {has(block, kind)}. Each step with parameters is a layer "
                f"of its own: what it learns for one place is wrong for the other."
            )
    layers = [
        [layer for layer in block.modules() if isinstance(layer, kind)]
        for kind in (nn.Conv2d, nn.BatchNorm2d)
    ]
    if any(conv.weight.shape != (channels, channels, 3, 3) for conv in layers[0]):
        raise Mistake(
            f"planned are two convolutions of 3×3 from {channels} to {channels} maps. Yours: {words(layers[0])}."
        )
    with torch.no_grad():  # new batch norms do next to nothing: give them something to do
        for parameter in (parameter for norm in layers[1] for parameter in norm.parameters()):
            parameter.copy_(random.normal(*parameter.shape))
    output = call(block, images)
    orders = [(*convs, *norms) for convs, norms in product(*map(permutations, layers))]
    if not any(close(output, _plan(images, *order)) for order in orders):
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
                "the ReLU after the first batch norm is missing.": F.relu(
                    images + residual(norm1(conv1(images)))
                ),
                "the first batch norm is used twice, the second never.": F.relu(
                    images + residual(inner, norm1)
                ),
                "the second batch norm is used twice, the first never.": F.relu(
                    images + residual(F.relu(norm2(conv1(images))))
                ),
                "the first convolution is used twice, the second never.": F.relu(
                    images + norm2(conv1(inner))
                ),
                "the second convolution is used twice, the first never.": F.relu(
                    images + residual(F.relu(norm1(conv2(images))))
                ),
                "the first batch norm is made but not used.": F.relu(
                    images + residual(F.relu(conv1(images)))
                ),
                "the second batch norm is made but not used.": F.relu(images + conv2(inner)),
                "the second batch norm stands after the sum. It comes before it.": F.relu(
                    norm2(images + conv2(inner))
                ),
                "the first ReLU stands before the batch norm. It follows it.": F.relu(
                    images + residual(norm1(F.relu(conv1(images))))
                ),
                "the input is added twice.": F.relu(2 * images + residual(inner)),
            },
        )
    if any(conv.bias is not None for conv in layers[0]):
        raise Mistake(
            "it computes the right thing, but the convolutions have a bias. Planned are none: `bias=False`."
        )
    planned = 18 * channels**2 + 4 * channels
    if count(block) != planned:
        raise Mistake(
            f"it computes the right thing, but for {channels} channels it has {count(block):,} parameters. Planned are "
            f"18·{channels}² + 4·{channels} = {planned:,}."
        )


@check
def paired_gain(answer, random: Random) -> None:
    """``answer(first, second)`` is mean and scatter of the difference of two networks on the same images."""
    cases = []
    for better in (0.1, 0.4, -0.3, 0.7):
        images = random.integer(150, 300)
        easy = random.normal(images)
        cases.append(
            (easy + 0.5 * random.normal(images) > -0.8, easy + better + 0.5 * random.normal(images) > -0.8)
        )
    answers = [call(answer, *case) for case in cases]
    if not all(is_tuple_of(2, pair) for pair in answers):
        raise Mistake("your function must return two numbers: `return gain, scatter`.")
    names = [f"{len(first)} images" for first, _ in cases]
    differences = [second.double() - first.double() for first, second in cases]
    gains = [difference.mean().item() for difference in differences]
    spreads = [difference.std(correction=0).item() for difference in differences]
    roots = [len(difference) ** 0.5 for difference in differences]
    scatters = [spread / root for spread, root in zip(spreads, roots, strict=True)]
    agree_numbers(
        [gain for gain, _ in answers],
        gains,
        [f"the gain on {name}" for name in names],
        {
            "the gain has the wrong sign: it is the second share minus the first.": [-gain for gain in gains],
            "shares are asked for, not percent.": [100 * gain for gain in gains],
            "that is a number of images. Divide by how many there are.": [
                difference.sum().item() for difference in differences
            ],
            "the gain is a difference, not its size: if the second is worse, it is negative.": [
                abs(gain) for gain in gains
            ],
            "`^` asks only whether the two differ, and makes 1 of −1. Make numbers of the booleans first, with "
            "`.float()`, and subtract.": [difference.abs().mean().item() for difference in differences],
            "the images on which the two agree count as well: their d is 0, and N counts them.": [
                difference[difference != 0].mean().item() for difference in differences
            ],
            "you divided by the share of the first. The gain is a plain difference.": [
                gain / first.double().mean().item() for gain, (first, _) in zip(gains, cases, strict=True)
            ],
            "the two are swapped: first the gain, then the scatter.": scatters,
        },
        kind=float,
    )
    alone = [
        [(share := right.double().mean().item()) * (1 - share) / len(right) for right in case]
        for case in cases
    ]
    agree_numbers(
        [scatter for _, scatter in answers],
        scatters,
        [f"the scatter on {name}" for name in names],
        {
            "that formula is for two networks shown different images. Here both saw the same: take the standard "
            "deviation of the differences, image by image.": [sum(pair) ** 0.5 for pair in alone],
            "that is the scatter of the first network's share alone.": [pair[0] ** 0.5 for pair in alone],
            "that is the scatter of the second network's share alone.": [pair[1] ** 0.5 for pair in alone],
            "that is √2 times the scatter of the first share, for two networks shown different images. Take the "
            "standard deviation of the differences, image by image.": [
                (2 * pair[0]) ** 0.5 for pair in alone
            ],
            "that is √2 times the scatter of the second share, for two networks shown different images. Take the "
            "standard deviation of the differences, image by image.": [
                (2 * pair[1]) ** 0.5 for pair in alone
            ],
            "that is how far single differences scatter. Their mean scatters less: divide by √N.": spreads,
            "that is how far single differences scatter. Their mean scatters less: divide by √N. (And `torch.std` "
            "divides by N − 1 unless you write `correction=0`.)": [
                difference.std().item() for difference in differences
            ],
            "you divided by N. A mean scatters with s/√N.": [
                spread / root**2 for spread, root in zip(spreads, roots, strict=True)
            ],
            "nearly: you divided by N − 1 inside s. `torch.std` does so unless you write `correction=0`.": [
                difference.std().item() / root for difference, root in zip(differences, roots, strict=True)
            ],
            "that is the square of the scatter. A root is missing.": [scatter**2 for scatter in scatters],
            "a root is missing: s is the root of the mean square.": [
                spread**2 / root for spread, root in zip(spreads, roots, strict=True)
            ],
            "shares are asked for, not percent.": [100 * scatter for scatter in scatters],
            "the mean of d² is not enough: subtract the mean difference from each d first.": [
                (difference**2).mean().item() ** 0.5 / root
                for difference, root in zip(differences, roots, strict=True)
            ],
        },
        kind=float,
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
    raise Mistake(f"the block must keep the shape: {case} became {shape(output)}.{hint}")


def _plan(x: Tensor, conv1: nn.Module, conv2: nn.Module, norm1: nn.Module, norm2: nn.Module) -> Tensor:
    return F.relu(x + norm2(conv2(F.relu(norm1(conv1(x))))))
