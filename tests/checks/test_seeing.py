"""Checks of assignment 11: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch.nn import functional as F

from utils.checks import seeing as check
from utils.checks.base import Mistake

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def hooked(network, layer, images, keep=lambda inputs, output: output, remove="finally"):
    """The right way, and others by the way."""
    kept = []
    handle = layer.register_forward_hook(lambda _, inputs, output: kept.append(keep(inputs, output)))
    if remove == "finally":
        try:
            network(images)
        finally:
            handle.remove()
    elif remove == "except":
        try:
            network(images)
        except Exception:
            handle.remove()
            return None
        handle.remove()
    elif remove == "another error":
        try:
            network(images)
        except Exception as error:
            raise RuntimeError("network failed") from error
        finally:
            handle.remove()
    else:
        network(images)
        if remove == "after":
            handle.remove()
        if remove == "all":
            layer._forward_hooks.clear()
    return kept[0]


def returns_at_last(network, layer, images):
    kept = []
    handle = layer.register_forward_hook(lambda _, inputs, output: kept.append(output))
    try:
        network(images)
    finally:
        handle.remove()
        return kept[0]  # noqa: B012 (the mistake)


def replaced(network, layer, images, by):
    """With a hook that returns something."""
    kept = []

    def hook(layer, inputs, output):
        kept.append(output)
        return by(kept)

    handle = layer.register_forward_hook(hook)
    try:
        network(images)
    finally:
        handle.remove()
    return kept[0]


def asks_the_layer(network, layer, images):
    return layer(images)


def first_layers(network, layer, images):
    """Without the network: its layers one after another."""
    for each in network:
        images = each(images)
        if each is layer:
            return images


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda n, k, x: hooked(n, k, x, remove="never"), "still there after"),
        (
            lambda n, k, x: hooked(n, k, x, remove="after"),
            "when the network raises an error, your hook stays",
        ),
        (lambda n, k, x: hooked(n, k, x, remove="all"), "removes hooks of others"),
        (lambda n, k, x: hooked(n, k, x, remove="except"), "your function hides it"),
        (returns_at_last, "no `return` inside the `finally`"),
        (lambda n, k, x: hooked(n, k, x, remove="another error"), "another error than the network's"),
        (lambda n, k, x: replaced(n, k, x, lambda kept: kept[0].relu()), "your hook changes the network"),
        (lambda n, k, x: replaced(n, k, x, lambda kept: kept), "not list"),
        (lambda n, k, x: replaced(n, k, x, lambda kept: kept), "(What a hook returns replaces the layer's"),
        (first_layers, "did not pass the whole network"),
        (lambda n, k, x: hooked(n, k, x, keep=lambda inputs, output: inputs[0]), "what the layer is given"),
        (lambda n, k, x: n(x), "its logits"),
        (asks_the_layer, "your code raised RuntimeError"),
        (asks_the_layer, "called with a network, a layer, a tensor"),
        (lambda n, k, x: hooked(n, k, x) and None, "your code raised"),
        (lambda n, k, x: (hooked(n, k, x), None)[1], "returned None (is there a `return`?)"),
    ],
)
def test_wrong_maps(answer, words, message):
    assert words in message(check.maps_of, answer)


def in_two_parts(network, layer, images):
    """One image, then the others; with a hook that is removed as an error passes."""
    kept = []
    hook = layer.register_forward_hook(lambda _, inputs, output: kept.append(output.detach().clone()))
    try:
        network(images[:1])
        network(images[1:])
    except BaseException:
        hook.remove()
        raise
    hook.remove()
    return torch.cat(kept)


@pytest.mark.parametrize("answer", [hooked, in_two_parts])
def test_right_maps(answer):
    check.maps_of(answer)
    check.maps_of(answer, seed=90125)


def backwards(layers, unit):
    """From the unit to the pixels."""
    first = last = unit
    for kernel_size, stride, padding in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return first, last


def forwards(layers, unit, pad=1, early=False, step=None):
    first, last, jump = 0, 0, 1
    for kernel_size, stride, padding in layers:
        jump *= stride if early else 1
        first -= pad * padding * jump
        last += (kernel_size - 1 - pad * padding) * jump
        jump *= 1 if early else stride
    return first + unit * (step or jump), last + unit * (step or jump)


@pytest.mark.parametrize("answer", [backwards, forwards])
def test_right_pixels(answer):
    for seed in (0, 1, 90125):
        check.seen_pixels(answer, seed=seed)


def all_of(top, left, size):
    return slice(None), slice(top, top + size), slice(left, left + size)


def cover(
    network,
    image,
    target,
    size,
    stride,
    fresh=True,
    score=lambda logits: logits.softmax(1),
    where=all_of,
):
    tops = range(0, image.shape[1] - size + 1, stride)
    lefts = range(0, image.shape[2] - size + 1, stride)
    falls, work = torch.zeros(len(tops), len(lefts)), image.clone()
    with torch.no_grad():
        whole = score(network(image[None]))[0, target]
        for row, top in enumerate(tops):
            for column, left in enumerate(lefts):
                work = image.clone() if fresh else work
                work[where(top, left, size)] = 0
                falls[row, column] = whole - score(network(work[None]))[0, target]
    return falls


def in_place(network, image, target, size, stride):
    image[:, :size, :size] = 0
    return cover(network, image, target, size, stride)


def whole_probability(network, image, target):
    with torch.no_grad():
        return network(image[None]).softmax(1)[0, target]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: cover(*a, fresh=False), "squares of earlier places"),
        (lambda *a: cover(*a, score=lambda logits: logits), "falls of the logit"),
        (lambda *a: -cover(*a), "the other way round"),
        (lambda *a: whole_probability(*a[:3]) - cover(*a), "the probability with the square there"),
        (lambda *a: cover(*a).T, "rows and columns are swapped"),
        (lambda *a: cover(*a, where=lambda *at: all_of(*at)[1:]), "no axis for the channels"),
        (
            lambda *a: cover(*a, where=lambda top, left, size: all_of(top, left, a[-1])),
            "`stride` pixels wide",
        ),
        (in_place, "changes `image`, which it is given"),
        (lambda *a: cover(*a)[:-1], "the shape must be"),
    ],
)
def test_wrong_occlusion(answer, words, message):
    assert words in message(check.occlusion, answer)


@pytest.mark.parametrize("seed", range(5))
def test_the_places_of_rows_taken_for_columns_as_well_are_always_found_out(seed):
    def square(network, image, target, size, stride):
        count = len(range(0, image.shape[1] - size + 1, stride))
        return torch.zeros(count, count)

    with pytest.raises(Mistake, match="the shape must be"):
        check.occlusion(square, seed=seed)


def all_at_once(network, image, target, size, stride):
    """One batch, made with unfold and masks."""
    _, height, width = image.shape
    numbers = torch.arange(height * width).view(1, 1, height, width).float()
    windows = F.unfold(numbers, size, stride=stride)[0].long().T  # (places, size · size)
    masks = torch.ones(len(windows), height * width).scatter(1, windows, 0.0).view(-1, 1, height, width)
    falls = network(image[None]).softmax(1)[0, target] - network(image * masks).softmax(1)[:, target]
    return falls.view((height - size) // stride + 1, -1)


@pytest.mark.parametrize("answer", [cover, all_at_once])
def test_right_occlusion(answer):
    check.occlusion(answer)
    check.occlusion(answer, seed=90125)


def cam(network, layer, images, classes, score=None, weigh=None, add=None, remove=True):
    kept = []
    handle = layer.register_forward_hook(lambda _, inputs, output: kept.append(output))
    logits, (maps,) = network(images), kept
    if remove:
        handle.remove()
    score = (score or (lambda logits, classes: logits[range(len(images)), classes].sum()))(logits, classes)
    (gradients,) = torch.autograd.grad(score, maps)
    weights = (weigh or (lambda g: g.mean(dim=(2, 3), keepdim=True)))(gradients)
    return (add or (lambda weighted: weighted.sum(dim=1).relu()))(weights * maps).detach()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"remove": False}, "your hook is still there"),
        ({"add": lambda w: w.sum(dim=1)}, "the ReLU is missing"),
        ({"add": lambda w: w.sum(dim=1).abs()}, "size of the negative numbers"),
        ({"add": lambda w: w.relu().sum(dim=1)}, "ReLU comes too early"),
        ({"add": lambda w: w.mean(dim=1).relu()}, "averaged over channels"),
        ({"weigh": lambda g: g.sum(dim=(2, 3), keepdim=True)}, "you took the sum"),
        ({"weigh": lambda g: g}, "its own weight"),
        ({"score": lambda logits, classes: logits.sum()}, "all logits"),
        ({"score": lambda logits, classes: logits[:, classes].sum()}, "`logits[:, classes]` is all classes"),
        ({"score": lambda logits, classes: logits.max(dim=1).values.sum()}, "the largest logit"),
        (
            {"score": lambda logits, classes: logits[range(3), classes].mean()},
            "the mean of the images' logits",
        ),
        ({"add": lambda w: w.sum(dim=0).relu()}, "the shape must be"),
        (
            {"score": lambda logits, classes: logits.softmax(1)[range(3), classes].sum()},
            "gradient of the probability",
        ),
    ],
)
def test_wrong_grad_cam(changes, words, message):
    assert words in message(check.grad_cam, lambda *arguments: cam(*arguments, **changes))


@pytest.mark.parametrize(
    "register", ["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"]
)
def test_a_hook_of_any_kind_on_any_layer_is_found(register, message):
    def answer(network, layer, images, classes):
        getattr(network[5], register)(lambda *_: None)
        return cam(network, layer, images, classes)

    assert "your hook is still there" in message(check.grad_cam, answer)


def one_by_one(network, layer, images, classes):
    """Without a hook; with backward and a tensor that keeps its gradient, image by image."""
    result = []
    cut = 1 + list(network).index(layer)
    for image, k in zip(images, classes.tolist(), strict=True):
        maps = network[:cut](image[None])
        maps.retain_grad()
        network[cut:](maps)[0, k].backward()
        alpha = maps.grad[0].flatten(1).mean(dim=1)
        result.append(torch.einsum("k,khw->hw", alpha, maps[0]).clamp(min=0))
    return torch.stack(result)


@pytest.mark.parametrize("answer", [cam, one_by_one])
def test_right_grad_cam(answer):
    check.grad_cam(answer)
    check.grad_cam(answer, seed=90125)


def share(network, images, paint):
    with torch.no_grad():
        return (network(images).argmax(1) != network(paint(images)).argmax(1)).float().mean().item()


def more_often(network, images, paint):
    counts = [torch.bincount(network(x).argmax(1), minlength=3) for x in (images, paint(images))]
    return (counts[0] - counts[1]).abs().max().item() / len(images)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *a: 1 - share(*a), "share of answers that stay"),
        (lambda n, x, paint: share(n, x, paint) * len(x), "Divide by the number"),
        (lambda n, x, paint: share(n, x, lambda y: y), "every answer seems to stay"),
        (lambda n, x, paint: round(share(n, x, paint) * len(x)), "Divide by the number"),
        (lambda *a: share(*a) * 100, "that is a percentage"),
        (lambda n, x, paint: (n(x) != n(paint(x))).any(1).float().mean().item(), "Compare one class"),
        (more_often, "compare image by image"),
        (
            lambda n, x, paint: (n(x).argmax(1) != n(paint(x)).argmax(1)).float().mean(),
            ".item()`",
        ),
    ],
)
def test_wrong_shares(answer, words, message):
    assert words in message(check.changed_answers, answer)


@pytest.mark.parametrize("seed", range(5))
def test_one_argmax_for_all_images_is_found_out(seed, message):
    def answer(network, images, paint):
        return float(network(images).argmax() != network(paint(images)).argmax())

    assert "`argmax(dim=1)`" in message(lambda answer: check.changed_answers(answer, seed=seed), answer)


def counted(network, images, paint):
    changed = 0
    for image, painted in zip(images, paint(images), strict=True):
        first, second = (network(one[None])[0].tolist() for one in (image, painted))
        changed += first.index(max(first)) != second.index(max(second))
    return changed / len(images)


@pytest.mark.parametrize("answer", [share, counted])
def test_right_shares(answer):
    for seed in (0, 1, 2, 90125):
        check.changed_answers(answer, seed=seed)
