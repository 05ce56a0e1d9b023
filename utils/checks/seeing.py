"""Checks of assignment 11: a hook that goes away, what a unit sees, occlusion, Grad-CAM, a counterfactual test."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, agree_numbers, nearly_equal
from utils.checks.inputs import Random, randomise
from utils.checks.task import Task
from utils.checks.wording import shape_of


@check
def maps_of(answer, random: Random) -> None:
    """``answer(network, layer, images)`` is what ``layer`` returns for the images; no hook stays, errors or not."""
    network = _network(random)
    images = random.normal(3, 2, *random.two_integers(7, 10))
    with torch.no_grad():
        steps = [images]
        for layer in network:
            steps.append(layer(steps[-1]))
    runs: list[tuple[Tensor, Tensor]] = []  # what the whole network read and returned
    network.register_forward_hook(lambda _, read, returned: runs.append((read[0], returned)))
    for layer in network:
        layer.register_forward_hook(lambda *_: None)  # somebody else's, which must survive
    others = _hooks(network)
    replaces = "What a hook returns replaces the layer's output: let it return nothing."
    for number in (2, 0, 3):  # layers after which the network goes on
        layer = network[number]
        runs.clear()
        try:
            value = ask(answer, network, layer, images)
        except Mistake as mistake:
            hint = f" ({replaces})" if "must be Tensor, not" in str(mistake) else ""
            raise Mistake(f"{mistake}{hint}") from None
        if not runs:
            raise Mistake("the images did not pass the whole network. Call `network(images)`.")
        if _hooks(network) > others:
            raise Mistake("your hook is still there after the function has returned. Remove it.")
        if _hooks(network) < others:
            raise Mistake("your function also removes hooks of others. Remove your own: `handle.remove()`.")
        agree(
            value.detach() if isinstance(value, Tensor) else value,
            steps[number + 1],
            f"layer {number} of {len(network)}, images {shape_of(images)}",
            {
                "that is what the network returns, its logits. Keep what the layer returns.": steps[-1],
                "that is what the layer is given. A hook gets (layer, inputs, output): keep the output.": steps[number],
            },
        )
        if not all(nearly_equal(returned, network.forward(read)) for read, returned in runs):
            raise Mistake(f"what you return is right, but your hook changes the network. {replaces}")
    broken = nn.Sequential(network[0], _Breaks())
    others = _hooks(broken)
    try:
        answer(broken, broken[0], images)
    except _Broken:
        pass
    except Exception:
        raise Mistake(
            "another error than the network's reached the caller. Use `finally`, or a bare `raise`."
        ) from None
    else:
        raise Mistake(
            "the network raised an error, and your function hides it. Let it pass: `finally`, not `except`, and no "
            "`return` inside the `finally`."
        )
    if _hooks(broken) > others:
        raise Mistake(
            "right, but when the network raises an error, your hook stays. Remove it in a `finally`, which is reached "
            "in any case."
        )


def _seen(
    layers: list, unit: int, *, pad: bool = True, jump_first: bool = False, plain: bool = False
) -> tuple[int, int]:
    """First and last pixel, walking from the first layer to the last; the flags make the known mistakes."""
    first, last, jump = 0, 0, 1
    for kernel_size, stride, padding in layers:
        if jump_first:
            jump *= stride
        first -= padding * jump if pad else 0
        last += (kernel_size - 1 - (padding if pad else 0)) * jump
        if not jump_first:
            jump *= stride
    step = 1 if plain else jump
    return first + unit * step, last + unit * step


def _back(layers: list, unit: int, *, less: int = 1, from_first: bool = False) -> tuple[int, int]:
    """First and last pixel, walking from the last layer to the first if ``layers`` come so; flags as in `_seen`."""
    first = last = unit
    for kernel_size, stride, padding in layers:
        first = first * stride - padding
        last = (first if from_first else last * stride - padding) + kernel_size - less
    return first, last


def _strided(random: Random) -> Iterator[tuple]:
    for strides in ([2], [1, 3], [1, 2, 1, 2]):
        kernel_sizes = [random.integer(2, 5) for _ in strides]
        paddings = [random.integer(1, kernel_size // 2) for kernel_size in kernel_sizes]
        layers = list(zip(kernel_sizes, strides, paddings, strict=True))
        for unit in (0, random.integer(2, 6)):
            yield layers, unit


seen_pixels = Task(
    "seen_pixels",
    right=_seen,
    cases=_strided,
    case=lambda layers, unit: f"of unit {unit} after layers {layers}",
    kind=int,
    returns="first, last",
    parts=("the first pixel", "the last pixel"),
    mistakes=(
        (
            "you go from the first layer to the last, but the unit is one of the last layer. Go back: "
            "`reversed(layers)`.",
            lambda layers, unit: _back(layers, unit),
        ),
        (
            "in each layer the last cell is one too far: a window of k cells ends k − 1 cells after it begins.",
            lambda layers, unit: _back(layers[::-1], unit, less=0),
        ),
        (
            "in each layer `last` is computed from the new `first`. It goes back from the old `last`.",
            lambda layers, unit: _back(layers[::-1], unit, from_first=True),
        ),
        (
            "padding is left out: each layer moves everything by padding cells to the left.",
            lambda layers, unit: _seen(layers, unit, pad=False),
        ),
        (
            "the step grows too early: a layer's own stride counts for the layers after it.",
            lambda layers, unit: _seen(layers, unit, jump_first=True),
        ),
        (
            "unit 1 does not begin one pixel after unit 0, but the product of all strides after it.",
            lambda layers, unit: _seen(layers, unit, plain=True),
        ),
        (
            "the last pixel is one too far: a window of k cells ends k − 1 cells after it begins.",
            lambda layers, unit: (_seen(layers, unit)[0], _seen(layers, unit)[1] + 1),
        ),
        (
            "that is the first pixel and how many there are. The last one is asked for.",
            lambda layers, unit: (_seen(layers, unit)[0], _seen(layers, 0)[1] - _seen(layers, 0)[0] + 1),
        ),
    ),
)


@check
def occlusion(answer, random: Random) -> None:
    """``answer(network, image, target, size, stride)`` is how far the target's probability falls, (rows, columns)."""
    network = _network(random)
    target, size, stride = random.integer(0, 2), 3, 2
    rows, columns = random.two_integers(2, 5)
    rest = random.integer(0, 1)  # one way the last square ends at the edge, the other way a pixel before
    height, width = size + stride * (rows - 1) + rest, size + stride * (columns - 1) + 1 - rest
    image = random.normal(2, height, width)
    value = ask(answer, network, image, target, size, stride)

    def probability(logits: Tensor) -> Tensor:
        return logits.softmax(1)

    def falls(*, score=probability, side=size, channels=(slice(None),), fresh=True) -> Tensor:
        """The right answer, (rows, columns); the options make the known mistakes."""
        covered = [image.clone()]
        for top in range(0, stride * rows, stride):
            for left in range(0, stride * columns, stride):
                one = (image if fresh else covered[-1]).clone()
                one[*channels, top : top + side, left : left + side] = 0
                covered.append(one)
        with torch.no_grad():
            scores = score(network(torch.stack(covered)))[:, target]
        return (scores[0] - scores[1:]).reshape(rows, columns)

    with torch.no_grad():
        whole = probability(network(image[None]))[0, target]
    right = falls()
    agree(
        value.detach() if isinstance(value, Tensor) else value,
        right,
        f"an image of {shape_of(image)}, a square of {size}, stride {stride}",
        {
            "that is the probability with the square there. How far has it fallen?": whole - right,
            "the sign is the other way round: a fall counts as positive.": -right,
            "squares of earlier places are still on the image. Begin each time with a fresh copy: `image.clone()`.": (
                falls(fresh=False)
            ),
            "those are falls of the logit. Take softmax first.": falls(score=lambda logits: logits),
            "rows and columns are swapped.": right.T,
            "your squares have no axis for the channels: `covered[:, i : i + size, j : j + size]`.": falls(channels=()),
            "your squares are `stride` pixels wide. They are `size` pixels wide.": falls(side=stride),
        },
    )


@check
def grad_cam(answer, random: Random) -> None:
    """``answer(network, layer, images, classes)`` is ReLU(Σ α A) with the layer's maps A, (N, h, w); no hook stays."""
    network = _network(random)
    images = random.normal(3, 2, *random.two_integers(9, 12))
    maps = network[:4](images).detach().requires_grad_()
    logits = network[4:](maps)
    other = (logits[0].argmax().item() + 1) % 3  # not the first image's largest logit
    classes = torch.tensor([other, (other + 1) % 3, other])
    value = ask(answer, network, network[3], images, classes)
    if _hooks(network):
        raise Mistake("your hook is still there after the function has returned. Remove it.")

    def gradient(score: Tensor) -> Tensor:
        return torch.autograd.grad(score, maps, retain_graph=True)[0]

    def added(weights: Tensor) -> Tensor:
        return (weights * maps).sum(dim=1).detach()

    def cam(score: Tensor) -> Tensor:
        return added(gradient(score).mean(dim=(2, 3), keepdim=True)).relu()

    chosen = logits[range(3), classes]
    slopes = gradient(chosen.sum())
    alpha = slopes.mean(dim=(2, 3), keepdim=True)
    places = maps.shape[2] * maps.shape[3]
    agree(
        value.detach() if isinstance(value, Tensor) else value,
        cam(chosen.sum()),
        f"images {shape_of(images)}, maps {shape_of(maps)}",
        {
            "right up to the last step: the ReLU is missing.": added(alpha),
            "the size of the negative numbers is kept. What speaks against the class becomes 0: ReLU.": added(
                alpha
            ).abs(),
            "the ReLU comes too early: add up the weighted maps first.": (alpha * maps).relu().sum(dim=1).detach(),
            "α is the mean of the gradient over places; you took the sum.": added(places * alpha).relu(),
            "each place has its own weight. A map has one weight: the mean of its gradient over places.": added(
                slopes
            ).relu(),
            "you took the gradient of all logits. Only that of the class asked for counts.": cam(logits.sum()),
            "`logits[:, classes]` is all classes asked for, for each image. Each image has one: "
            "`logits[range(len(images)), classes]`.": cam(logits[:, classes].sum()),
            "you took the largest logit, not that of `classes`.": cam(logits.max(dim=1).values.sum()),
            "you took the mean of the images' logits, which divides each gradient by their number. Add them up.": cam(
                chosen.mean()
            ),
            "you took the gradient of the probability. Grad-CAM takes the logit, before softmax.": cam(
                logits.softmax(1)[range(3), classes].sum()
            ),
            "the maps are weighted and averaged over channels. They are added up.": added(alpha).relu() / maps.shape[1],
        },
    )


@check
def changed_answers(answer, random: Random) -> None:
    """``answer(network, images, paint)`` is the share of images whose answer changes when they are painted on."""
    images = random.normal(25, 2, 8, 8)

    def paint(some: Tensor) -> Tensor:
        painted = some.clone()
        painted[:, :, 5:, 5:] = 4 * colour.view(2, 1, 1)
        return painted

    for _ in range(200):  # until some answers change, not all one way, and the largest of all logits moves
        network, colour = _network(random), random.normal(2)
        with torch.no_grad():
            plain, marked = network(images), network(paint(images))
        before, after = plain.argmax(1), marked.argmax(1)
        share = (before != after).double().mean().item()
        counts = [torch.bincount(answers, minlength=3) for answers in (before, after)]
        more = (counts[0] - counts[1]).abs().max().item() / 25
        if 0.1 < share < 0.45 and more < share and plain.argmax() != marked.argmax():
            break
    value = ask(answer, network, images, paint)
    if type(value) is int:
        value = float(value)  # a count, which has its own words below
    agree_numbers(
        [value],
        [share],
        ["25 images"],
        {
            "that is the share of answers that stay. Count those that change.": [1 - share],
            "that is how many change. Divide by the number of images.": [share * 25],
            "that is a percentage. A share goes from 0 to 1.": [share * 100],
            "every answer seems to stay: is the painted image what the network sees the second time?": [0.0],
            "every answer seems to change. Compare one class for each image: `argmax(dim=1)`.": [1.0],
            "that is how much more often a class is the answer. Answers change both ways: compare image by image.": [
                more
            ],
        },
        kind=float,
    )


class _Broken(Exception):
    pass


class _Breaks(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        raise _Broken("this network breaks on purpose")


def _network(random: Random) -> nn.Sequential:
    """(N, 2, H, W) -> logits (N, 3), weights from ``random``, in evaluation mode; its first four layers make maps."""
    network = nn.Sequential(
        nn.Conv2d(2, 5, 3),
        nn.ReLU(),
        nn.Conv2d(5, 4, 3),
        nn.Tanh(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
    for layer in (network[0], network[2], network[6]):
        randomise(layer, random)
    return network.eval().requires_grad_(True)


def _hooks(network: nn.Module) -> int:
    """How many hooks there are on a network and its layers."""
    return sum(
        len(module._forward_hooks) + len(module._forward_pre_hooks) + len(module._backward_hooks)
        for module in network.modules()
    )
