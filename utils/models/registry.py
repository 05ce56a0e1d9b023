"""Every network by name."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial

from torch import nn

from utils.models.alexnet import AlexNet, AlexNetTwoGPUs
from utils.models.all_cnn import AllCNN
from utils.models.cat_dog import CatDog
from utils.models.cifar_resnet import CifarResNet
from utils.models.cnn import CNN
from utils.models.densenet import DenseNet
from utils.models.efficientnet_lite import EfficientNetLite0
from utils.models.global_pool import GlobalPool
from utils.models.googlenet import GoogLeNet
from utils.models.lenet import LeNet, LeNet1998
from utils.models.mlp import MLP
from utils.models.nin import NiN
from utils.models.resnet import BasicBlock, Bottleneck, ResNet
from utils.models.small_cnn import SmallCNN
from utils.models.vgg import VGG
from utils.models.zfnet import ZFNet

_MODELS: dict[str, Callable[..., nn.Module]] = {
    "mlp": MLP,
    "small_cnn": SmallCNN,
    "cnn": CNN,
    "cat_dog": CatDog,
    "global_pool": partial(GlobalPool, "average"),
    "global_pool_8x8": partial(GlobalPool, "convolution"),
    "lenet": LeNet,
    "lenet_1998": LeNet1998,
    "alexnet": AlexNet,
    "alexnet_two_gpus": AlexNetTwoGPUs,
    "zfnet": ZFNet,
    "vgg11": partial(VGG, "A"),
    "vgg11_lrn": partial(VGG, "A-LRN"),
    "vgg13": partial(VGG, "B"),
    "vgg16_c": partial(VGG, "C"),
    "vgg16": partial(VGG, "D"),
    "vgg19": partial(VGG, "E"),
    "vgg11_bn": partial(VGG, "A", batch_norm=True),
    "vgg13_bn": partial(VGG, "B", batch_norm=True),
    "vgg16_bn": partial(VGG, "D", batch_norm=True),
    "vgg19_bn": partial(VGG, "E", batch_norm=True),
    "nin": NiN,
    "googlenet": GoogLeNet,
    "googlenet_2014": partial(GoogLeNet, as_published=True),
    "resnet18": partial(ResNet, BasicBlock, (2, 2, 2, 2)),
    "resnet34": partial(ResNet, BasicBlock, (3, 4, 6, 3)),
    "resnet50": partial(ResNet, Bottleneck, (3, 4, 6, 3)),
    "resnet101": partial(ResNet, Bottleneck, (3, 4, 23, 3)),
    "resnet152": partial(ResNet, Bottleneck, (3, 8, 36, 3)),
    "resnet20": partial(CifarResNet, 3),
    "resnet32": partial(CifarResNet, 5),
    "resnet44": partial(CifarResNet, 7),
    "resnet56": partial(CifarResNet, 9),
    "resnet110": partial(CifarResNet, 18),
    "densenet121": partial(DenseNet, (6, 12, 24, 16)),
    "densenet169": partial(DenseNet, (6, 12, 32, 32)),
    "densenet201": partial(DenseNet, (6, 12, 48, 32)),
    "densenet161": partial(DenseNet, (6, 12, 36, 24), growth_rate=48),
    "efficientnet_lite0": EfficientNetLite0,
    "all_cnn_a": partial(AllCNN, "A"),
    "all_cnn_b": partial(AllCNN, "B"),
    "all_cnn_c": partial(AllCNN, "C"),
}


def names() -> list[str]:
    """Every name that ``create`` knows."""
    return list(_MODELS)


def create(name: str, num_classes: int = 10, in_channels: int = 1, image_size: int = 28) -> nn.Module:
    """A new network, its weights freshly initialised from torch's global seed.

    Args:
        name: one of ``names()``.
        num_classes: logits it returns per image.
        in_channels: 1 for grey images, 3 for colour.
        image_size: pixels along each side. Networks made for ImageNet's 224×224 have another form below 64×64; the
            docstring of each says which.

    Returns:
        A module from (N, in_channels, image_size, image_size) to logits (N, num_classes).

    Raises:
        ValueError: an unknown name, or an image size the network cannot take.
    """
    if name not in _MODELS:
        meant = get_close_matches(str(name).lower().replace("-", ""), _MODELS, n=1)
        hint = f"did you mean {meant[0]!r}? The others are" if meant else "choose one of"
        raise ValueError(f"there is no model {name!r}: {hint} {', '.join(_MODELS)}")
    for setting, value in [
        ("num_classes", num_classes),
        ("in_channels", in_channels),
        ("image_size", image_size),
    ]:
        if value < 1:
            raise ValueError(f"{setting}={value} must be at least 1")
    return _MODELS[name](num_classes=num_classes, in_channels=in_channels, image_size=image_size)
