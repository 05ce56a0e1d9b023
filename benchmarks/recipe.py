"""``python -m benchmarks.recipe``: train CIFAR-10 by the recipe in `utils.speed`, several times, and keep the result.

Counted is everything from the first weights to the test accuracy, with the images on the device. What comes before the
first run (loading, compiling) is not. It is meant for a GPU: two cores need about an hour for one run.
"""

import argparse
import statistics
import time
from dataclasses import replace

import torch

from benchmarks.record import save
from utils import settings
from utils.data import cifar10
from utils.models.fast_cifar import FastCifar
from utils.speed import accuracy_with_views, train_fast
from utils.training import choose_precision


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipe", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="runs that count (default: 10)")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of each (default: 10)")
    parser.add_argument("--compile", action="store_true", help="compile the network before the first run")
    options = parser.parse_args()
    device = settings.device()
    torch.backends.cudnn.benchmark = True  # the shapes never change, so one search pays
    train, test = (replace(part, images=part.images.to(device), labels=part.labels.to(device)) for part in cifar10())
    print(train.source)
    model = FastCifar().to(device)
    network = torch.compile(model, dynamic=False) if options.compile else model

    runs = []
    for seed in range(-1, options.runs):
        epochs = options.epochs if seed >= 0 else 1  # a short one first, which warms up
        seconds = train_fast(network, train, epochs=epochs, seed=max(seed, 0))
        began = time.perf_counter()
        accuracies = accuracy_with_views(network, test)
        seconds += time.perf_counter() - began
        if seed >= 0:
            runs.append({"seed": seed, "seconds": seconds, "accuracy": accuracies})
            print(f"seed {seed}: {seconds:.2f} s, {accuracies['mean of six views']:.2%}", flush=True)
    accuracy = statistics.fmean(run["accuracy"]["mean of six views"] for run in runs)
    print(f"mean accuracy {accuracy:.2%}, median {statistics.median(run['seconds'] for run in runs):.2f} s")
    measured = {
        "images": train.source,
        "epochs": options.epochs,
        "precision": choose_precision(device),
        "runs": runs,
    }
    print("written:", save("recipe", device, measured).name)


if __name__ == "__main__":
    main()
