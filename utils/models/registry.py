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
from utils.models.mobilenet import MobileNet
from utils.models.nin import NiN
from utils.models.resnet import BasicBlock, Bottleneck, ResNet
from utils.models.small_cnn import SmallCNN
from utils.models.vgg import VGG
from utils.models.zfnet import ZFNet

# By name: what makes it, and the smallest image it takes, in pixels along each side. The one place to enter a model.
_MODELS: dict[str, tuple[Callable[..., nn.Module], int]] = {
    "mlp": (MLP, 1),
    "small_cnn": (SmallCNN, 4),
    "cnn": (CNN, 10),
    "cat_dog": (CatDog, 1),
    "global_pool": (partial(GlobalPool, "average"), 4),
    "global_pool_8x8": (partial(GlobalPool, "convolution"), 4),
    "lenet": (LeNet, 12),
    "lenet_1998": (LeNet1998, 12),
    "alexnet": (AlexNet, 15),
    "alexnet_two_gpus": (AlexNetTwoGPUs, 15),
    "zfnet": (ZFNet, 9),
    "vgg11": (partial(VGG, "A"), 16),
    "vgg11_lrn": (partial(VGG, "A-LRN"), 16),
    "vgg13": (partial(VGG, "B"), 16),
    "vgg16_c": (partial(VGG, "C"), 16),
    "vgg16": (partial(VGG, "D"), 16),
    "vgg19": (partial(VGG, "E"), 16),
    "vgg11_bn": (partial(VGG, "A", batch_norm=True), 16),
    "vgg13_bn": (partial(VGG, "B", batch_norm=True), 16),
    "vgg16_bn": (partial(VGG, "D", batch_norm=True), 16),
    "vgg19_bn": (partial(VGG, "E", batch_norm=True), 16),
    "nin": (NiN, 4),
    "googlenet": (GoogLeNet, 4),
    "googlenet_2014": (partial(GoogLeNet, as_published=True), 8),
    "resnet18": (partial(ResNet, BasicBlock, (2, 2, 2, 2)), 8),
    "resnet34": (partial(ResNet, BasicBlock, (3, 4, 6, 3)), 8),
    "resnet50": (partial(ResNet, Bottleneck, (3, 4, 6, 3)), 8),
    "resnet101": (partial(ResNet, Bottleneck, (3, 4, 23, 3)), 8),
    "resnet152": (partial(ResNet, Bottleneck, (3, 8, 36, 3)), 8),
    "resnet20": (partial(CifarResNet, 3), 4),
    "resnet32": (partial(CifarResNet, 5), 4),
    "resnet44": (partial(CifarResNet, 7), 4),
    "resnet56": (partial(CifarResNet, 9), 4),
    "resnet110": (partial(CifarResNet, 18), 4),
    "plain20": (partial(CifarResNet, 3, plain=True), 4),
    "plain32": (partial(CifarResNet, 5, plain=True), 4),
    "plain56": (partial(CifarResNet, 9, plain=True), 4),
    "densenet121": (partial(DenseNet, (6, 12, 24, 16)), 8),
    "densenet169": (partial(DenseNet, (6, 12, 32, 32)), 8),
    "densenet201": (partial(DenseNet, (6, 12, 48, 32)), 8),
    "densenet161": (partial(DenseNet, (6, 12, 36, 24), growth_rate=48), 8),
    "mobilenet": (MobileNet, 1),
    "efficientnet_lite0": (EfficientNetLite0, 1),
    "all_cnn_a": (partial(AllCNN, "A"), 9),
    "all_cnn_b": (partial(AllCNN, "B"), 9),
    "all_cnn_c": (partial(AllCNN, "C"), 9),
    # With about as many parameters as resnet20 on 32×32 colour images, 0.27 million: to compare families.
    "small_vgg": (partial(VGG, "B", batch_norm=True, width=5 / 32), 16),
    "small_googlenet": (partial(GoogLeNet, width=0.22), 4),
    "small_densenet": (partial(DenseNet, (8, 8, 8), growth_rate=12), 4),
    "small_mobilenet": (partial(MobileNet, width=0.28), 1),
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
    for setting, value in {"num_classes": num_classes, "in_channels": in_channels, "image_size": image_size}.items():
        if value < 1:
            raise ValueError(f"{setting}={value} must be at least 1")
    build, _ = _MODELS[name]
    return build(num_classes=num_classes, in_channels=in_channels, image_size=image_size)
