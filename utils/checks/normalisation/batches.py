"""Task 2 of assignment 06: batch norm in both modes, written as steps, of which a mistake does one otherwise."""

from collections.abc import Callable, Iterator

from torch import Tensor

from utils.checks.forbidding import NORMALISATIONS, Rule
from utils.checks.inputs import Random
from utils.checks.task import Task
from utils.checks.wording import shape_of

EPS = 1e-5


def _wide(numbers: Tensor) -> Tensor:
    """(C,) → (1, C, 1, 1)."""
    return numbers.view(1, -1, 1, 1)


def _affine(y: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return y * _wide(weight) + _wide(bias)


def _under_the_root(var: Tensor, m: int) -> Tensor:
    return (var + EPS).sqrt()


def _variance(x: Tensor) -> Tensor:
    """Of each channel, divided by m."""
    return x.var((0, 2, 3), correction=0)


def _unbiased(x: Tensor) -> Tensor:
    """The variance of each channel, divided by m − 1."""
    return x.var((0, 2, 3))


def _moved(old: Tensor, new: Tensor) -> Tensor:
    return 0.9 * old + 0.1 * new


def _normalised(x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return _affine((x - _wide(mean)) / _wide(var + EPS).sqrt(), weight, bias)


def _evaluated(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> tuple:
    return _normalised(x, mean, var, weight, bias), mean, var


def _norm(
    axes: tuple = (0, 2, 3),
    root: Callable = _under_the_root,
    affine: Callable = _affine,
    mean: Callable = lambda old, x: _moved(old, x.mean((0, 2, 3))),
    var: Callable = lambda old, x: _moved(old, _unbiased(x)),
    evaluated: Callable = _evaluated,
) -> Callable:
    """An answer to task 2, right or with one step done otherwise."""

    def answer(
        x: Tensor, weight: Tensor, bias: Tensor, running_mean: Tensor, running_var: Tensor, training: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        if not training:
            return evaluated(x, weight, bias, running_mean, running_var)
        centred = x - x.mean(axes, keepdim=True)
        y = affine(centred / root(x.var(axes, correction=0, keepdim=True), x[:, 0].numel()), weight, bias)
        return y, mean(running_mean, x), var(running_var, x)

    return answer


def _with_running(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor, training: bool) -> tuple:
    _, *moved = _norm()(x, weight, bias, mean, var, training)
    return _normalised(x, mean, var, weight, bias), *moved


def _with_moved(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor, training: bool) -> tuple:
    _, *moved = _norm()(x, weight, bias, mean, var, training)
    return _normalised(x, *moved, weight, bias), *moved


def _moving(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> tuple:
    """Evaluation in which the running statistics move before they are used."""
    return _evaluated(x, weight, bias, _moved(mean, x.mean((0, 2, 3))), _moved(var, _unbiased(x)))


def _batches(random: Random) -> Iterator[tuple]:
    for number, training in enumerate((True, True, False, False, True, False)):
        channels, width = random.two_integers(2, 5)
        images = random.integer(2, 4)
        if number > 3:  # one image, one channel
            images = channels = 1
        x = random.normal(images, channels, width + 1, width)  # few numbers: m − 1 is not m
        scales = random.normal(channels).abs() + 1
        scales[0] = 0.003  # here eps, 0.00001, is as large as the variance
        shifts = 2 * random.normal(channels)
        shifts[0] = 0.0
        x = x * _wide(scales) + _wide(shifts)
        x[0] += _wide(scales)[0]  # images differ, so it matters that they are taken together
        weight, bias, running_mean = (random.normal(channels) for _ in range(3))
        weight += weight.sign()  # none near zero
        running_var = random.normal(channels).abs() + 0.5
        if not training:
            running_mean[0], running_var[0] = 0.0, EPS  # here, too, eps is seen
        yield x, weight, bias, running_mean, running_var, training


FAR = "moves too far: it keeps 0.9 of what it was."
LAST = "is that of the last batch. It moves only a tenth of the way there."
STILL = "has not moved. In training it moves a tenth of the way to the batch's."
SHRINK = "is added, but the old one must shrink to 0.9 of itself."
EVAL_MOVES = "in eval mode nothing moves: return the running statistics as you got them."
OWN = "Here each channel has one, over all images: dim=(0, 2, 3)."
STD = "`torch.std` divides by m − 1 unless you write `correction=0`, and ε"
M = "m is how many numbers a channel has, N·H·W. You took"


def _with_m(count: Callable[[Tensor], int]) -> Callable:
    """An answer to task 2 that corrects the running variance with another m."""
    return _norm(var=lambda old, x: _moved(old, _variance(x) * count(x) / (count(x) - 1)))


batch_norm = Task(
    "batch_norm",
    right=_norm(),
    cases=_batches,
    case=lambda x, *rest: f"(training={rest[-1]}, x {shape_of(x)})",
    returns="y, running_mean, running_var",
    parts=("y", "the running mean", "the running variance"),
    forbidden=Rule("Means and sums are allowed, a normalisation that is there already is not.", NORMALISATIONS),
    mistakes=(
        (
            "in training you normalise with the running statistics. Use those of the batch.",
            _with_running,
        ),
        (
            "in training you normalise with the running statistics, after they have moved. Use those of the batch.",
            _with_moved,
        ),
        (f"that is layer norm: each image has its own mean. {OWN}", _norm(axes=(1, 2, 3))),
        (f"that is instance norm: each map has its own mean. {OWN}", _norm(axes=(2, 3))),
        (
            "each place has its own mean. The places of a channel share one as well: dim=(0, 2, 3).",
            _norm(axes=(0,)),
        ),
        (
            "one mean for all channels. Each channel has its own: dim=(0, 2, 3).",
            _norm(axes=(0, 1, 2, 3)),
        ),
        (
            "γ and β are missing: multiply by `weight`, add `bias`.",
            _norm(affine=lambda y, weight, bias: y),
        ),
        ("β is missing: add `bias`.", _norm(affine=lambda y, weight, bias: y * _wide(weight))),
        ("γ is missing: multiply by `weight`.", _norm(affine=lambda y, weight, bias: y + _wide(bias))),
        (
            "β is added before γ multiplies. It comes last: γ · normalised + β.",
            _norm(affine=lambda y, weight, bias: (y + _wide(bias)) * _wide(weight)),
        ),
        (
            "nearly: the variance that normalises the batch is divided by m, not m − 1. `torch.var` and `torch.std` "
            "divide by m − 1 unless you write `correction=0`.",
            _norm(root=lambda var, m: (var * m / (m - 1) + EPS).sqrt()),
        ),
        (
            "ε is missing. It stands under the root, beside the variance.",
            _norm(root=lambda var, m: var.sqrt()),
        ),
        (
            "ε stands under the root: √(variance + ε), not √variance + ε.",
            _norm(root=lambda var, m: var.sqrt() + EPS),
        ),
        ("you divide by the variance. Divide by its root.", _norm(root=lambda var, m: var + EPS)),
        (
            f"{STD} is missing. It stands under the root, beside the variance.",
            _norm(root=lambda var, m: (var * m / (m - 1)).sqrt()),
        ),
        (
            f"{STD} stands under the root, beside the variance.",
            _norm(root=lambda var, m: (var * m / (m - 1)).sqrt() + EPS),
        ),
        (
            "γ and β are swapped: `weight` multiplies, `bias` is added.",
            _norm(affine=lambda y, weight, bias: _affine(y, bias, weight)),
        ),
        (f"the running mean {FAR}", _norm(mean=lambda old, x: _moved(x.mean((0, 2, 3)), old))),
        (f"the running mean {LAST}", _norm(mean=lambda old, x: x.mean((0, 2, 3)))),
        (f"the running mean {STILL}", _norm(mean=lambda old, x: old)),
        (f"a tenth of the new mean {SHRINK}", _norm(mean=lambda old, x: old + 0.1 * x.mean((0, 2, 3)))),
        (
            "that is the running variance. It comes last: `return y, running_mean, running_var`.",
            lambda *arguments: tuple(_norm()(*arguments)[place] for place in (0, 2, 1)),
        ),
        (
            "nearly: the running variance moves towards the variance divided by m − 1 (section 2).",
            _norm(var=lambda old, x: _moved(old, _variance(x))),
        ),
        (f"the running variance {FAR}", _norm(var=lambda old, x: _moved(_unbiased(x), old))),
        (f"the running variance {FAR}", _norm(var=lambda old, x: _moved(_variance(x), old))),
        (f"the running variance {LAST}", _norm(var=lambda old, x: _unbiased(x))),
        (f"the running variance {LAST}", _norm(var=lambda old, x: _variance(x))),
        (f"the running variance {STILL}", _norm(var=lambda old, x: old)),
        (
            "the running variance moves towards a standard deviation. Leave the root out.",
            _norm(var=lambda old, x: _moved(old, _unbiased(x).sqrt())),
        ),
        (f"a tenth of the new variance {SHRINK}", _norm(var=lambda old, x: old + 0.1 * _unbiased(x))),
        (
            "it is m/(m − 1), not (m − 1)/m: the running variance moves towards the larger one.",
            _norm(var=lambda old, x: _moved(old, _variance(x) ** 2 / _unbiased(x))),
        ),
        (f"{M} the number of images.", _with_m(len)),
        (f"{M} those of one map.", _with_m(lambda x: x[0, 0].numel())),
        (f"{M} those of all channels.", _with_m(Tensor.numel)),
        (
            "training=False: you normalise with the statistics of the batch. Use the running ones, so that an image's "
            "result does not depend on the others.",
            _norm(evaluated=lambda x, w, b, mean, var: (_norm()(x, w, b, mean, var, True)[0], mean, var)),
        ),
        (EVAL_MOVES, _norm(evaluated=_moving)),
        (EVAL_MOVES, _norm(evaluated=lambda *given: (_evaluated(*given)[0], *_moving(*given)[1:]))),
        (
            "training=False: γ and β are missing. They belong to both modes.",
            _norm(evaluated=lambda x, w, b, mean, var: ((x - _wide(mean)) / _wide(var + EPS).sqrt(), mean, var)),
        ),
        (
            "training=False: divide by the root of the running variance.",
            _norm(
                evaluated=lambda x, w, b, mean, var: (
                    _affine((x - _wide(mean)) / _wide(var + EPS), w, b),
                    mean,
                    var,
                )
            ),
        ),
        (
            "training=False: ε is missing. It belongs to both modes, under the root.",
            _norm(evaluated=lambda x, w, b, mean, var: (_normalised(x, mean, var - EPS, w, b), mean, var)),
        ),
        (
            "training=False must normalise too. You returned x as it was.",
            _norm(evaluated=lambda x, w, b, mean, var: (x, mean, var)),
        ),
    ),
)
