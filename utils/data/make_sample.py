"""Makes the part of Fashion-MNIST that comes with the course: ``python -m utils.data.make_sample``.

It takes the first images of each class, in their original order, and writes them in the original format. The
licence beside them is Fashion-MNIST's own.
"""

import gzip
from pathlib import Path

import torch
from torch import Tensor

from utils.data.dataset import Dataset
from utils.data.fashion import SAMPLE, fashion_mnist
from utils.data.mirrors import FASHION_MNIST


def write_sample(train: Dataset, test: Dataset, folder: Path) -> None:
    """Write the first 100 + 50 images of each class to ``folder``, as four idx ``.gz`` files."""
    tensors = []
    for dataset, per_class in ((train, 100), (test, 50)):
        first = [(dataset.labels == label).nonzero()[:per_class, 0] for label in range(10)]
        part = dataset.subset(torch.cat(first).sort().values)
        tensors += [part.images.squeeze(1), part.labels.to(torch.uint8)]
    folder.mkdir(parents=True, exist_ok=True)
    for name, tensor in zip(FASHION_MNIST, tensors, strict=True):
        (folder / f"{name}.gz").write_bytes(gzip.compress(_idx(tensor), mtime=0))  # no date: same bytes each time


def _idx(tensor: Tensor) -> bytes:
    """A tensor of bytes in the format that ``idx.py`` describes."""
    header = bytes([0, 0, 8, tensor.ndim]) + b"".join(size.to_bytes(4, "big") for size in tensor.shape)
    return header + tensor.numpy().tobytes()


if __name__ == "__main__":
    whole = fashion_mnist()
    if whole[0].is_sample:
        raise SystemExit("A sample is made from the whole of Fashion-MNIST, and no copy of it was found.")
    write_sample(*whole, SAMPLE)
