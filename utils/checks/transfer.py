"""Checks of assignment 10: what kept features save, a new head, features, rates by depth, a repair."""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.checks.asking import ask, ask_network
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, agree_numbers, nearly_equal
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of


def _works(
    through: Callable = lambda t, h, n, e: e * n * (t + 3 * h),
    kept: Callable = lambda t, h, n, e: n * t + e * n * 3 * h,
    everything: Callable = lambda t, h, n, e: e * n * 3 * (t + h),
) -> Callable:
    """An answer to task 1, right or with another formula for one of the three."""
    return lambda *case: (through(*case), kept(*case), everything(*case))


def _trainings(random: Random) -> Iterator[tuple]:
    yield 40_551_872, 128, 600, 10
    for _ in range(3):
        yield (
            1000 * random.integer(1, 90),
            random.integer(20, 900),
            random.integer(5, 90),
            random.integer(2, 30),
        )


THROUGH, KEPT, ALL = "head through the trunk", "head on kept features", "everything learns"
BACKWARD = "backward costs twice as much as forward, and a layer that learns needs both: three times its work."
ALONE = "backward alone is 2, but forward comes as well."

multiply_adds = Task(
    "multiply_adds",
    right=_works(),
    cases=_trainings,
    case=lambda t, h, n, e: f"with trunk {t:,}, head {h:,}, {n} images, {e} epochs,",
    kind=int,
    returns="through, kept, everything",
    parts=(THROUGH, KEPT, ALL),
    mistakes=(
        (
            f"{THROUGH}: no gradient is wanted below the head, so nothing goes backward through the trunk.",
            _works(through=lambda t, h, n, e: e * n * 3 * (t + h)),
        ),
        (
            f"{THROUGH}: {BACKWARD} That goes for the head here.",
            _works(through=lambda t, h, n, e: e * n * (t + h)),
        ),
        (f"{THROUGH}: {ALONE}", _works(through=lambda t, h, n, e: e * n * (t + 2 * h))),
        (f"{THROUGH}: the head has its work, too.", _works(through=lambda t, h, n, e: e * n * t)),
        (f"{THROUGH}: that is one epoch.", _works(through=lambda t, h, n, e: n * (t + 3 * h))),
        (
            f"{THROUGH}: that is one image in every epoch.",
            _works(through=lambda t, h, n, e: e * (t + 3 * h)),
        ),
        (
            f"{THROUGH}: in every epoch each image passes the trunk once more; nothing is kept here.",
            _works(through=lambda t, h, n, e: n * t + e * n * 3 * h),
        ),
        (
            f"{KEPT}: each image passes the trunk once, not once in every epoch.",
            _works(kept=lambda t, h, n, e: e * n * (t + 3 * h)),
        ),
        (
            f"{KEPT}: the features do not come for nothing: each image passes the trunk once.",
            _works(kept=lambda t, h, n, e: e * n * 3 * h),
        ),
        (
            f"{KEPT}: {BACKWARD} That goes for the head here.",
            _works(kept=lambda t, h, n, e: n * t + e * n * h),
        ),
        (f"{KEPT}: {ALONE}", _works(kept=lambda t, h, n, e: n * t + e * n * 2 * h)),
        (f"{KEPT}: the head has its work, too.", _works(kept=lambda t, h, n, e: n * t)),
        (f"{KEPT}: the head learns in every epoch.", _works(kept=lambda t, h, n, e: n * (t + 3 * h))),
        (
            f"{KEPT}: every image passes the trunk, not one.",
            _works(kept=lambda t, h, n, e: t + e * n * 3 * h),
        ),
        (
            f"{KEPT}: the trunk does not learn, so nothing goes backward through it.",
            _works(kept=lambda t, h, n, e: 3 * n * t + e * n * 3 * h),
        ),
        (f"{ALL}: {BACKWARD}", _works(everything=lambda t, h, n, e: e * n * (t + h))),
        (f"{ALL}: {ALONE}", _works(everything=lambda t, h, n, e: e * n * 2 * (t + h))),
        (f"{ALL}: the head learns as well.", _works(everything=lambda t, h, n, e: e * n * 3 * t)),
        (
            f"{ALL}: the trunk learns as well, so backward goes through it too.",
            _works(everything=lambda t, h, n, e: e * n * (t + 3 * h)),
        ),
        (f"{ALL}: that is one epoch.", _works(everything=lambda t, h, n, e: n * 3 * (t + h))),
        (
            f"{ALL}: the head needs its forward and backward, too.",
            _works(everything=lambda t, h, n, e: e * n * (3 * t + h)),
        ),
    ),
)


class _Network(nn.Module):
    """A small network with batch norm and dropout, its classifier a linear layer or a sequence that ends in one."""

    def __init__(self, random: Random, long: bool, classes: int = 5):
        super().__init__()
        channels = random.integer(3, 6)
        self.features = nn.Sequential(
            nn.Conv2d(3, channels, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU(), nn.Dropout(0.3)
        )
        hidden = channels + 2
        last = nn.Linear(hidden if long else channels, classes)
        self.classifier = nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), last) if long else last
        with torch.no_grad():
            for tensor in self.state_dict().values():
                if tensor.dtype.is_floating_point:
                    tensor.copy_(random.normal(*tensor.shape))
            self.features[1].running_var.abs_().add_(0.5)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean(dim=(2, 3)))  # (N, channels, H, W) -> (N, channels)


@check
def new_head(answer, random: Random) -> None:
    """``answer(model, num_classes)`` is the model with a new last layer, the only one that learns."""
    for long in (False, True):
        kind = "a sequence that ends in a linear layer" if long else "a linear layer"
        case = f"(Tried with a network whose classifier is {kind}.)"
        model = _Network(random, long)
        before = copy.deepcopy(model)
        classes = random.integer(6, 9)
        result = ask_network(answer, model, classes)
        x = random.normal(4, 3, 7, 6)
        head, old = _last(result, long, case), _last(before, long, case)
        if head.out_features != classes:
            raise Mistake(
                f"the network must return {classes} logits, but its last layer returns {head.out_features}. {case}"
            )
        if head.in_features != old.in_features:
            raise Mistake(
                f"the new layer must read {old.in_features} numbers, as the old one did, and reads "
                f"{head.in_features}: the old one has `in_features`. {case}"
            )
        if head.bias is None:
            raise Mistake(f"the new layer has no bias. {case}")
        _require_same_trunk(result, before, long, case)
        learning = {name for name, p in result.named_parameters() if p.requires_grad}
        own = {f"classifier.{'2.' if long else ''}{name}" for name in ("weight", "bias")}
        if own - learning:
            raise Mistake(
                f"the new head does not learn: it is frozen too. Freeze first, then put it in its place. {case}"
            )
        if learning - own:
            raise Mistake(
                f"more than the new head learns: {', '.join(sorted(learning - own))}. A parameter is frozen by "
                f"`requires_grad_(False)`. {case}"
            )
        with torch.no_grad():
            if result.eval()(x).shape != (4, classes):
                raise Mistake(f"for images {shape_of(x)} the logits must be {(4, classes)}. {case}")


def _last(model: nn.Module, long: bool, case: str) -> nn.Linear:
    classifier = getattr(model, "classifier", None)
    if long and not isinstance(classifier, nn.Sequential):
        raise Mistake(
            f"the whole classifier was replaced, with layers that were trained. Only its last one is to go: "
            f"`model.classifier[-1] = …`. {case}"
        )
    if long and len(classifier) != 3:
        raise Mistake(f"the classifier must keep its 3 layers, but has {len(classifier)}. {case}")
    last = classifier[-1] if long else classifier
    if not isinstance(last, nn.Linear):
        raise Mistake(
            f"`model.classifier` must end in an nn.Linear, but ends in {type(last).__name__}. Return the network "
            f"itself, changed. {case}"
        )
    return last


def _require_same_trunk(model: nn.Module, before: nn.Module, long: bool, case: str) -> None:
    last = "classifier.2." if long else "classifier."

    def trunk(network: nn.Module) -> dict[str, Tensor]:
        return {name: tensor for name, tensor in network.state_dict().items() if not name.startswith(last)}

    changed = _changed(trunk(model), trunk(before))
    if changed:
        raise Mistake(f"`{changed[0]}` is not what it was. All but the last layer stays as it was trained. {case}")


def _changed(now: dict[str, Tensor], before: dict[str, Tensor]) -> list[str]:
    """Which tensors are not what they were. They are compared in order: a layer put round others changes names."""
    if len(now) != len(before):
        raise Mistake(
            f"below the last layer there were {len(before)} tensors of weights and statistics, and now there are "
            f"{len(now)}. Leave these layers as they are."
        )
    pairs = zip(before.items(), now.values(), strict=True)
    return [name for (name, tensor), other in pairs if not torch.equal(tensor, other)]


@check
def keep_features(answer, random: Random) -> None:
    """``answer(trunk, images, batch_size)`` is what the trunk returns for all images, in evaluation mode."""
    for training in (True, False):
        trunk = nn.Sequential(_Network(random, long=False).features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        trunk.train(training)
        batch_size = random.integer(3, 5)
        images = random.normal(batch_size**2 + 1, 3, 6, 5)  # in batch_size parts each would be too large
        before = copy.deepcopy(trunk)
        asked: list[tuple[int, bool]] = []
        hook = trunk.register_forward_hook(
            lambda _, x, __, asked=asked: asked.append((len(x[0]), torch.is_grad_enabled()))
        )
        try:
            result = ask(answer, trunk, images, batch_size)
        finally:
            hook.remove()
        mode = "training" if training else "evaluation"
        case = f"{len(images)} images in batches of {batch_size}, the trunk in {mode} mode"
        if isinstance(result, list | tuple):
            raise Mistake("your function returns a list of batches. Join them: `torch.cat(batches)`.")
        _require_running_statistics(trunk, before, case)
        with torch.no_grad():
            right = before.eval()(images)
            parts = [before(part) for part in images.split(batch_size)]
            in_training = copy.deepcopy(before)
            in_training[0][3].eval()  # dropout is chance; batch norm is not
            in_training[0][1].train()
            by_batch = torch.cat([in_training(part) for part in images.split(batch_size)])
        agree(
            result,
            right,
            case,
            {
                "the last, smaller batch is missing.": torch.cat(parts[:-1]),
                "only the first batch came back. `return` stands inside the loop?": parts[0],
                "only the last batch came back. Collect them all.": parts[-1],
                "the batches are joined in the wrong order.": torch.cat(parts[::-1]),
                "that is batch norm in training mode: call `trunk.eval()` first.": by_batch,
                "one number for all images: keep a row for each.": right.mean(0),
            },
        )
        if result.requires_grad:
            raise Mistake(
                "the values are right, but each of them still holds the whole path that led to it, ready for "
                "`backward`: memory that grows with every image. Compute under `torch.no_grad()`."
            )
        if result.is_inference():
            raise Mistake(
                "features made under `torch.inference_mode()` can never be learnt from: a head that trains on them "
                "stops with an error. Compute under `torch.no_grad()`."
            )
        if any(grad for _, grad in asked):
            raise Mistake("the trunk ran with gradients switched on. Compute under `torch.no_grad()`.")
        if max(size for size, _ in asked) > batch_size:
            raise Mistake(
                f"the trunk was given {max(size for size, _ in asked)} images at once, and {batch_size} is what fits."
            )
        if any(layer.training != training for layer in trunk.modules()):
            raise Mistake(
                f"the trunk was in {mode} mode and is not any more. Remember "
                "`trunk.training`, and call `trunk.train(…)` with it at the end: it sets all layers inside, too."
            )


def _require_running_statistics(trunk: nn.Module, before: nn.Module, case: str) -> None:
    now = trunk.state_dict()
    if any(not torch.equal(now[name], tensor) for name, tensor in before.state_dict().items()):
        raise Mistake(
            f"the trunk is not what it was: its batch norm was in training mode and moved its running statistics. "
            f"Call `trunk.eval()` first. (Tried with {case}.)"
        )


@check
def rates(answer, random: Random) -> None:
    """``answer(pieces, rate, factor)`` is a parameter group for each piece that has parameters, the last first."""
    for _ in range(2):
        pieces = _pieces(random)
        rate, factor = 0.01 * random.integer(1, 9), 0.1 * random.integer(3, 8)
        result = ask(answer, list(pieces), rate, factor)
        learners = [piece for piece in pieces if list(piece.parameters())]
        count = len(learners)
        found = _rates_of(result, learners)
        values = [found[next(piece.parameters())] for piece in learners]
        depths = [count - 1 - i for i in range(count)]
        counted = [len(pieces) - 1 - pieces.index(piece) for piece in learners]
        agree_numbers(
            values,
            [rate * factor**depth for depth in depths],
            [
                f"piece {i} of {count} (from 0, with parameters), rate {rate:g} and factor {factor:g}"
                for i in range(count)
            ],
            {
                "the order is upside down: the last piece, the head, gets the full rate.": [
                    rate * factor ** (count - 1 - depth) for depth in depths
                ],
                "the last piece gets the full rate; yours begins one factor below it.": [
                    rate * factor ** (depth + 1) for depth in depths
                ],
                "a piece without parameters does not count as a depth.": [rate * factor**depth for depth in counted],
                "each step down multiplies by the factor once more: a power, not a product.": [
                    rate * factor * depth if depth else rate for depth in depths
                ],
                "each step down divides by the factor. It multiplies.": [rate / factor**depth for depth in depths],
                "all pieces but the head have one rate. Each step down multiplies once more.": [
                    rate * factor if depth else rate for depth in depths
                ],
                "all pieces have the same rate.": [rate] * count,
            },
            kind=float,
        )


def _pieces(random: Random) -> list[nn.Module]:
    """A network in pieces, some with weights and biases, some with one of them or without."""
    kinds = [
        lambda: nn.Linear(2, 2),
        lambda: nn.Sequential(nn.Conv2d(2, 2, 3, bias=False), nn.BatchNorm2d(2)),
        lambda: nn.BatchNorm2d(2),
        lambda: nn.Conv2d(2, 2, 3, bias=False),
    ]
    body = [kinds[random.integer(0, 3)]() for _ in range(random.integer(3, 5))]
    body.insert(random.integer(1, len(body) - 1), nn.ReLU())
    return [*body, nn.Linear(2, 2)]


def _rates_of(groups: object, learners: list[nn.Module]) -> dict[nn.Parameter, float]:
    """Each parameter's rate. Raises `Mistake` unless every piece has one group that holds all its parameters."""
    if not isinstance(groups, list | tuple) or not all(isinstance(group, dict) for group in groups):
        raise Mistake('return a list of groups, each a dictionary: {"params": …, "lr": …}.')
    found, members = {}, []
    for group in groups:
        if set(group) != {"params", "lr"}:
            raise Mistake(f'a group must have "params" and "lr", but one has {sorted(group)}.')
        params = group["params"]
        members.append({params} if isinstance(params, Tensor) else set(params))  # torch takes both
        if not members[-1]:
            raise Mistake(
                "a group has no parameters. A piece without any gets no group. (`piece.parameters()` can be read once "
                "only: a list can be read again.)"
            )
        for parameter in members[-1]:
            if parameter in found:
                raise Mistake("a parameter is in two groups. torch refuses that: each belongs to one.")
            found[parameter] = float(group["lr"])
    for number, piece in enumerate(learners):
        where = f"piece {number} of {len(learners)} (from 0, with parameters), {piece},"
        missing = [name for name, parameter in piece.named_parameters() if parameter not in found]
        if missing:
            raise Mistake(f"of {where} this is in no group, so it would not learn: {', '.join(missing)}.")
        if set(piece.parameters()) not in members:
            raise Mistake(f"{where} must have a group of its own, with all its parameters in it.")
    return found


@check
def repaired(answer, random: Random) -> None:
    """``answer(model, images, labels, mean, std, steps)`` teaches a new head two classes, and leaves the rest alone."""
    for _ in range(2):
        model = _Network(random, long=False)
        count = random.integer(5, 8)
        images = random.integers(0, 255, count, 3, 7, 6).to(torch.uint8)
        labels = torch.arange(count) % 2
        mean, std = random.normal(3).abs(), random.normal(3).abs() + 0.5
        steps = random.integer(3, 6)
        before = copy.deepcopy(model)
        _require_zero_head(answer, copy.deepcopy(model), images, labels, mean, std)
        result = ask(answer, model, images, labels, mean, std, steps)
        case = f"({count} images, {steps} steps)"
        head = _head_of(result, case)
        if (head.in_features, head.out_features) != (before.classifier.in_features, 2):
            raise Mistake(f"the new head must lead from {before.classifier.in_features} features to 2 logits. {case}")
        moved = _changed(result.features.state_dict(), before.features.state_dict())
        if any("running" in name or "tracked" in name for name in moved):
            raise Mistake(
                "the running statistics of the batch norm have moved. The network was in training mode while the head "
                f"learnt. {case}"
            )
        if moved:
            raise Mistake(f"`features.{moved[0]}` has changed. Only the head may learn. {case}")
        if not head.weight.detach().any():
            raise Mistake(
                "the head has learnt nothing: it is still zero. Which layer's parameters were given to the optimizer? "
                f"{case}"
            )
        if result.training:
            raise Mistake(f"hand the network back in evaluation mode: its users want answers. {case}")
        _require_right_head(head.weight, before, images, labels, mean, std, steps)


def _head_of(result: object, case: str) -> nn.Linear:
    if not isinstance(result, nn.Module):
        raise Mistake("return the network: `return model`.")
    return _last(result, False, case)


def _require_zero_head(answer, model: nn.Module, *settings: Tensor) -> None:
    head = _head_of(ask(answer, model, *settings, 0), "(0 steps)")
    if any(parameter.detach().any() for parameter in head.parameters()):
        raise Mistake(
            "after 0 steps the new head must still be zero. `nn.init.zeros_(…)` sets weights, and biases, to zero; "
            "and `steps` counts every step."
        )


def _require_right_head(
    weight: Tensor, before: nn.Module, images: Tensor, labels: Tensor, mean: Tensor, std: Tensor, steps: int
) -> None:
    scaled, wide = images.float() / 255, (1, 3, 1, 1)
    right = (scaled - mean.view(wide)) / std.view(wide)

    def learnt(x: Tensor, steps: int = steps, **changes) -> Tensor:
        return _descend(before, x, labels, steps, **changes)

    for correction in (0, 1):  # torch's two ways to take a standard deviation
        own_mean, own_std = scaled.mean((0, 2, 3)), scaled.std((0, 2, 3), correction=correction)
        if nearly_equal(weight, learnt((scaled - own_mean.view(wide)) / own_std.view(wide))):
            raise Mistake(
                "the images were normalised with their own mean and std. The network expects those of the images it "
                "was trained with."
            )
    agree(
        weight,
        learnt(right),
        f"{len(images)} images and {steps} steps, the weights of the head,",
        {
            "the images were not normalised at all.": learnt(scaled),
            "images and mean are on two scales. Divide the images by 255; mean and std are for 0 to 1 already.": learnt(
                (images.float() - mean.view(wide)) / std.view(wide)
            ),
            "that is one step too few.": learnt(right, steps - 1),
            "momentum was not asked for.": learnt(right, momentum=0.9),
            "gradients pile up from step to step: where is `zero_grad`?": learnt(right, forget=False),
        },
    )


def _descend(
    before: nn.Module, x: Tensor, labels: Tensor, steps: int, momentum: float = 0.0, forget: bool = True
) -> Tensor:
    """The weights of a head that starts at zero, after so many steps on all images at once."""
    with torch.no_grad():
        features = before.eval().features(x).mean(dim=(2, 3))
    head = nn.Linear(features.shape[1], 2)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimizer = torch.optim.SGD(head.parameters(), lr=0.1, momentum=momentum)
    for _ in range(steps):
        if forget:
            optimizer.zero_grad()
        F.cross_entropy(head(features), labels).backward()
        optimizer.step()
    return head.weight.detach()
