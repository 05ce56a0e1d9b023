"""``python -m benchmarks.device``: time training steps on this device and keep the result.

ResNet-20 on CIFAR-10, in each of the ways of ``utils.speed.ways``. Other programs should rest while it runs.
"""

import argparse
import statistics
from functools import partial

from benchmarks.record import save
from benchmarks.side_by_side import measure, timed
from utils import settings
from utils.data import cifar10
from utils.speed import first_steps


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__)
    parser.add_argument("--batch-size", type=int, default=128, help="images in a step (default: 128)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds that count (default: 10)")
    options = parser.parse_args()
    device = settings.device()
    train, _ = cifar10()

    steps, first, impossible = first_steps("resnet20", train, device, batch_size=options.batch_size)
    per_turn = 20 if device.type == "cuda" else 1  # a GPU works ahead of Python: it is asked once in 20 steps
    contenders = {name: timed(partial(take, per_turn)) for name, take in steps.items()}
    seconds = measure(contenders, options.rounds, "training steps")
    seconds = {name: [turn / per_turn for turn in times] for name, times in seconds.items()}
    for name, times in seconds.items():
        print(f"{name:26} {1e3 * statistics.median(times):8.2f} ms")
    for name, reason in impossible.items():
        print(f"{name:26} not possible here: {reason}")
    measured = {
        "network": "resnet20",
        "images": train.source,
        "batch_size": options.batch_size,
        "seconds": seconds,
        "first_seconds": first,
        "impossible": impossible,
    }
    print("written:", save("device", device, measured).name)


if __name__ == "__main__":
    main()
