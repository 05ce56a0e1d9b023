"""Checks of assignment 11: a hook that goes away, what a unit sees, occlusion, Grad-CAM, a counterfactual test."""

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake, Random, agree, agree_numbers, call, check, draw, shape


@check
def maps_of(answer, random: Random) -> None:
    """``answer(network, layer, images)`` is what ``layer`` returns for the images; no hook stays, errors or not."""
    network = _network(random)
    images = random.normal(3, 2, *random.two_integers(7, 10))
    with torch.no_grad():
        steps = [images]
        for layer in network:
            steps.append(layer(steps[-1]))
    for number in (2, 0, 3):  # layers after which the network goes on
        layer = network[number]
        value = call(answer, network, layer, images)
        if layer._forward_hooks:
            raise Mistake("your hook is still there after the function has returned. Remove it.")
        agree(
            value.detach() if isinstance(value, Tensor) else value,
            steps[number + 1],
            f"layer {number} of {len(network)}, images {shape(images)}",
            {
                "that is what the network returns, its logits. Keep what the layer returns.": steps[-1],
                "that is what the layer is given. A hook gets (layer, inputs, output): keep the output.": steps[
                    number
                ],
                "your function gives the images to the layer itself. Give them to the network; the hook is called "
                "on the way.": _alone(layer, images),
            },
        )
    broken = nn.Sequential(network[0], _Breaks())
    try:
        answer(broken, broken[0], images)
    except _Broken:
        pass
    else:
        raise Mistake(
            "the network raised an error, and your function hides it. Let it pass: `finally`, not `except`."
        )
    finally:
        left = len(broken[0]._forward_hooks)
        broken[0]._forward_hooks.clear()
    if left:
        raise Mistake(
            "right, but when the network raises an error, your hook stays. Remove it in a `finally`, which is reached "
            "in any case."
        )


@check
def seen_pixels(answer, random: Random) -> None:
    """``answer(layers, unit)`` is the first and last pixel a unit sees, (kernel_size, stride, padding) per layer."""
    cases, values, expected = [], [], []
    wrong: dict[str, list[int]] = {message: [] for message in _SEEN}
    for depth in (1, 2, 4):
        layers = [
            (random.integer(2, 5), stride, random.integer(1, 2))
            for stride in ([2], [1, 3], [1, 2, 1, 2])[(1, 2, 4).index(depth)]
        ]
        for unit in (0, random.integer(2, 6)):
            result = call(answer, layers, unit)
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                raise Mistake("your function must return two numbers: `return first, last`.")
            cases += [f"the {end} pixel of unit {unit} after layers {layers}" for end in ("first", "last")]
            values += result
            expected += _seen(layers, unit)
            for message, variant in _SEEN.items():
                wrong[message] += variant(layers, unit)
    agree_numbers(values, expected, cases, wrong)


@check
def occlusion(answer, random: Random) -> None:
    """``answer(network, image, target, size, stride)`` is how far the target's probability falls, (rows, columns)."""
    network = _network(random)
    height, width = random.two_integers(8, 12)
    image, target, size, stride = random.normal(2, height, width), random.integer(0, 2), 3, 2
    value = call(answer, network, image, target, size, stride)

    def look(images: Tensor) -> Tensor:
        with torch.no_grad():
            return network(images)

    whole = look(image[None]).softmax(1)[0, target]
    places = [range(0, side - size + 1, stride) for side in (height, width)]
    covered, piled, pixels = [], image.clone(), []
    for top in places[0]:
        for left in places[1]:
            one = image.clone()
            one[:, top : top + size, left : left + size] = 0
            piled[:, top : top + size, left : left + size] = 0
            covered.append(one)
            pixels.append(piled.clone())
    rows, columns = map(len, places)
    logits = look(torch.stack(covered))[:, target].reshape(rows, columns)
    after = look(torch.stack(covered)).softmax(1)[:, target].reshape(rows, columns)
    piled = look(torch.stack(pixels)).softmax(1)[:, target].reshape(rows, columns)
    agree(
        value.detach() if isinstance(value, Tensor) else value,
        whole - after,
        f"an image of {shape(image)}, a square of {size}, stride {stride}",
        {
            "that is the probability with the square there. How far has it fallen?": after,
            "the sign is the other way round: a fall counts as positive.": after - whole,
            "squares of earlier places are still on the image. Begin each time with a fresh copy: `image.clone()`.": (
                whole - piled
            ),
            "those are falls of the logit. Take softmax first.": look(image[None])[0, target] - logits,
            "rows and columns are swapped.": (whole - after).T,
        },
    )


@check
def grad_cam(answer, random: Random) -> None:
    """``answer(network, layer, images, classes)`` is ReLU(Σ α A) with the layer's maps A, (N, h, w); no hook stays."""
    network = _network(random)
    images = random.normal(4, 2, *random.two_integers(9, 12))
    classes = torch.tensor([2, 0, 1, 2])
    value = call(answer, network, network[3], images, classes)
    if network[3]._forward_hooks:
        raise Mistake("your hook is still there after the function has returned. Remove it.")
    maps = network[:4](images).detach().requires_grad_()
    logits = network[4:](maps)
    chosen = logits[range(4), classes]

    def gradient(score: Tensor) -> Tensor:
        return torch.autograd.grad(score, maps, retain_graph=True)[0]

    def added(weights: Tensor) -> Tensor:
        return (weights * maps).sum(dim=1).detach()

    slopes = gradient(chosen.sum())
    alpha = slopes.mean(dim=(2, 3), keepdim=True)
    all_classes = gradient(logits.sum()).mean(dim=(2, 3), keepdim=True)
    probability = gradient(logits.softmax(1)[range(4), classes].sum()).mean(dim=(2, 3), keepdim=True)
    places = maps.shape[2] * maps.shape[3]
    agree(
        value.detach() if isinstance(value, Tensor) else value,
        added(alpha).relu(),
        f"images {shape(images)}, maps {shape(maps)}",
        {
            "right up to the last step: the ReLU is missing.": added(alpha),
            "the size of the negative numbers is kept. What speaks against the class becomes 0: ReLU.": added(
                alpha
            ).abs(),
            "the ReLU comes too early: add up the weighted maps first.": (alpha * maps)
            .relu()
            .sum(dim=1)
            .detach(),
            "α is the mean of the gradient over places; you took the sum.": added(places * alpha).relu(),
            "each place has its own weight. A map has one weight: the mean of its gradient over places.": added(
                slopes
            ).relu(),
            "you took the gradient of all logits. Only that of the class asked for counts.": added(
                all_classes
            ).relu(),
            "you took the gradient of the probability. Grad-CAM takes the logit, before softmax.": added(
                probability
            ).relu(),
            "the maps are weighted and averaged over channels. They are added up.": added(alpha).relu()
            / maps.shape[1],
        },
    )


@check
def changed_answers(answer, random: Random) -> None:
    """``answer(network, images, paint)`` is the share of images whose answer changes when they are painted on."""
    network = _network(random)
    images = random.normal(25, 2, 8, 8)

    def paint(some: Tensor) -> Tensor:
        painted = some.clone()
        painted[:, :, 5:, 5:] = 4 * colour.view(2, 1, 1)
        return painted

    for _ in range(200):  # until the mark changes some of the answers, and not all in one direction
        colour = random.normal(2)
        with torch.no_grad():
            before, after = network(images).argmax(1), network(paint(images)).argmax(1)
        share = (before != after).double().mean().item()
        counts = [torch.bincount(answers, minlength=3) for answers in (before, after)]
        more = (counts[0] - counts[1]).abs().max().item() / 25
        if 0.1 < share < 0.45 and more < share:
            break
    value = call(answer, network, images, paint)
    agree_numbers(
        [value],
        [share],
        ["25 images"],
        {
            "that is the share of answers that stay. Count those that change.": [1 - share],
            "that is how many change. Divide by the number of images.": [share * 25],
            "every answer seems to stay: is the painted image what the network sees the second time?": [0.0],
            "every logit changes a little. The answer is the largest of them: compare the argmax.": [1.0],
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
        draw(layer, random)
    return network.eval().requires_grad_(True)


def _alone(layer: nn.Module, images: Tensor) -> Tensor:
    """What a layer makes of the images themselves, or nothing where it cannot take them."""
    try:
        with torch.no_grad():
            return layer(images)
    except RuntimeError:
        return torch.empty(0)


def _seen(
    layers: list, unit: int, *, pad: bool = True, jump_first: bool = False, plain: bool = False
) -> list[int]:
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
    return [first + unit * step, last + unit * step]


_SEEN = {
    "padding is left out: each layer moves everything by padding cells to the left.": (
        lambda layers, unit: _seen(layers, unit, pad=False)
    ),
    "the step grows too early: a layer's own stride counts for the layers after it.": (
        lambda layers, unit: _seen(layers, unit, jump_first=True)
    ),
    "unit 1 does not begin one pixel after unit 0, but the product of all strides after it.": (
        lambda layers, unit: _seen(layers, unit, plain=True)
    ),
    "the last pixel is one too far: a window of k cells ends k − 1 cells after it begins.": (
        lambda layers, unit: [_seen(layers, unit)[0], _seen(layers, unit)[1] + 1]
    ),
    "that is the first pixel and how many there are. The last one is asked for.": (
        lambda layers, unit: [_seen(layers, unit)[0], _seen(layers, 0)[1] - _seen(layers, 0)[0] + 1]
    ),
}
