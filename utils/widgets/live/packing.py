"""A network's numbers as text that a page can hold: a letter for each weight.

A weight is a whole number of steps from −127 to 127, 8 bits; the step is that of its layer, the largest weight / 127.
Whole numbers near 0 are common, and their letters take one byte where rare ones take two: 268,000 weights of the
course's ResNet-20 are 285 kB. `numbers.js` reads the same.
"""

import base64
import copy
import math

import torch
from torch import Tensor, nn

MOST = 127  # steps
# 255 letters: those of ASCII that neither JSON nor HTML writes in another way, then letters with accents.
LETTERS = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "\"&'<\\")
LETTERS += "".join(chr(code) for code in range(0xA1, 0xA1 + 2 * MOST + 1 - len(LETTERS)))
STEPS = torch.full((ord(LETTERS[-1]) + 1,), math.nan)  # of each letter: 0, −1, 1, −2, 2, …
STEPS[[ord(letter) for letter in LETTERS]] = torch.tensor([(n + 1) // 2 * (-1.0) ** n for n in range(2 * MOST + 1)])


def pack_weights(weights: Tensor) -> dict:
    """Weights of any shape as ``{"shape": [...], "step": float, "letters": str}``, to the nearest step.

    Raises:
        ValueError: a weight is infinite or not a number.
    """
    if not weights.isfinite().all():
        raise ValueError("a weight is infinite or not a number: the training of this network has failed")
    step = weights.abs().max().item() / MOST or 1.0  # of weights that are all 0, any step
    steps = (weights / step).round().int()
    index = 2 * steps.abs() - (steps < 0).int()
    return {
        "shape": list(weights.shape),
        "step": step,
        "letters": "".join(LETTERS[i] for i in index.flatten().tolist()),
    }


def unpack_weights(packed: dict) -> Tensor:
    """The weights as the page has them, float32.

    Raises:
        ValueError: a letter that stands for no weight.
        IndexError, RuntimeError: another such letter, or not as many as the shape asks for.
    """
    codes = torch.frombuffer(bytearray(packed["letters"].encode("utf-32-le")), dtype=torch.int32)
    steps = STEPS[codes.long()]
    if steps.isnan().any():
        raise ValueError("a letter stands for no weight")
    return (packed["step"] * steps).reshape(packed["shape"])


def in_eight_bits(model: nn.Module) -> nn.Module:
    """A copy of a network, in evaluation mode, with the weights that the page has."""
    model = copy.deepcopy(model).eval()
    for layer in model.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.weight.data = unpack_weights(pack_weights(layer.weight))
    return model


def pack_numbers(numbers: Tensor) -> str:
    """A vector of float32, exactly, in base64: biases and what batch norm knows are few."""
    return base64.b64encode(numbers.detach().float().contiguous().numpy().astype("<f4").tobytes()).decode()


def unpack_numbers(packed: str) -> Tensor:
    return torch.frombuffer(bytearray(base64.b64decode(packed, validate=True)), dtype=torch.float32)
