"""Questions for Predict First, made from a seed: what is asked, the answer, why, and what a slip would have given."""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass

from torch.nn import functional as F

from utils.arithmetic import output_size, parameter_count, receptive_field, transposed_output_size
from utils.widgets.matrices import tensor


@dataclass(frozen=True)
class Question:
    """One thing to predict.

    Args:
        prompt: what is asked, a sentence.
        truth: the answer, a number; where there are options, the place of the right one.
        because: why, shown with the answer.
        options: to choose from; texts, or curves as equally long tuples of numbers. Empty if a number is asked for.
        mistakes: (answer, what went wrong) for slips that have a name.
        case: settings of a `ConvolutionStepper` that is opened after a wrong answer.
        grids: whether the image and the kernel of the case are part of the question.
    """

    prompt: str
    truth: float
    because: str
    options: tuple = ()
    mistakes: tuple[tuple[float, str], ...] = ()
    case: dict | None = None
    grids: bool = False

    def plain(self) -> dict:
        """As the page gets it."""
        return asdict(self)


def windows(rows: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> dict:
    """A case for a question about sizes: a square image of at most 32 rows, a square kernel of ones."""
    return {
        "image": [[(3 * r + 5 * c) % 10 for c in range(rows)] for r in range(rows)],
        "kernel": [[1] * kernel_size] * kernel_size,
        "stride": (stride, stride),
        "padding": (padding, padding),
        "dilation": (dilation, dilation),
    }


def size_question(chance: random.Random) -> Question:
    i, k, s = chance.randint(5, 12), chance.randint(2, 5), chance.randint(1, 3)
    p, d = chance.randint(0, 2), chance.choice((1, 1, 2))
    if d * (k - 1) + 1 > i + 2 * p:
        return size_question(chance)
    truth = output_size(i, k, s, p, d)
    room = i + 2 * p - d * (k - 1) - 1
    slips = {
        room // s: "The first place counts too: that is the + 1.",
        -(-room // s) + 1: "What does not fill a whole step is dropped: round down.",
        (i + p - d * (k - 1) - 1) // s + 1: "Padding is added on both sides: 2p.",
        (i + 2 * p - k) // s + 1: "With dilation the kernel spans d(k − 1) + 1 cells.",
    }
    settings = f"kernel {k}×{k}, stride {s}, padding {p}" + (f", dilation {d}" if d > 1 else "")
    return Question(
        f"A convolution: input {i}×{i}, {settings}. How many rows does the output have?",
        truth,
        f"⌊({i} + 2·{p} − {d}·({k} − 1) − 1) / {s}⌋ + 1 = ⌊{room}/{s}⌋ + 1 = {truth}",
        mistakes=_others(slips, truth),
        case=windows(i, k, s, p, d),
    )


def value_question(chance: random.Random) -> Question:
    image = [[chance.randint(0, 5) for _ in range(4)] for _ in range(4)]
    kernel = [[chance.randint(-2, 3) for _ in range(2)] for _ in range(2)]
    output = F.conv2d(tensor(image)[None, None], tensor(kernel)[None, None])[0, 0].long().tolist()
    flipped = F.conv2d(tensor(image)[None, None], tensor(kernel).flip(0, 1)[None, None])[0, 0].long().tolist()
    row, column = chance.randint(0, 2), chance.randint(0, 2)
    truth = output[row][column]
    slips = {
        flipped[row][column]: "You turned the kernel: that is convolution as mathematicians define it.",
        output[column][row]: "The row comes first, then the column.",
    }
    terms = [f"{image[row + i][column + j]}·{kernel[i][j]}" for i in (0, 1) for j in (0, 1)]
    return Question(
        f"The kernel slides over the image, as in a convolution layer. What is output[{row}, {column}]?",
        truth,
        f"{' + '.join(terms)} = {truth}".replace("-", "−"),
        mistakes=_others(slips, truth),
        case={"image": image, "kernel": kernel, "step": row * 3 + column},
        grids=True,
    )


def transposed_question(chance: random.Random) -> Question:
    i, k, s = chance.randint(2, 10), chance.randint(2, 5), chance.randint(1, 3)
    p = chance.randint(0, (k - 1) // 2)
    truth = transposed_output_size(i, k, s, p)
    slips = {i * s: "Only if 2p = k − s.", output_size(i + k, k, s, p): "That is the size of a convolution."}
    return Question(
        f"A transposed convolution: input {i}×{i}, kernel {k}×{k}, stride {s}, padding {p}. "
        "How many rows does the output have?",
        truth,
        f"({i} − 1)·{s} + 1 cells with the zeros between them, and padding {k} − 1 − {p} = {k - 1 - p}: "
        f"({i} − 1)·{s} + 1 + 2·{k - 1 - p} − {k} + 1 = {truth}",
        mistakes=_others(slips, truth),
        case=_zeros_between(windows(i, k, padding=k - 1 - p), s),
    )


def parameter_question(chance: random.Random) -> Question:
    groups = chance.choice((1, 1, 2, 4))
    c_in, c_out, k = groups * chance.randint(1, 4), groups * chance.randint(1, 4), chance.choice((1, 3, 5))
    truth = parameter_count(c_in, c_out, k, groups)
    slips = {
        truth - c_out: f"Each of the {c_out} output channels has a bias too.",
        parameter_count(c_in, c_out, k): f"With groups={groups} a kernel reads only {c_in // groups} channels.",
        k * k * c_out + c_out: "A kernel has a layer of weights for each input channel.",
    }
    share = f"({c_in}/{groups})" if groups > 1 else f"{c_in}"
    more = f", groups={groups}" if groups > 1 else ""
    return Question(
        f"How many parameters has nn.Conv2d({c_in}, {c_out}, kernel_size={k}{more})?",
        truth,
        f"{share}·{c_out}·{k}·{k} + {c_out} = {truth}",
        mistakes=_others(slips, truth),
    )


def field_question(chance: random.Random) -> Question:
    layers = [(chance.choice((3, 3, 5)), chance.choice((1, 1, 2))) for _ in range(chance.randint(2, 3))]
    truth = receptive_field(layers)
    steps, jump = ["1"], 1
    for k, s in layers:
        steps.append(f"({k} − 1)·{jump}")
        jump *= s
    slips = {
        sum(k for k, _ in layers): "Each layer adds k − 1, not k: the windows share cells.",
        1 + sum(k - 1 for k, _ in layers): "After a stride, one step is as long as the strides before it multiplied.",
    }
    names = ", then ".join(f"{k}×{k} with stride {s}" for k, s in layers)
    return Question(
        f"Layers: {names}. How many input rows does one unit of the last layer see?",
        truth,
        f"{' + '.join(steps)} = {truth}",
        mistakes=_others(slips, truth),
    )


KINDS: dict[str, Callable[[random.Random], Question]] = {
    "output_size": size_question,
    "value": value_question,
    "transposed_size": transposed_question,
    "parameters": parameter_question,
    "receptive_field": field_question,
}


def _zeros_between(case: dict, stride: int) -> dict:
    """Zeros between the cells of its image: a transposed convolution is this convolution."""
    far = (len(case["image"]) - 1) * stride + 1
    image = [[0] * far for _ in range(far)]
    for r, row in enumerate(case["image"]):
        image[r * stride][::stride] = row
    return case | {"image": image}


def _others(slips: dict[int, str], truth: int) -> tuple[tuple[int, str], ...]:
    """The slips that give another answer than the truth."""
    return tuple((answer, reason) for answer, reason in slips.items() if answer != truth)
