"""What a layer of a network returns while images pass: a hook that is always removed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from utils.modes import evaluating


@dataclass
class Recording:
    """The output of one layer. If the layer is used more than once, its last use counts."""

    layer: str
    output: Tensor | None = None

    @property
    def maps(self) -> Tensor:
        """The recorded feature maps, (N, C, H, W).

        Raises:
            ValueError: the images did not pass this layer, or it does not return maps.
        """
        if not isinstance(self.output, Tensor):
            raise ValueError(f"the images did not pass layer {self.layer!r}, or it returns no tensor")
        if self.output.ndim != 4:
            raise ValueError(
                f"layer {self.layer!r} returns shape {tuple(self.output.shape)}, and maps have shape "
                "(N, C, H, W): choose a layer before the maps are pooled away or flattened"
            )
        return self.output


@contextmanager
def recorded(model: nn.Module, layer: str) -> Iterator[Recording]:
    """Inside, every pass through ``model`` leaves the output of ``layer`` in the `Recording` that this gives.

    The model is in evaluation mode inside. Afterwards, also after an error, the hook is gone.

    Raises:
        ValueError: the model has no layer of this name.
    """
    modules = dict(model.named_modules())
    if layer not in modules or modules[layer] is model:
        known = ", ".join(name for name in modules if name)
        raise ValueError(f"there is no layer {layer!r} in {type(model).__name__}: choose one of {known}")
    recording = Recording(layer)

    def hook(module: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        recording.output = output
        # The network goes on with a copy: a ReLU that works in place would change what was recorded.
        return output.clone() if isinstance(output, Tensor) else output

    handle = modules[layer].register_forward_hook(hook)
    try:
        with evaluating(model):
            yield recording
    finally:
        handle.remove()


@contextmanager
def with_gradients() -> Iterator[None]:
    """Inside, gradients are computed, also where they were switched off for all that is around it."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def on_device(model: nn.Module, images: Tensor) -> Tensor:
    """``images`` where the model is.

    Raises:
        TypeError: they are not floats.
        ValueError: they do not have shape (N, C, H, W).
    """
    if not isinstance(images, Tensor) or not images.is_floating_point():
        raise TypeError(
            "images must be floats, normalised as in training: use utils.insight.inputs(dataset) for a Dataset"
        )
    if images.ndim != 4 or not len(images):
        raise ValueError(
            f"images must have shape (N, C, H, W) with N > 0, and these have {tuple(images.shape)}: "
            "for one image write images[:1], not images[0]"
        )
    return images.to(next(model.parameters(), images).device)


def finite(images: Tensor) -> Tensor:
    """The same images.

    Raises:
        ValueError: they hold a number that is infinite or not a number.
    """
    if not images.isfinite().all():
        raise ValueError("images hold a number that is infinite or not a number: look for it first")
    return images


def feature_maps(model: nn.Module, images: Tensor, layer: str) -> Tensor:
    """What ``layer`` returns for ``images``.

    Args:
        images: (N, C, H, W) floats, normalised as in training; see `inputs`.
        layer: its name in ``model.named_modules()``, such as "features.3".

    Returns:
        (N, K, h, w), one map for each of the layer's K channels, on the CPU.

    Raises:
        TypeError: the images are not floats.
        ValueError: there is no such layer, or it does not return maps.
    """
    with recorded(model, layer) as recording, torch.no_grad():
        model(finite(on_device(model, images)))
    return recording.maps.cpu()
