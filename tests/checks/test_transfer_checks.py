"""Checks of assignment 10: wrong answers and their words, right answers written in other ways."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from utils.checks import transfer as check
from utils.transfer import Frozen

pytestmark = pytest.mark.slow  # hundreds of small answers, each checked with fresh random inputs


def replaced(model, classes, inside=True):
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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (replaced, "more than the new head learns: features.0.weight"),
        (features_only_frozen, "more than the new head learns: classifier.0"),
        (frozen_after, "it is frozen too"),
        (all_replaced, "the whole classifier was replaced"),
        (without_bias, "has no bias"),
        (appended, "must end in an nn.Linear"),
        (longer, "must keep its 3 layers"),
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


def in_a_frozen_trunk(model, num_classes):
    """As the lecture has it, which puts a layer round the trunk and so changes the names of its weights."""
    model.features = Frozen(model.features)
    return replaced(model.requires_grad_(False), num_classes)


def test_another_right_head(capsys):
    check.new_head(in_a_frozen_trunk)
    check.new_head(another_head)
    check.new_head(another_head, seed=7)


def kept(trunk, images, size, *, mode=False, restore=True, grad=False, join=torch.cat, pick=lambda parts: parts):
    was = trunk.training
    trunk.train(mode)
    with torch.set_grad_enabled(grad):
        result = join(pick([trunk(part) for part in images.split(size)]))
    if restore:
        trunk.train(was)
    return result


def keeping(**changes):
    return lambda trunk, images, size: kept(trunk, images, size, **changes)


def in_training_but_put_back(trunk, images, size):
    """Batch norm of each batch, no dropout, and the running statistics saved: only the features are wrong."""
    state, was = copy.deepcopy(trunk.state_dict()), trunk.training
    trunk.eval()
    trunk[0][1].train()
    with torch.no_grad():
        result = torch.cat([trunk(part) for part in images.split(size)])
    trunk.load_state_dict(state)
    trunk.train(was)
    return result


def detached(trunk, images, size):
    was = trunk.training
    trunk.eval()
    result = torch.cat([trunk(part).detach() for part in images.split(size)])
    trunk.train(was)
    return result


def flag_put_back(trunk, images, size):
    was = trunk.training
    features = kept(trunk, images, size, restore=False)
    trunk.training = was  # and not that of the layers inside
    return features


def left_switched_off(trunk, images, size):
    torch.set_grad_enabled(False)
    return kept(trunk, images, size)


def in_inference_mode(trunk, images, size):
    with torch.inference_mode():
        return kept(trunk, images, size)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (left_switched_off, "leaves gradients switched off"),
        (in_inference_mode, "can never be learnt from"),
        (keeping(mode=True), "moved its running statistics"),
        (in_training_but_put_back, "that is batch norm in training mode"),
        (keeping(grad=True), "memory that grows with every image"),
        (detached, "the trunk ran with gradients switched on"),
        (keeping(restore=False), "is not any more. Remember"),
        (keeping(join=list), "Join them: `torch.cat(batches)`"),
        (keeping(pick=lambda parts: parts[:-1]), "the last, smaller batch is missing"),
        (keeping(pick=lambda parts: parts[:1]), "only the first batch"),
        (keeping(pick=lambda parts: parts[-1:]), "only the last batch"),
        (keeping(pick=lambda parts: parts[::-1]), "joined in the wrong order"),
        (keeping(join=lambda parts: torch.cat(parts).mean(0)), "keep a row for each"),
        (lambda trunk, images, size: kept(trunk, images, len(images)), "images at once"),
        (lambda trunk, images, size: kept(trunk, images, -(-len(images) // size)), "images at once"),
        (flag_put_back, "is not any more. Remember"),
        (lambda trunk, images, size: None, "returned None (is there a `return`?)"),
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


def test_another_right_keeper(capsys):
    check.keep_features(another_keeper)


def grouped(rate_of, pieces_of=lambda pieces: [p for p in pieces if list(p.parameters())], form=list):
    """Groups from the head down, the rate a function of the depth (0 for the head)."""

    def answer(pieces, rate, factor):
        return [
            {"params": form(piece.parameters()), "lr": rate_of(rate, factor, depth, len(pieces_of(pieces)))}
            for depth, piece in enumerate(reversed(pieces_of(pieces)))
        ]

    return answer


def right(r, f, d, n):
    return r * f**d


def in_place(pieces, rate, factor):
    pieces.reverse()
    return grouped(right)(pieces[::-1], rate, factor)


def one_each(*settings):
    return [group | {"params": [one]} for group in grouped(right)(*settings) for one in group["params"]]


def without_biases(*settings):
    return [group | {"params": group["params"][:1]} for group in grouped(right)(*settings)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (grouped(lambda r, f, d, n: r * f ** (n - 1 - d)), "upside down"),
        (grouped(lambda r, f, d, n: r * f ** (d + 1)), "yours begins one factor below it"),
        (grouped(right, pieces_of=list), "A piece without any gets no group"),
        (
            lambda *settings: [group for group in grouped(right, pieces_of=list)(*settings) if group["params"]],
            "does not count as a depth",
        ),
        (in_place, "`reversed(pieces)` leave it as it is"),
        (one_each, "a group of its own, with all its parameters in it"),
        (without_biases, "is in no group, so it would not learn: "),
        (grouped(lambda r, f, d, n: r * f * d if d else r), "a power, not a product"),
        (grouped(lambda r, f, d, n: r / f**d), "It multiplies"),
        (grouped(lambda r, f, d, n: r * f if d else r), "all pieces but the head have one rate"),
        (grouped(lambda r, f, d, n: r), "all pieces have the same rate"),
        (grouped(lambda r, f, d, n: 0.5), "the answer is"),
        (lambda pieces, rate, factor: [], "is in no group"),
        (lambda *settings: grouped(right)(*settings)[:1], "is in no group"),
        (lambda *settings: grouped(right)(*settings) * 2, "in two groups"),
        (lambda pieces, rate, factor: [rate] * len(pieces), "return a list of groups"),
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


def test_other_right_rates(capsys):
    check.rates(from_the_bottom)
    check.rates(grouped(right))


def taught(
    model,
    images,
    labels,
    mean,
    std,
    steps,
    *,
    normalise=lambda x, mean, std: (x / 255 - mean.view(3, 1, 1)) / std.view(3, 1, 1),
    zero=True,
    early=False,
    train=False,
    ready=True,
    freeze=True,
    momentum=0.0,
    extra=0,
    forget=True,
    classes=2,
    move_features=False,
):
    x = normalise(images, mean, std)
    model.requires_grad_(not freeze)
    old = model.classifier
    model.classifier = nn.Linear(old.in_features, classes)
    if zero:
        nn.init.zeros_(model.classifier.weight)
        nn.init.zeros_(model.classifier.bias)
    parameters = old.requires_grad_(True).parameters() if early else model.classifier.parameters()
    optimizer = torch.optim.SGD(model.parameters() if move_features else parameters, lr=0.1, momentum=momentum)
    model.train(train)
    for _ in range(steps + extra):
        loss = F.cross_entropy(model(x), labels)
        if forget:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if ready:
        model.eval()
    else:
        model.train()
    return model


def both_divided(x, mean, std):
    return (x / 255 - mean.view(3, 1, 1) / 255) / (std.view(3, 1, 1) / 255)


def teaching(**changes):
    return lambda *settings: taught(*settings, **changes)


def own(correction):
    def normalise(x, mean, std):
        x = x / 255
        return (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), correction=correction, keepdim=True)

    return normalise


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (teaching(normalise=own(1)), "with their own mean and std"),
        (teaching(normalise=own(0)), "with their own mean and std"),
        (teaching(normalise=lambda x, mean, std: x / 255), "not normalised at all"),
        (
            teaching(normalise=lambda x, m, s: (x - m.view(3, 1, 1)) / s.view(3, 1, 1)),
            "on two scales. Divide the images by 255",
        ),
        (teaching(normalise=both_divided), "mean and std are for 0 to 1 already"),
        (teaching(zero=False), "after 0 steps the new head must still be zero"),
        (teaching(early=True), "it is still zero"),
        (teaching(train=True), "running statistics of the batch norm have moved"),
        (teaching(ready=False), "in evaluation mode"),
        (teaching(freeze=False, move_features=True), "Only the head may learn"),
        (teaching(momentum=0.9), "momentum was not asked for"),
        (teaching(extra=1), "and `steps` counts every step"),
        (teaching(extra=-1), "one step too few"),
        (teaching(forget=False), "where is `zero_grad`"),
        (teaching(classes=3), "to 2 logits"),
        (lambda *settings: taught(*settings).classifier, "must end in an nn.Linear"),
        (lambda *settings: 3, "return the network"),
    ],
)
def test_wrong_repairs(answer, words, message):
    assert words in message(check.repaired, answer)


def on_a_frozen_trunk(model, *settings):
    model.features = Frozen(model.features)
    return taught(model, *settings, train=True)


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


def test_another_right_repair(capsys):
    check.repaired(on_a_frozen_trunk)
    check.repaired(on_kept_features)
    check.repaired(on_kept_features, seed=11)
