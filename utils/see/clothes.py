"""Fashion-MNIST in a hurry: few images, a small network, trained in two or three seconds."""

from collections.abc import Callable

import torch
from torch import nn

from utils.data import Dataset, fashion_mnist
from utils.data.batches import Augmentation
from utils.training import fit


def few_clothes(images: int = 6000) -> tuple[Dataset, Dataset]:
    """``(train, test)``: the first images of each, as many as there are."""
    train, test = fashion_mnist()
    return train.subset(torch.arange(min(images, len(train)))), test.subset(torch.arange(min(2000, len(test))))


def trained(
    make: Callable[[], nn.Module], train: Dataset, shown: int = 18_000, augment: Augmentation | None = None
) -> nn.Module:
    """What ``make`` returns, after ``shown`` images. The learner's random numbers go on as if nothing had been."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = make()
        fit(
            model,
            train,
            epochs=shown // len(train),
            learning_rate=3e-3,
            augment=augment,
            device="cpu",
            progress=False,
        )
    return model.eval()


def small_cnn() -> nn.Sequential:
    """(N, 1, 28, 28) -> 10 logits, with 9,098 parameters."""
    return nn.Sequential(*small_maps(), nn.Flatten(), nn.Linear(16 * 7 * 7, 10))


def small_mlp() -> nn.Sequential:
    """(N, 1, 28, 28) -> 10 logits, with 50,890 parameters."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))


def small_maps() -> nn.Sequential:
    """(N, 1, H, W) -> (N, 16, H/4, W/4)"""
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 16, kernel_size=3, stride=2, padding=1),
        nn.ReLU(),
    )
