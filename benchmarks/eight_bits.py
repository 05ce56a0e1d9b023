"""What 8 bits cost the network that runs in the page: ``python -m benchmarks.eight_bits``, two minutes on two cores.

Measured on the 8,000 test images of the eight classes that the bundled ResNet-20 knows.
"""

from dataclasses import replace

import torch

from utils import models
from utils.data import neither_cats_nor_dogs
from utils.models import bundled
from utils.training import predict
from utils.widgets.live.packing import in_eight_bits


def main() -> None:
    _, test = neither_cats_nor_dogs()
    test = replace(test, mean=bundled.MEAN, std=bundled.STD)
    print(test.source)
    trained = models.load_bundled()
    networks = {"as trained": trained, "in 8 bits": in_eight_bits(trained)}
    logits = {name: predict(network, test, precision="fp32") for name, network in networks.items()}
    for name, values in logits.items():
        print(f"{name}: {(values.argmax(1) == test.labels).double().mean():.2%} right")
    one, other = logits.values()
    print(f"the same answer: {(one.argmax(1) == other.argmax(1)).double().mean():.2%}")
    most = (one.softmax(1) - other.softmax(1)).abs().amax(1)
    print(f"probabilities differ by at most {most.max():.3f}, in the median image by {torch.median(most):.4f}")


if __name__ == "__main__":
    main()
