"""Mini-batches of a data set that fits in memory, which every data set of this course does.

A data loader that fetches, decodes and stacks one image at a time spends longer on that than a small network
spends on learning. Here all images live on the device as one uint8 tensor; a batch is one indexing operation.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from utils.data.dataset import Dataset

Augmentation = Callable[[Tensor, torch.Generator], Tensor]


class Batches:
    """The batches of one data set: shuffled, augmented and normalised as they are asked for.

    Args:
        dataset: images (N, C, H, W), uint8.
        batch_size: images per batch; the last batch of an epoch may be smaller.
        shuffle: a new order every epoch, else the data set's own.
        augment: called with the uint8 batch and a generator, on the device.
        seed: with the epoch's number it determines order and augmentation completely, so that a run which is
            interrupted and resumed sees what it would have seen.
        device: where the images are kept and the batches come out.
        memory_format: the layout of the batches in memory.
        rank, world_size: which of how many processes this is. Each batch is divided among them, as evenly as it
            goes: together they see what one process would, augmentation included, and no image twice.

    Attributes:
        weight: this process's part of the images of the batch that was yielded last, 0..1.

    Raises:
        ValueError: a batch size below 1, or one that leaves a process without images.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        *,
        shuffle: bool = False,
        augment: Augmentation | None = None,
        seed: int = 0,
        device: torch.device | str = "cpu",
        memory_format: torch.memory_format = torch.contiguous_format,
        rank: int = 0,
        world_size: int = 1,
    ):
        if batch_size < 1:
            raise ValueError(f"batch_size={batch_size} must be at least 1")
        self.rank, self.world_size, self.weight = rank, world_size, 1.0
        self.batch_size, self.shuffle, self.augment, self.seed = batch_size, shuffle, augment, seed
        self.device = torch.device(device)
        self.images = dataset.images.to(self.device, memory_format=memory_format)
        self.labels = dataset.labels.to(self.device)
        # (x / 255 - mean) / std, arranged so that each pixel costs one multiplication and one addition.
        mean, std = (
            torch.tensor(numbers, dtype=torch.float32, device=self.device).view(1, -1, 1, 1)
            for numbers in (dataset.mean, dataset.std)
        )
        self.scale, self.offset = 1 / (255 * std), -mean / std
        if len(dataset) and self.smallest_batch() < world_size:
            raise ValueError(
                f"batch_size={batch_size} makes a batch of {self.smallest_batch()} out of the last of {len(dataset):,} "
                f"images, too few for {world_size} processes: choose another batch_size, or fewer processes"
            )

    def __len__(self) -> int:
        """Batches in an epoch."""
        return -(-len(self.labels) // self.batch_size)

    def gradient_factor(self) -> float:
        """What the mean loss of this process's part is multiplied by, so that the mean of all processes' gradients is
        that of the whole batch: one may have 3 images, and another 4.
        """
        return self.weight * self.world_size

    def smallest_batch(self) -> int:
        """Images in the smallest batch of an epoch, all processes together."""
        return len(self.labels) % self.batch_size or min(self.batch_size, len(self.labels))

    def first(self, count: int) -> Tensor:
        """The first images as they come in a batch, (count, C, H, W)."""
        return torch.addcmul(self.offset, self.images[:count].float(), self.scale)

    def epoch_seed(self, number: int) -> int:
        """The seed of all chance in one epoch. No two of a million epochs share one."""
        return self.seed * 1_000_003 + number

    def epoch(self, number: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield ``(images, labels)``: float32 (N, C, H, W), normalised, and int64 (N,)."""
        generator = torch.Generator(self.device).manual_seed(self.epoch_seed(number))
        n = len(self.labels)
        order = torch.randperm(n, generator=generator, device=self.device) if self.shuffle else None
        for start in range(0, n, self.batch_size):
            chosen: slice | Tensor = slice(start, start + self.batch_size)
            if order is not None:
                chosen = order[chosen]
            images, labels = self.images[chosen], self.labels[chosen]
            if self.augment is not None:
                # The whole batch in every process, so that all draw the same random numbers; it costs little.
                images = self.augment(images, generator)
            mine = images.tensor_split(self.world_size)[self.rank]
            self.weight = len(mine) / len(images)
            yield (
                torch.addcmul(self.offset, mine.float(), self.scale),
                labels.tensor_split(self.world_size)[self.rank],
            )
