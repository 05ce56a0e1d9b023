"""Task 2: the parameters of two networks, as formulas."""

from collections.abc import Callable, Iterator

from utils.checks.inputs import Random
from utils.checks.task import Task


def _fully_connected(c: int, h: int, w: int, k: int, hidden: int = 512, outputs: int = 1) -> int:
    """Its parameters; the last two are how many biases there are, of the hidden units and for each output."""
    return 512 * c * h * w + hidden + (512 + outputs) * k


def _convolutional(c: int, h: int, w: int, k: int) -> int:
    return 9 * c * 32 + 9 * 32 * 64 + 9 * 64 * 128 + CNN_BIASES + 129 * k


CNN_BIASES = 32 + 64 + 128


def _first(wrong: Callable) -> Callable:
    return lambda *size: (wrong(*size), _convolutional(*size))


def _second(wrong: Callable) -> Callable:
    return lambda *size: (_fully_connected(*size), wrong(*size))


def _sizes(random: Random) -> Iterator[tuple]:
    yield from [(3, 32, 32, 2), (1, 40, 24, 10)]
    for _ in range(4):
        yield random.integer(2, 6), *(8 * n for n in random.two_integers(2, 30)), random.integer(2, 9)


counts = Task(
    "counts",
    right=_first(_fully_connected),
    cases=_sizes,
    case=lambda c, h, w, k: f"(images {c}×{h}×{w} and {k} classes)",
    kind=int,
    returns="fully_connected, convolutional",
    parts=("the fully connected network", "the convolutional network"),
    mistakes=(
        (
            "the fully connected network: biases are missing, one for each hidden unit and each output.",
            _first(lambda *size: _fully_connected(*size, hidden=0, outputs=0)),
        ),
        (
            "the fully connected network: the biases of the hidden units are missing.",
            _first(lambda *size: _fully_connected(*size, hidden=0)),
        ),
        (
            "the fully connected network: the biases of the outputs are missing.",
            _first(lambda *size: _fully_connected(*size, outputs=0)),
        ),
        (
            "your first number is that of the convolutional network. The fully connected one comes first.",
            _first(_convolutional),
        ),
        (
            "the fully connected network: that is its first layer. A second one makes the outputs.",
            _first(lambda c, h, w, k: _fully_connected(c, h, w, 0)),
        ),
        (
            "the fully connected network: the channels are missing. Flattening keeps all C·H·W numbers.",
            _first(lambda c, h, w, k: _fully_connected(1, h, w, k)),
        ),
        (
            "the fully connected network: you took the height for the width. Images need not be square.",
            _first(lambda c, h, w, k: _fully_connected(c, h, h, k)),
        ),
        (
            "the fully connected network: you took the width for the height. Images need not be square.",
            _first(lambda c, h, w, k: _fully_connected(c, w, w, k)),
        ),
        (
            "the convolutional network: biases are missing, one for each output channel and each class.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, k) - CNN_BIASES - k),
        ),
        (
            "the convolutional network: the biases of the convolutions are missing, one for each output channel.",
            _second(lambda *size: _convolutional(*size) - CNN_BIASES),
        ),
        (
            "the convolutional network: the biases of the linear layer are missing, one for each class.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, k) - k),
        ),
        (
            "the convolutional network: the second convolution reads the 32 maps of the first, the third the 64 of the "
            "second. Only the first reads the image.",
            _second(lambda c, h, w, k: 9 * c * CNN_BIASES + CNN_BIASES + 129 * k),
        ),
        (
            "the convolutional network: batch norm is one of the improvements, and comes without them.",
            _second(lambda *size: _convolutional(*size) + 2 * CNN_BIASES),
        ),
        (
            "the convolutional network: the linear layer at the end is missing.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, 0)),
        ),
        (
            "the convolutional network: its last layer does not get the flattened maps. Of each of the 128 maps one "
            "number is left, the largest.",
            _second(lambda c, h, w, k: _convolutional(c, h, w, 0) + (128 * (h // 8) * (w // 8) + 1) * k),
        ),
        (
            "the convolutional network: a kernel of 3×3 has 9 weights for each pair of channels, not 3.",
            _second(lambda c, h, w, k: 3 * (c * 32 + 32 * 64 + 64 * 128) + CNN_BIASES + 129 * k),
        ),
        (
            "the convolutional network: each output channel has a 3×3 kernel for every input channel.",
            _second(lambda c, h, w, k: 10 * CNN_BIASES + 129 * k),
        ),
    ),
)
