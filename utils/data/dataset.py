"""A data set: images and labels in memory, their class names, and where they came from."""

import hashlib
import warnings
from dataclasses import dataclass, replace

import torch
from torch import Tensor

SAME = 1e-6  # a standard deviation below is rounding: one step of brightness in one of a million pixels is 4e-6


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images, held as two tensors.

    Attributes:
        images: (N, C, H, W), uint8, 0 is dark and 255 is bright.
        labels: (N,), int64, each the index of a name in ``class_names``.
        class_names: one name per class.
        source: one line for people: what this is and where its bytes came from.
        is_sample: True for the small stand-in that comes with the course. Accuracies measured on it say
            little about the real data, so everything made from it must say so.
        mean, std: one number per channel, with 0 for dark and 1 for bright: what a network's input is normalised
            with. Both parts of a data set carry those of its training images (see ``channel_statistics``).
            Left out, they are 0 and 1, and normalising changes nothing. A std of 0, of a channel that is the same
            everywhere, becomes 1: nobody can divide by it.

    Raises:
        TypeError: images or labels are not tensors of the type above.
        ValueError: their shapes do not fit each other, or a label has no class name.
    """

    images: Tensor
    labels: Tensor
    class_names: tuple[str, ...]
    source: str
    is_sample: bool = False
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "class_names", tuple(self.class_names))
        for name, dtype in (("images", torch.uint8), ("labels", torch.int64)):
            value = getattr(self, name)
            if not isinstance(value, Tensor) or value.dtype != dtype:
                found = value.dtype if isinstance(value, Tensor) else type(value).__name__
                raise TypeError(f"{name} must be a {dtype} tensor, and this is {found}: convert it first.")
        if self.images.ndim != 4:
            raise ValueError(
                f"images must have shape (N, C, H, W), and these have {tuple(self.images.shape)}: "
                "grey images need a channel axis too (images.unsqueeze(1))."
            )
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"labels must have shape (N,) = ({len(self.images)},), one for each image, "
                f"and these have {tuple(self.labels.shape)}."
            )
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
            raise ValueError(
                f"labels must lie in 0..{len(self.class_names) - 1}, one number for each of the "
                f"{len(self.class_names)} class names, and these run from {self.labels.min()} to "
                f"{self.labels.max()}."
            )
        channels = self.images.shape[1]
        for name, neutral in (("mean", 0.0), ("std", 1.0)):
            value = tuple(getattr(self, name)) or (neutral,) * channels
            if len(value) != channels:
                raise ValueError(f"{name} must have one number per channel, {channels}, and has {len(value)}.")
            object.__setattr__(self, name, value)
        object.__setattr__(self, "std", tuple(std if std > SAME else 1.0 for std in self.std))

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, indices: Tensor | list[int]) -> "Dataset":
        """The images at ``indices``, (M,) integers, in that order. (A mask of booleans works too.)

        Raises:
            IndexError: an index is not in 0..N−1.
        """
        indices = torch.as_tensor(indices)
        if not len(indices):
            indices = indices.long()  # torch takes an empty list for floats
        return replace(self, images=self.images[indices], labels=self.labels[indices])

    def fingerprint(self) -> str:
        """The same text for the same images, labels, class names, mean and std in the same order, and for no others."""
        digest = hashlib.sha256(repr((self.images.shape, self.class_names, self.mean, self.std)).encode())
        for tensor in (self.images, self.labels):
            digest.update(tensor.cpu().contiguous().numpy().data)
        return digest.hexdigest()

    def __repr__(self) -> str:
        shape = "×".join(str(size) for size in self.images.shape)
        return f"Dataset({shape} images, {len(self.class_names)} classes, {self.source!r})"


def channel_statistics(images: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel of (N, C, H, W) uint8 images, scaled to 0..1.

    Counts how often each of the 256 brightnesses occurs: exact, and no float copy of all images is made.
    """
    brightness = torch.arange(256, dtype=torch.float64) / 255
    means, stds = [], []
    for channel in images.unbind(1):
        share = torch.bincount(channel.flatten(), minlength=256) / channel.numel()
        mean = (share * brightness).sum()
        means.append(mean.item())
        stds.append((share * (brightness - mean) ** 2).sum().sqrt().item())
    return tuple(means), tuple(stds)


def split(dataset: Dataset, validation: int, *, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Divide at random into ``(train, validation)``: no image in both, none left out.

    Args:
        validation: how many images to set aside.
        seed: the same seed always sets the same images aside.

    Raises:
        TypeError: ``validation`` is not a whole number.
        ValueError: it leaves one of the two parts empty.
    """
    if not isinstance(validation, int) or isinstance(validation, bool):
        raise TypeError(
            f"validation must be a number of images, such as 1000, and it is {validation!r}: "
            "for a fraction, write int(0.1 * len(dataset))."
        )
    if not 0 < validation < len(dataset):
        raise ValueError(
            f"validation must lie in 1..{len(dataset) - 1}, so that both parts have images, and it is {validation}."
        )
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))
    rest, part = dataset.subset(order[validation:]), dataset.subset(order[:validation])
    absent = set(absent_classes(part) + absent_classes(rest)) - set(absent_classes(dataset))
    if absent:
        warnings.warn(
            f"the division leaves no image of {', '.join(sorted(absent))} on one of its sides: set more images "
            "aside, or use split_each, which takes a share of each class",
            stacklevel=2,
        )
    return rest, part


def split_each(dataset: Dataset, share: float, *, seed: int = 0) -> tuple[Dataset, Dataset]:
    """Divide at random into ``(rest, part)``: of each class its ``share``, 0..1, and at least one image.

    A class with one image stays in ``rest``: see `absent_classes`.

    Raises:
        ValueError: no class has two images, so that ``part`` would be empty.
    """
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))
    labels, chosen = dataset.labels[order], torch.zeros(len(dataset), dtype=torch.bool)
    for label in range(len(dataset.class_names)):
        places = (labels == label).nonzero().flatten()
        chosen[places[: min(max(1, round(share * len(places))), len(places) - 1)]] = len(places) > 1
    if not chosen.any():
        raise ValueError("no class has two images, so there is nothing to set aside: more images are needed")
    return dataset.subset(order[~chosen]), dataset.subset(order[chosen])


def absent_classes(dataset: Dataset) -> list[str]:
    """The names of the classes that have no image."""
    counts = dataset.labels.bincount(minlength=len(dataset.class_names)).tolist()
    return [name for name, count in zip(dataset.class_names, counts, strict=True) if not count]
