"""``python -m benchmarks.long_run``: train small networks of several families alike on CIFAR-10, and keep the curves.

All 50,000 images are learnt from, at random places and mirrored. Each network has its own file in
``benchmarks/results``, and a checkpoint after every epoch, so that a run which is stopped goes on when the command is
given again. The test images are looked at after every epoch, as in the papers' figures, and nothing is chosen by them.
Two processes with a thread each (OMP_NUM_THREADS=1) and other networks keep two cores busier than one with two.
"""

import argparse
import functools
from pathlib import Path

import torch
from torch import nn

from benchmarks.record import save
from utils import models, settings
from utils.data import cache, cifar10
from utils.data.transforms import crop_and_flip
from utils.training import fit, one_cycle, print_epoch

NETWORKS = (  # what is most worth having comes first
    *("resnet20", "plain20", "plain56", "plain32"),
    *("small_googlenet", "small_vgg", "small_mobilenet", "small_densenet"),
)
EPOCHS = 6  # all have the same number, and it is small: on two cores that are needed elsewhere one takes minutes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_run", description=__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS, help=f"default: {' '.join(NETWORKS)}")
    parser.add_argument("--checkpoints", type=Path, default=cache.folder() / "long_run", help="a folder")
    options = parser.parse_args()
    train, test = cifar10()
    for name in options.networks:
        print(name, flush=True)
        settings.set_seed(0)
        model = without_dropout(models.create(name, in_channels=3, image_size=32))
        run = fit(
            model,
            train,
            test,
            epochs=EPOCHS,
            batch_size=64,
            learning_rate=0.1,
            optimizer=functools.partial(torch.optim.SGD, momentum=0.9, nesterov=True, weight_decay=5e-4),
            schedule=one_cycle,
            augment=crop_and_flip,
            checkpoint=options.checkpoints / f"{name}.pt",
            progress=False,
            after_epoch=print_epoch,
        )
        measured = {
            "command": f"python -m benchmarks.long_run {name}",  # without the folder of this machine's checkpoints
            "network": name,
            "parameters": models.count_parameters(model),
            "multiply_adds": models.count_multiply_adds(model, 3, 32),
            "images": run.source,
            "precision": run.precision,
            "settings": run.settings,
            "train_loss": run.train_loss,
            "train_accuracy": run.train_accuracy,
            "test_loss": run.validation_loss,
            "test_accuracy": run.validation_accuracy,
            "seconds": run.seconds,
        }
        print("written:", save(f"long-run-{name}", torch.device(run.device), measured).name, flush=True)


def without_dropout(model: nn.Module) -> nn.Module:
    """In a run this short nothing overfits, and only two of the families have any."""
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    return model


if __name__ == "__main__":
    main()
