"""Checks of assignment 11: wrong answers and their words, right answers written in other ways."""

import pytest
import torch
from torch.nn import functional as F

from utils.checks import seeing as check

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


def backwards(layers, unit):
    """From the unit to the pixels."""
    first = last = unit
    for kernel_size, stride, padding in reversed(layers):
        first = first * stride - padding
        last = last * stride - padding + kernel_size - 1
    return first, last


def one_by_one(network, image, target, size, stride):
    falls = []
    with torch.no_grad():
        whole = network(image[None]).softmax(1)[0, target]
        for top in range(0, image.shape[1] - size + 1, stride):
            falls.append([])
            for left in range(0, image.shape[2] - size + 1, stride):
                covered = image.clone()
                covered[:, top : top + size, left : left + size] = 0
                falls[-1].append(whole - network(covered[None]).softmax(1)[0, target])
    return torch.tensor(falls)


@pytest.mark.parametrize("seed", range(5))
def test_the_places_of_rows_taken_for_columns_as_well_are_always_found_out(seed, message):
    def square(network, image, target, size, stride):
        count = len(range(0, image.shape[1] - size + 1, stride))
        return torch.zeros(count, count)

    assert "the shape must be" in message(check.occlusion, square, seed=seed)


def all_at_once(network, image, target, size, stride):
    """One batch, made with unfold and masks."""
    _, height, width = image.shape
    numbers = torch.arange(height * width).view(1, 1, height, width).float()
    windows = F.unfold(numbers, size, stride=stride)[0].long().T  # (places, size · size)
    masks = torch.ones(len(windows), height * width).scatter(1, windows, 0.0).view(-1, 1, height, width)
    falls = network(image[None]).softmax(1)[0, target] - network(image * masks).softmax(1)[:, target]
    return falls.view((height - size) // stride + 1, -1)


def cam(network, layer, images, classes):
    kept = []
    handle = layer.register_forward_hook(lambda _, inputs, output: kept.append(output))
    logits, (maps,) = network(images), kept
    handle.remove()
    gradients = torch.autograd.grad(logits.gather(1, classes[:, None]).sum(), maps)[0]
    return (gradients.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1).relu().detach()


@pytest.mark.parametrize(
    "register", ["register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"]
)
def test_a_hook_of_any_kind_on_any_layer_is_found(register, message):
    def answer(network, layer, images, classes):
        getattr(network[5], register)(lambda *_: None)
        return cam(network, layer, images, classes)

    assert "leaves its hook on `network`" in message(check.grad_cam, answer)


def and_then(answer, then):
    """A right answer, after which something is done to the network."""

    def leaving(network, *others):
        value = answer(network, *others)
        then(network)
        return value

    return leaving


@pytest.mark.parametrize(
    ("then", "words"),
    [
        (lambda network: network.train(), "leaves `network` in another mode"),
        (lambda network: network.zero_grad(), "leaves other gradients in `network`"),
        (lambda network: network.requires_grad_(False), "leaves parameters of `network` frozen"),
        (lambda network: network[0].weight.data.add_(1), "changes weights or statistics of `network`"),
    ],
)
def test_a_network_is_left_as_it_was(then, words, message):
    answers = {"maps_of": hooked, "occlusion": one_by_one, "grad_cam": cam, "changed_answers": counted}
    for name, answer in answers.items():
        assert words in message(getattr(check, name), and_then(answer, then))


def image_by_image(network, layer, images, classes):
    """Without a hook; with backward and a tensor that keeps its gradient, image by image."""
    result = []
    cut = 1 + list(network).index(layer)
    for image, k in zip(images, classes.tolist(), strict=True):
        maps = network[:cut](image[None])
        maps.retain_grad()
        network[cut:](maps)[0, k].backward(inputs=[maps])
        alpha = maps.grad[0].flatten(1).mean(dim=1)
        result.append(torch.einsum("k,khw->hw", alpha, maps[0]).clamp(min=0))
    return torch.stack(result)


def counted(network, images, paint):
    changed = 0
    for image, painted in zip(images, paint(images), strict=True):
        first, second = (network(one[None])[0].tolist() for one in (image, painted))
        changed += first.index(max(first)) != second.index(max(second))
    return changed / len(images)


RIGHT = [
    (check.maps_of, hooked),
    (check.maps_of, in_two_parts),
    (check.seen_pixels, backwards),
    (check.occlusion, one_by_one),
    (check.occlusion, all_at_once),
    (check.grad_cam, cam),
    (check.grad_cam, image_by_image),
    (check.changed_answers, counted),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
