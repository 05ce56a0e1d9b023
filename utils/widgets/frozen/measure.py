"""The runs that Frozen Stages shows: ``python -m utils.widgets.frozen.measure`` writes ``runs.json`` beside it.

What the lecture on transfer does for three ways to train, here for five: the bundled ResNet-20 is put to cats and dogs,
cut at one of its pieces. Below the cut it is frozen and computed once, above it learns. Test accuracy, three seeds; on
two cores it takes about half an hour. It needs the real images of CIFAR-10.
"""

import datetime
import json
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR

from utils import models, transfer
from utils.data import Batches, Dataset, cats_and_dogs, split
from utils.models import bundled
from utils.settings import set_seed
from utils.widgets.frozen.stages import CUTS, RUNS, pieces

RATES = {"head": 0.1, "top": 0.03, "top three": 0.03, "all": 0.02, "scratch": 0.02}
EPOCHS = {10: 20, 30: 20, 100: 8, 300: 6, 1000: 3}  # for each number of labels
EPOCHS_OF_SCRATCH = {10: 30, 30: 30, 100: 10, 300: 7, 1000: 4}
SEEDS = (0, 1, 2)


def main() -> None:
    train, test = (replace(part, mean=bundled.MEAN, std=bundled.STD) for part in cats_and_dogs())
    training, _ = split(train, len(train) // 10)
    accuracies = {
        kind: [[round(trained(kind, training, test, count, seed), 1) for count in EPOCHS] for seed in SEEDS]
        for kind in CUTS
    }
    facts = {
        "command": "python -m utils.widgets.frozen.measure",
        "date": datetime.date.today().isoformat(),
        "torch": torch.__version__,
        "source": test.source,
        "labels": list(EPOCHS),
        "accuracies": accuracies,  # in %, for each seed and number of labels
    }
    RUNS.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def trained(kind: str, training: Dataset, test: Dataset, count: int, seed: int) -> float:
    """Test accuracy, in %, after training with ``count`` labels of each class."""
    few = some_of_each(training, count, seed)
    set_seed(seed)
    frozen, part = new_network(kind)
    maps, labels = at_the_cut(frozen, few), few.labels
    epochs = (EPOCHS_OF_SCRATCH if kind == "scratch" else EPOCHS)[count]
    groups = [{"params": piece.parameters()} for piece in reversed(list(part))]
    optimizer = torch.optim.SGD(groups, lr=RATES[kind], momentum=0.9)
    schedule = CosineAnnealingLR(optimizer, T_max=epochs)
    for _ in range(epochs):
        part.train()
        for batch in torch.randperm(len(maps)).split(32):
            loss = F.cross_entropy(part(maps[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    part.eval()
    with torch.no_grad():
        answers = torch.cat([part(batch).argmax(1) for batch in at_the_cut(frozen, test).split(500)])
    accuracy = 100 * (answers == test.labels).float().mean().item()
    print(f"{kind}, {count} labels of each class, seed {seed}: {accuracy:.1f} %", flush=True)
    return accuracy


def some_of_each(training: Dataset, count: int, seed: int) -> Dataset:
    order = torch.randperm(len(training), generator=torch.Generator().manual_seed(seed))
    return training.subset(torch.cat([order[training.labels[order] == k][:count] for k in (0, 1)]))


def new_network(kind: str) -> tuple[transfer.Frozen, nn.Sequential]:
    """What is frozen, and what learns."""
    if kind == "scratch":
        network = models.create("resnet20", 2, in_channels=3, image_size=32)
    else:
        network = models.load_bundled()
        network.classifier = nn.Linear(64, 2)
    row = pieces(network.to(memory_format=torch.channels_last))
    return transfer.Frozen(*row[: CUTS[kind]]), nn.Sequential(*row[CUTS[kind] :])


def at_the_cut(frozen: transfer.Frozen, dataset: Dataset) -> Tensor:
    images, _ = next(Batches(dataset, len(dataset), memory_format=torch.channels_last).epoch())
    with torch.no_grad():
        return torch.cat([frozen(batch) for batch in images.split(500)])


if __name__ == "__main__":
    main()
