"""What test_distributed.py runs twice, by itself in one process and under torchrun in two: a program, not a test.

python two_processes.py FOLDER                trains in several ways; FOLDER/results.RANK holds what came out
python two_processes.py --die FILE …          utils.train with the other arguments, but after the second epoch process 1
                                              writes FILE and is killed
"""

import functools
import os
import signal
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

from utils import train as command
from utils.data import Dataset
from utils.data.transforms import random_crop, random_horizontal_flip
from utils.training import DivergedError, History, distributed, evaluate, fit, one_cycle

SGD = functools.partial(torch.optim.SGD, momentum=0.9)


def images(count: int) -> Dataset:
    """Noise in three classes of different brightness. The first pixel of each image is its number."""
    pixels = torch.randint(120, (count, 1, 8, 8), generator=torch.Generator().manual_seed(count))
    labels = torch.arange(count) % 3
    pixels += 40 * labels.view(-1, 1, 1, 1)
    pixels[:, 0, 0, 0] = torch.arange(count)
    return Dataset(pixels.to(torch.uint8), labels, ("a", "b", "c"), "made for a test")


class Watched(nn.Module):
    """A small network, with or without batch norm, that remembers which images it saw, and from which seed."""

    def __init__(self, batch_norm: bool = False):
        super().__init__()
        torch.manual_seed(1)
        norm = [nn.BatchNorm2d(4)] if batch_norm else []
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3), *norm, nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
        self.trained_on: list[int] = []
        self.seeds: set[int] = set()

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.trained_on += (x[:, 0, 0, 0] * 255).round().int().tolist()
            self.seeds.add(torch.initial_seed())
        return self.layers(x)


def augment(pixels: Tensor, generator: torch.Generator) -> Tensor:
    return random_horizontal_flip(random_crop(pixels, generator, padding=1), generator)


def experiments(folder: Path) -> dict:
    """Everything that is trained, by name: weights, histories, what was seen, what was refused."""
    results = {}
    settings = {"batch_size": 32, "device": "cpu", "precision": "fp32", "progress": False}
    settings |= {"optimizer": SGD, "learning_rate": 0.05, "schedule": one_cycle}

    def record(name: str, model: nn.Module, **changes) -> None:
        # 101 images in batches of 32 end with one of 5; 37 are validated: neither can be halved.
        history = fit(model, images(101), images(37), epochs=3, **settings | changes)
        results[name] = {
            "weights": dict(model.state_dict()),
            "losses": history.train_loss + history.validation_loss,
            "accuracies": history.train_accuracy + history.validation_accuracy,
            "text": str(history),
        }

    watched = Watched()
    record("plain", watched)
    results["plain"] |= {"trained on": watched.trained_on, "seeds": sorted(watched.seeds)}
    record("augmented", Watched(), augment=augment)
    own = folder / f"{distributed.rank()}.pt"  # as if the processes had no folder in common
    record("fp16", Watched(), precision="fp16", checkpoint=own)
    results["fp16"]["wrote"] = own.exists()
    normalised = Watched(batch_norm=True)
    record("batch norm", normalised)
    record("batch norm again", normalised)
    metrics = evaluate(normalised, images(1)), evaluate(normalised, images(38))
    results["evaluated"] = [(m.loss, m.accuracy, m.samples) for m in metrics]
    refused = {
        "one image for two": {"batch_size": 20},
        "other data": {"train": images(101 - distributed.rank())},
        "other checkpoint": {"epochs": 3, "validation": images(37), "precision": "fp16", "checkpoint": own},
        "diverged": {"learning_rate": 1e38, "schedule": None},
    }
    for name, change in refused.items():
        try:
            fit(Watched(), **{"train": images(101), "epochs": 2} | settings | change)
        except (ValueError, DivergedError) as error:
            results[name] = f"{type(error).__name__}: {error}"
    return results


def die(obituary: Path) -> None:
    def after_epoch(_: nn.Module, history: History) -> None:
        if distributed.rank() == 1 and history.epochs == 2:
            obituary.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    command.print_epoch = after_epoch
    command.main(sys.argv[3:])


if __name__ == "__main__":
    if sys.argv[1] == "--die":
        die(Path(sys.argv[2]))
    else:
        folder = Path(sys.argv[1])
        with distributed.process_group("cpu"):
            rank, results = distributed.rank(), experiments(folder)
        results["threads"] = [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
        torch.save(results, folder / f"results.{rank}")
