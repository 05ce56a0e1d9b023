"""Task 5 of assignment 07: a deep network whose first weights keep the signal."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from utils.checks.asking import ask_network
from utils.checks.networks import layer_count, trace
from utils.checks.plan import Plan, Run, ends_in_softmax
from utils.checks.wording import shape_of

N = 9 * 32  # numbers that a unit reads, but for the first convolution


def _drawn(std: float) -> Callable[[Tensor], object]:
    return lambda weight: nn.init.normal_(weight, std=std)


def _built(
    start: Callable[[Tensor], object] = nn.init.kaiming_normal_,
    relu: Callable[[], nn.Module] = nn.ReLU,
    last: Callable[[], nn.Module] = nn.ReLU,
    pool: Callable[[int], nn.Module] = nn.AdaptiveAvgPool2d,
    end: Callable[[], nn.Module] = nn.Identity,
    padding: int = 1,
    bias: bool = True,
    norm: Callable[[], nn.Module] = nn.Identity,
) -> Callable:
    """An answer to task 5, right or with other layers, or with weights that start otherwise."""

    def make() -> nn.Module:
        layers: list[nn.Module] = []
        for number in range(10):
            convolution = nn.Conv2d(32 if number else 1, 32, 3, padding=padding, bias=bias)
            start(convolution.weight)
            layers += [convolution, norm(), last() if number == 9 else relu()]
        return nn.Sequential(*layers, pool(1), nn.Flatten(), nn.Linear(32, 10), end())

    return make


def _small_at_first(weight: Tensor) -> None:
    _drawn(0.01 if weight.shape[1] == 1 else (2 / N) ** 0.5)(weight)


def _cuts(run: Run) -> str:
    for number, (layer, read, maps) in enumerate(run.layers, 1):
        if isinstance(layer, nn.Conv2d) and maps.shape[2:] != read.shape[2:]:
            return f"Convolution {number} makes {shape_of(maps[0, 0])} of {shape_of(read[0, 0])}."
    return ""


def _later(run: Run) -> list[tuple[int, Tensor]]:
    """The number of each convolution but the first, and what it has read."""
    convolutions = [read for layer, read, _ in run.layers if isinstance(layer, nn.Conv2d)]
    return list(enumerate(convolutions, 1))[1:]


def _reads_negative(run: Run) -> str:
    found = [number for number, read in _later(run) if (read < 0).any()]
    return f"It is convolution {found[0]}." if found else ""


def _reads_sigmoid(run: Run) -> str:
    found = [number for number, read in _later(run) if read.min() > 0 and read.max() < 1]
    return f"It is convolution {found[0]}." if found else ""


def _spreads(run: Run) -> list[tuple[float, float]]:
    """Of a new network the standard deviations after the first and after the tenth convolution, as often as asked for.

    Biases have a spread of their own, which hides how the signal fades: they are zero here.
    """
    found = []
    for _ in range(4):  # one network's weights may hold or fade by chance, four together do not
        network = ask_network(run.answer)
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.zeros_(layer.bias)
        _, layers = trace(network, run.images.clone(), nn.Conv2d)
        found.append((layers[0][2].std().item(), layers[-1][2].std().item()))
    return found


def _factor(run: Run) -> float:
    """With what each convolution multiplies the spread of the signal. With He's rule it is 0.97, less than 1 for the
    zeros of the padding.
    """
    factors = torch.tensor([(last / max(first, 1e-9)) ** (1 / 9) for first, last in _spreads(run)])
    return factors.clamp(min=1e-9).log().mean().exp().item()


def _start(words: str, std: float, wrong: Callable[[Tensor], object]) -> tuple:
    """The mistake of first weights with this standard deviation, by which the signal fades or grows."""

    def seen(run: Run) -> str:
        weights = [layer.weight for layer in ask_network(run.answer).modules() if isinstance(layer, nn.Conv2d)]
        spread = weights[5].std().item()
        if abs(spread - std) > 0.04 * std + 1e-6 or 0.9 < (factor := _factor(run)) < 1.05:
            return ""
        return f"Each convolution multiplies the spread by about {factor:.2f}; your weights have {spread:.4f}."

    return f"the layers fit, but the signal does not keep its spread. {words}", _built(wrong), seen


def _changed(change: Callable[[nn.Module], None]) -> Callable:
    """An answer to task 5 in whose first numbers something is changed."""

    def make() -> nn.Module:
        network = _built()()
        for layer in network:
            change(layer)
        return network

    return make


def _ones(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d):
        nn.init.ones_(layer.bias)


def _nothing(layer: nn.Module) -> None:
    if isinstance(layer, nn.Linear):
        nn.init.zeros_(layer.weight)


def _largest_bias(run: Run) -> str:
    """With what torch and He begin, no bias of a convolution is beyond 1/3."""
    biases = [layer.bias for layer in ask_network(run.answer).modules() if isinstance(layer, nn.Conv2d)]
    largest = max(bias.abs().max().item() for bias in biases)
    return f"One is {largest:.2g}." if largest > 0.5 else ""


def _ends_in_nothing(run: Run) -> bool:
    return any(isinstance(layer, nn.Linear) and not layer.weight.any() for layer in ask_network(run.answer).modules())


def _fades(run: Run) -> str:
    factor = _factor(run)
    return "" if 0.85 < factor < 1.12 else f"Each convolution multiplies it by about {factor:.2f}."


def _faint_at_first(run: Run) -> str:
    least = min(first for first, _ in _spreads(run))
    return f"Yours is {least:.3f}." if least < 0.1 else ""


repaired = Plan(
    "repaired",
    right=_built(),
    images=lambda random: random.normal(4, 1, *random.two_integers(21, 26)),
    mistakes=(
        (
            "batch norm would help, but is not in the plan. Here the first weights must do it alone.",
            _built(norm=lambda: nn.BatchNorm2d(32)),
            lambda run: layer_count(run.network, nn.BatchNorm2d) > 0,
        ),
        ("all ten convolutions keep the size: look at the padding.", _built(padding=0), _cuts),
        (
            "a convolution reads negative numbers, so no ReLU stands before it.",
            _built(relu=nn.Tanh),
            _reads_negative,
        ),
        (
            "all numbers that a convolution reads are between 0 and 1, and none is 0: that is a sigmoid. The plan has "
            "ReLUs.",
            _built(relu=nn.Sigmoid),
            _reads_sigmoid,
        ),
        (
            "a convolution has no biases. The plan has them: 32 in each layer.",
            _built(bias=False),
            lambda run: any(isinstance(layer, nn.Conv2d) and layer.bias is None for layer in run.network.modules()),
        ),
        ("a softmax ends the network. Logits are asked for.", _built(end=lambda: nn.Softmax(1)), ends_in_softmax),
        (
            "the ReLU after the tenth convolution is missing. One follows each convolution.",
            _built(last=nn.Identity),
        ),
        (
            "those are maxima. Global average pooling takes the mean of each map.",
            _built(pool=nn.AdaptiveMaxPool2d),
        ),
        ("there is a ReLU after the linear layer. A logit may be negative.", _built(end=nn.ReLU)),
    ),
    beside=(
        ("biases of convolutions begin far from 0, and shift the signal. Begin at 0.", _changed(_ones), _largest_bias),
        (
            "the linear layer begins with zeros, so no gradient reaches the convolutions. Leave it as torch makes it.",
            _changed(_nothing),
            _ends_in_nothing,
        ),
        _start("That is still the 0.01 of what was built.", 0.01, _drawn(0.01)),
        _start(
            "That is √(1/n), which is right without ReLU. A ReLU takes half of the signal: √(2/n).",
            (1 / N) ** 0.5,
            nn.init.xavier_normal_,
        ),
        _start(
            "About so much is right for tanh, which takes more of the signal than a ReLU: √(2/n).",
            5 / 3 * (1 / N) ** 0.5,
            lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="tanh"),
        ),
        _start("That is torch's own start. He's rule has to be applied.", (1 / (3 * N)) ** 0.5, lambda weight: weight),
        _start(
            "That is √(2/32). A unit reads 32 maps through 3×3 windows: n = 9 · 32.",
            (2 / 32) ** 0.5,
            lambda weight: _drawn((2 / weight.shape[1]) ** 0.5)(weight),
        ),
        _start(
            "That is √(2/9). A unit reads 32 maps through 3×3 windows: n = 9 · 32.",
            (2 / 9) ** 0.5,
            _drawn((2 / 9) ** 0.5),
        ),
        _start(
            "That is 2/n, the variance. The standard deviation is its root.",
            2 / N,
            lambda weight: _drawn(2 / weight[0].numel())(weight),
        ),
        _start(
            "All weights of a layer are equal, so all its maps stay equal. Draw them at random.",
            0.0,
            lambda weight: nn.init.constant_(weight, 0.3),
        ),
        (
            "the layers fit, but the signal does not keep its spread. He's rule keeps it: √(2/n), n numbers read by a "
            "unit. Does it reach every convolution?",
            _built(_drawn(0.2)),
            _fades,
        ),
        (
            "after the first convolution the spread is small, and that of the images is 1. Does He's rule reach this "
            "layer as well? Its n is 9.",
            _built(_small_at_first),
            _faint_at_first,
        ),
    ),
)
