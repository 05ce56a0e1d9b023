"""``python -m benchmarks.device``: time training steps on this device, as lecture 09 does, and keep the result.

ResNet-20 on CIFAR-10, in each of the ways of ``utils.speed.ways``. Other programs should rest while it runs.
"""

import argparse
import statistics

from benchmarks.record import save
from benchmarks.side_by_side import measure
from utils import models, settings
from utils.data import cifar10
from utils.speed import training_step, ways


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.device", description=__doc__)
    parser.add_argument("--batch-size", type=int, default=128, help="images in a step (default: 128)")
    parser.add_argument("--rounds", type=int, default=10, help="rounds that count (default: 10)")
    options = parser.parse_args()
    device = settings.device()
    train, _ = cifar10()

    steps, impossible = {}, {}
    for name, way in ways(device).items():
        settings.set_seed(0)
        model = models.create("resnet20", in_channels=3, image_size=32)
        step = training_step(model, train, device, batch_size=options.batch_size, **way)
        try:
            step()
        except (
            Exception
        ) as error:  # no compiler, or an operation that this device lacks: the others still count
            impossible[name] = (str(error).splitlines() or [type(error).__name__])[0]
        else:
            steps[name] = step
    seconds = measure(steps, options.rounds, "training steps")
    for name, times in seconds.items():
        print(f"{name:26} {1e3 * statistics.median(times):8.2f} ms")
    for name, reason in impossible.items():
        print(f"{name:26} not possible here: {reason}")
    measured = {
        "network": "resnet20",
        "images": train.source,
        "batch_size": options.batch_size,
        "seconds": seconds,
        "impossible": impossible,
    }
    print("written:", save("device", device, measured).name)


if __name__ == "__main__":
    main()
