"""A small network that comes with the course, trained: a ResNet-20 that knows eight classes of CIFAR-10.

It has never seen a cat or a dog, so a lecture can teach it both, with no network needed. How it was trained, how good
it is and what it is not for stand in its model card, ``README.md`` beside this file. `utils.pretrain` makes the file.
"""

from pathlib import Path

from torch import nn

from utils.models.cifar_resnet import CifarResNet

CLASS_NAMES = ("airplane", "automobile", "bird", "deer", "frog", "horse", "ship", "truck")
# What its input is normalised with: mean and standard deviation of CIFAR-10's training images, 0 dark and 1 bright.
MEAN, STD = (0.4915, 0.4823, 0.4468), (0.2470, 0.2435, 0.2616)

FILE = Path(__file__).with_name("resnet20.safetensors")


def load_bundled() -> nn.Module:
    """The ResNet-20 of `utils.models.cifar_resnet` with the weights that come with the course.

    Returns:
        A module from (N, 3, 32, 32), normalised with ``bundled.MEAN`` and ``bundled.STD``, to logits (N, 8), one for
        each of ``bundled.CLASS_NAMES``; in train mode, as any new network. Other image sizes from 4×4 on work too.

    Raises:
        RuntimeError: the file of weights is not there.
    """
    from safetensors.torch import load_file  # here, because most lectures need no file of weights

    if not FILE.exists():
        raise RuntimeError(
            f"the trained ResNet-20 is not in this copy of the course ({FILE.name} is missing): fetch the course anew, "
            "or train it with `python -m utils.pretrain`, a quarter of an hour on two cores"
        )
    model = CifarResNet(n=3, num_classes=len(CLASS_NAMES), in_channels=3)
    model.load_state_dict(load_file(FILE))
    return model
