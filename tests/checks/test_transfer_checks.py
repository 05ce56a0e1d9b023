"""Checks of assignment 10: wrong answers and their words, right answers written in other ways."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils.checks import transfer as check

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def replaced(model, classes):
    """The right head, but nothing frozen."""
    if isinstance(model.classifier, nn.Sequential):
        model.classifier[-1] = nn.Linear(model.classifier[-1].in_features, classes)
    else:
        model.classifier = nn.Linear(model.classifier.in_features, classes)
    return model


def frozen_after(model, classes):
    return replaced(model, classes).requires_grad_(False)


def all_replaced(model, classes):
    model.requires_grad_(False)
    last = model.classifier[0] if isinstance(model.classifier, nn.Sequential) else model.classifier
    model.classifier = nn.Linear(last.in_features, classes)
    return model


def without_bias(model, classes):
    replaced(model.requires_grad_(False), classes)
    last = model.classifier[-1] if isinstance(model.classifier, nn.Sequential) else model.classifier
    last.register_parameter("bias", None)
    return model


def appended(model, classes):
    if isinstance(model.classifier, nn.Sequential):
        return replaced(model.requires_grad_(False), classes)
    model.requires_grad_(False)
    model.classifier = nn.Sequential(model.classifier, nn.Linear(5, classes))
    return model


def longer(model, classes):
    model.requires_grad_(False)
    if isinstance(model.classifier, nn.Sequential):
        model.classifier.append(nn.Linear(5, classes))
        return model
    return replaced(model, classes)


def features_only_frozen(model, classes):
    model.features.requires_grad_(False)
    return replaced(model, classes)


def drawn_anew(model, classes):
    replaced(model.requires_grad_(False), classes)
    model.features[0].reset_parameters()
    return model


def too_wide(model, classes):
    replaced(model.requires_grad_(False), classes)
    if isinstance(model.classifier, nn.Linear):
        model.classifier = nn.Linear(model.classifier.in_features + 1, classes)
    return model


def without_dropout(model, classes):
    replaced(model.requires_grad_(False), classes).features[3] = nn.Dropout(0.0)
    return model


def of_one_image(model, classes):
    forward = replaced(model.requires_grad_(False), classes).forward
    model.forward = lambda images: forward(images)[0]
    return model


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (too_wide, "numbers, as the old one did, and reads"),
        (of_one_image, "for images 4×3×7×6 the logits must be (4, "),
        (replaced, "more than the new head learns: features.0.weight"),
        (features_only_frozen, "more than the new head learns: classifier.0"),
        (frozen_after, "it is frozen too"),
        (all_replaced, "the whole classifier was replaced"),
        (without_bias, "has no bias"),
        (appended, "must end in an nn.Linear"),
        (longer, "must keep its 4 layers"),
        (without_dropout, "has become Dropout(p=0"),
        (lambda *a: replaced(a[0].requires_grad_(False), a[1]).eval(), "in another mode"),
        (drawn_anew, "is not what it was"),
        (
            lambda model, classes: replaced(model.requires_grad_(False), classes + 1),
            "logits, but its last layer",
        ),
        (
            lambda model, classes: replaced(model.requires_grad_(False), classes).classifier,
            "Return the network itself",
        ),
        (lambda model, classes: model.classifier.requires_grad_(True) and None, "must return a network"),
    ],
)
def test_wrong_heads(answer, words, message):
    assert words in message(check.new_head, answer)


def another_head(model, num_classes):
    """Parameter by parameter, on a copy, the last layer found by its place."""
    model = copy.deepcopy(model)
    for parameter in model.parameters():
        parameter.requires_grad = False
    *path, last = [name for name, layer in model.named_modules() if isinstance(layer, nn.Linear)][-1].split(".")
    parent = model.get_submodule(".".join(path))
    setattr(parent, last, nn.Linear(getattr(parent, last).in_features, num_classes))
    return model


class Held(nn.Module):
    """A layer round the trunk, which changes the names of its weights."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


def in_a_held_trunk(model, num_classes):
    model.features = Held(model.features)
    return replaced(model.requires_grad_(False), num_classes)


def kept(
    trunk, images, size, *, mode=lambda trunk, was: trunk.train(was), then=lambda trunk: None, first=nn.Module.eval
):
    """The right way, and others by the way."""
    was = trunk.training
    first(trunk)
    with torch.no_grad():
        features = torch.cat([trunk(part) for part in images.split(size)])
    mode(trunk, was)
    then(trunk)
    return features


def flag_put_back(trunk, images, size):
    return kept(trunk, images, size, mode=lambda trunk, was: setattr(trunk, "training", was))


def other(**how):
    return lambda *given: kept(*given, **how)


def left_switched_off(trunk, images, size):
    torch.set_grad_enabled(False)
    return kept(trunk, images, size)


def layer_by_layer(trunk, images, size):
    """So that the trunk as a whole is never called."""
    was = trunk.training
    trunk.eval()
    with torch.no_grad():
        for layer in trunk:
            images = torch.cat([layer(part) for part in images.split(size)])
    trunk.train(was)
    return images


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (left_switched_off, "leaves gradients switched off"),
        (lambda trunk, images, size: kept(trunk, images, -(-len(images) // size)), "(It was given"),
        (flag_put_back, "leaves `trunk` in another mode than it was in"),
        (other(mode=lambda trunk, was: None), "leaves `given` in another mode"),
        (other(first=nn.Module.train), "in training mode a batch norm moves its statistics"),
        (other(then=lambda trunk: trunk.requires_grad_(False)), "frozen that were not"),
        (other(then=lambda trunk: trunk.register_forward_hook(lambda *_: None)), "leaves its hook on"),
        (other(then=lambda trunk: trunk._forward_hooks.clear()), "removes hooks of others"),
        (other(then=nn.Module.zero_grad), "leaves other gradients"),
        (lambda trunk, images, size: [kept(trunk, images, size)], "`torch.cat` and `torch.stack` join a list"),
    ],
)
def test_wrong_features(answer, words, message):
    assert words in message(check.keep_features, answer)


def another_keeper(trunk, images, batch_size):
    mode = trunk.training
    result = None
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            part = trunk.eval()(images[start : start + batch_size])
            result = part if result is None else torch.vstack([result, part])
    trunk.train(mode)
    return result


def grouped(pieces, rate, factor, keep=lambda piece: list(piece.parameters())):
    learners = [piece for piece in pieces if keep(piece)]
    return [
        {"params": list(piece.parameters()), "lr": rate * factor**depth}
        for depth, piece in enumerate(reversed(learners))
    ]


def learning(piece):
    return [parameter for parameter in piece.parameters() if parameter.requires_grad]


def one_each(*settings):
    return [group | {"params": [one]} for group in grouped(*settings) for one in group["params"]]


def without_biases(*settings):
    return [group | {"params": group["params"][:1]} for group in grouped(*settings)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *settings: grouped(*settings, keep=lambda piece: True), "A piece without any gets no group"),
        (one_each, "a group of its own, with all its parameters in it"),
        (lambda *settings: grouped(*settings, keep=learning), "is in no group, so it would not learn"),
        (without_biases, "is in no group, so it would not learn: "),
        (lambda *settings: [group | {"lr": 0.5} for group in grouped(*settings)], "is right, yours is 0.5"),
        (lambda *settings: grouped(*settings)[:1], "is in no group"),
        (lambda *settings: grouped(*settings) * 2, "in two groups"),
        (lambda pieces, rate, factor: [rate] * len(pieces), "return a list of groups"),
        (lambda pieces, rate, factor: [{"params": pieces[0], "lr": rate}], "such as `list(piece.parameters())`"),
        (lambda pieces, rate, factor: [{"params": pieces[-1].weight, "lr": None}], '"lr" is a number'),
        (
            lambda pieces, rate, factor: [{"params": list(pieces[0].parameters())}],
            'must have "params" and "lr"',
        ),
    ],
)
def test_wrong_rates(answer, words, message):
    assert words in message(check.rates, answer)


def from_the_bottom(pieces, rate, factor):
    learners = [piece for piece in pieces if any(True for _ in piece.parameters())]
    return tuple(
        {"lr": rate * factor ** (len(learners) - i), "params": piece.parameters()}
        for i, piece in enumerate(learners, start=1)
    )


def in_two_parts(model, images, labels, mean, std, steps):
    """The features in evaluation mode, then the head."""
    model.eval().requires_grad_(False)
    with torch.no_grad():
        x = (images / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1)
        features = model.features(x).mean(dim=(2, 3))
    head = model.classifier = nn.Linear(features.shape[1], 2)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return model


def without_a_layer(model, *settings):
    model = in_two_parts(model, *settings)
    del model.features[1]
    return model


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda *settings: in_two_parts(*settings).classifier, "must end in an nn.Linear"),
        (without_a_layer, "and now there are 1. Leave these layers as they are"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


def on_a_held_trunk(model, *settings):
    model.features = Held(model.features)
    return in_two_parts(model, *settings)


def on_kept_features(model, images, labels, mean, std, steps):
    """The head learns from features that are computed once, the gradient of the loss written out by hand."""
    model.eval()
    with torch.no_grad():
        x = (images.float().div(255) - mean.reshape(1, 3, 1, 1)) / std.reshape(1, 3, 1, 1)
        features = model.features(x).mean(dim=(2, 3))
        weight, bias = torch.zeros(2, features.shape[1]), torch.zeros(2)
        for _ in range(steps):
            error = ((features @ weight.T + bias).softmax(1) - F.one_hot(labels, 2)) / len(labels)
            weight, bias = weight - 0.1 * error.T @ features, bias - 0.1 * error.sum(0)
    model.classifier = nn.Linear(features.shape[1], 2)
    model.classifier.weight.data, model.classifier.bias.data = weight, bias
    return model


RIGHT = [
    (check.new_head, in_a_held_trunk),
    (check.new_head, another_head),
    (check.keep_features, another_keeper),
    (check.keep_features, layer_by_layer),
    (check.rates, from_the_bottom),
    (check.rates, grouped),
    (check.rates, lambda *settings: [group | {"momentum": 0.9} for group in grouped(*settings)]),
    (check.repaired, on_a_held_trunk),
    (check.repaired, on_kept_features),
]


@pytest.mark.parametrize(("examine", "answer"), RIGHT)
def test_right_answers_written_in_other_ways(examine, answer, passes):
    passes(examine, answer)
