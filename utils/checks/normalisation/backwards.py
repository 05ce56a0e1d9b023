"""Task 6 of assignment 06: the gradients of batch norm by hand, compared with torch's in double precision."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from utils.checks.forbidding import NORMALISATIONS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of

EPS = 1e-5
AXES = (0, 2, 3)


def _by_torch(x: Tensor, weight: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    x, weight, bias = (each.detach().clone().requires_grad_() for each in (x, weight, torch.zeros_like(weight)))
    y = F.batch_norm(x, None, None, weight, bias, training=True, eps=EPS)
    return torch.autograd.grad(y, (x, weight, bias), upstream)


def _mean(numbers: Tensor) -> Tensor:
    return numbers.mean(AXES, keepdim=True)


def _backward(
    dx: Callable = lambda up, hat, mean: up - mean(up) - hat * mean(up * hat),
    dweight: Callable = lambda up, hat, x: (up * hat).sum(AXES),
    dbias: Callable = lambda up: up.sum(AXES),
    *,
    before: Callable = lambda weight, root: weight / root,
    root: Callable = lambda var: (var + EPS).sqrt(),
    correction: int = 0,
    axes: tuple = AXES,
) -> Callable:
    """An answer to task 6, right or with one step done otherwise: ``before`` stands before the bracket of ``dx``."""

    def answer(x: Tensor, weight: Tensor, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        sigma = root(x.var(AXES, correction=correction, keepdim=True))
        hat = (x - _mean(x)) / sigma
        inner = dx(upstream, hat, lambda numbers: numbers.mean(axes, keepdim=True))
        return before(weight.view(1, -1, 1, 1), sigma) * inner, dweight(upstream, hat, x), dbias(upstream)

    return answer


def _batches(random: Random) -> Iterator[tuple]:
    for images, channels in ((random.integer(2, 4), random.integer(2, 4)), (random.integer(2, 3), 3), (1, 1)):
        size = random.two_integers(2, 4)
        x, upstream = (random.normal(images, channels, *size, dtype=torch.float64) for _ in range(2))
        x[:, 0] *= 0.003  # here eps is as large as the variance
        x += random.normal(1, channels, 1, 1, dtype=torch.float64)
        yield x, random.normal(channels, dtype=torch.float64) + 2, upstream + 1


ONE = "and each image has its own here. A channel's mean is over images and places: dim=(0, 2, 3)."

batch_norm_backward = Task(
    "batch_norm_backward",
    right=_by_torch,
    cases=_batches,
    case=lambda x, *_: f"(x {shape_of(x)})",
    returns="dx, dweight, dbias",
    forbidden=Rule(
        "Do it by hand: let torch neither differentiate nor normalise.", ("backward", "make_dual", *NORMALISATIONS)
    ),
    mistakes=(
        (
            "dx: that is the gradient in eval mode, where mean and variance are constants. Here both depend on x, so x "
            "has three ways to the loss.",
            _backward(lambda up, hat, mean: up),
        ),
        (
            "dx: the way through the mean is missing. Each number moves the mean by 1/m, and that moves all outputs.",
            _backward(lambda up, hat, mean: up - hat * mean(up * hat)),
        ),
        (
            "dx: the way through the variance is missing. Each number moves the variance, and that moves all outputs.",
            _backward(lambda up, hat, mean: up - mean(up)),
        ),
        (
            "dx: the way through the mean has the wrong sign. The mean is taken away from x.",
            _backward(lambda up, hat, mean: up + mean(up) - hat * mean(up * hat)),
        ),
        (
            "dx: the way through the variance has the wrong sign. A larger variance makes outputs smaller.",
            _backward(lambda up, hat, mean: up - mean(up) + hat * mean(up * hat)),
        ),
        (
            "dx: the way through the variance is twice as long. The root halves what the square doubles.",
            _backward(lambda up, hat, mean: up - mean(up) - 2 * hat * mean(up * hat)),
        ),
        (
            "dx: the way through the variance is half as long. The root halves what the square doubles.",
            _backward(lambda up, hat, mean: up - mean(up) - hat * mean(up * hat) / 2),
        ),
        (
            "dx: in the way through the variance x̂ is missing: a number moves the variance by how far it lies from the "
            "mean.",
            _backward(lambda up, hat, mean: up - mean(up) - mean(up * hat)),
        ),
        (
            "dx: in the way through the variance the mean of upstream · x̂ is wanted, not the product at each place.",
            _backward(lambda up, hat, mean: up - mean(up) - hat * up * hat),
        ),
        (
            "dx: sums stand where means belong: each number has only 1/m of a mean.",
            _backward(lambda up, hat, mean: up - up.sum(AXES, True) - hat * (up * hat).sum(AXES, True)),
        ),
        (
            "dx: the sum over the channel is divided by m − 1 in the way through the variance. The variance that "
            "normalises is divided by m.",
            _backward(
                lambda up, hat, mean: up - mean(up) - hat * (up * hat).sum(AXES, True) / (hat[:, :1].numel() - 1)
            ),
        ),
        (
            "dx: γ is missing. It multiplies what goes back as it multiplies what goes forward.",
            _backward(before=lambda weight, root: 1 / root),
        ),
        (
            "dx: the root is missing before the bracket: divide by √(variance + ε).",
            _backward(before=lambda weight, root: weight),
        ),
        (
            "dx: divide by √(variance + ε), not by the variance + ε.",
            _backward(before=lambda weight, root: weight / root**2),
        ),
        (
            "dx: what goes back is divided by √(variance + ε), not multiplied.",
            _backward(before=lambda weight, root: weight * root),
        ),
        ("dx: the batch's means are over places alone, " + ONE, _backward(axes=(2, 3))),
        ("dx: the batch's means are over the channels of an image, " + ONE, _backward(axes=(1, 2, 3))),
        (
            "dx: ε is missing. It stands under the root, beside the variance.",
            _backward(root=Tensor.sqrt),
        ),
        (
            "dx: ε stands under the root: √(variance + ε), not √variance + ε.",
            _backward(root=lambda var: var.sqrt() + EPS),
        ),
        (
            "dx: the variance that normalises a batch is divided by m, not m − 1: `correction=0`.",
            _backward(correction=1),
        ),
        (
            "dweight: γ multiplies x̂, the normalised numbers, and not x. So its gradient has x̂ in it.",
            _backward(dweight=lambda up, hat, x: (up * x).sum(AXES)),
        ),
        (
            "dweight: x − mean is not divided by the root. γ multiplies x̂.",
            _backward(dweight=lambda up, hat, x: (up * (x - _mean(x))).sum(AXES)),
        ),
        (
            "dweight: that is the mean. γ takes part in every output of its channel: add up.",
            _backward(dweight=lambda up, hat, x: (up * hat).mean(AXES)),
        ),
        (
            "dweight: that is the gradient of β. (Are the two swapped? `return dx, dweight, dbias`.) γ multiplies x̂.",
            _backward(dweight=lambda up, hat, x: up.sum(AXES)),
        ),
        (
            "dbias: that is the mean. β takes part in every output of its channel: add up.",
            _backward(dbias=lambda up: up.mean(AXES)),
        ),
    ),
)
