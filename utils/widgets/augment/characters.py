"""Pictures for the Augmentation Bench: some clothes that come with the course, and characters of few large pixels."""

import torch
from torch import Tensor

from utils.data import idx
from utils.data.fashion import SAMPLE

# What it becomes: mirrored, turned by half a turn, and both, which is upside down.
CHARACTERS = [
    ("letter b", {"mirrored": "a d", "turned": "a q", "both": "a p"}),
    ("digit 6", {"mirrored": "no digit", "turned": "a 9", "both": "no digit"}),
    ("digit 2", {"mirrored": "a 5", "turned": "a 2, as before", "both": "a 5"}),
]
PIXELS = {
    "letter b": ("#..", "#..", "###", "#.#", "###"),
    "digit 6": ("###", "#..", "###", "#.#", "###"),
    "digit 2": ("###", "..#", "###", "#..", "###"),
}


def drawn(name: str, height: int, width: int) -> Tensor:
    """(1, height, width) uint8: the character in white, as large as whole pixels allow, in the middle on black."""
    shape = torch.tensor([[255 * (pixel == "#") for pixel in row] for row in PIXELS[name]], dtype=torch.uint8)
    scale = max(1, min(height, width) // 7)
    large = shape.repeat_interleave(scale, 0).repeat_interleave(scale, 1)[:height, :width]
    top, left = (height - large.shape[0]) // 2, (width - large.shape[1]) // 2
    picture = torch.zeros(1, height, width, dtype=torch.uint8)
    picture[0, top : top + large.shape[0], left : left + large.shape[1]] = large
    return picture


def sample() -> tuple[Tensor, Tensor]:
    """The test images of Fashion-MNIST that come with the course: (N, 1, 28, 28) uint8 and labels (N,)."""
    images, labels = (SAMPLE / f"t10k-{name}-ubyte.gz" for name in ("images-idx3", "labels-idx1"))
    return idx.parse(idx.unpack(images), images).unsqueeze(1), idx.parse(idx.unpack(labels), labels).long()
