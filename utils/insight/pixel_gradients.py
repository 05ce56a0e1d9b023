"""Which pixels move a logit: its gradient by the pixels, and two ways of making that easier to look at.

Simonyan, Vedaldi and Zisserman 2014, "Deep inside convolutional networks" (the gradient); Smilkov, Thorat, Kim, Viégas
and Wattenberg 2017, "SmoothGrad: removing noise by adding noise"; Springenberg, Dosovitskiy, Brox and Riedmiller 2015,
"Striving for simplicity: the all convolutional net" (guided back-propagation).

Each takes images (N, C, H, W), floats normalised as in training, and classes: (N,) integers or one for all images; left
out, each image's own answer. Each returns (N, C, H, W), signed, on the CPU. To draw it take ``gradient.abs().amax(1)``,
as Simonyan et al. do.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from utils.arithmetic import integer
from utils.insight.recording import finite, on_device, with_gradients
from utils.insight.scores import asked, probabilities
from utils.modes import evaluating

RELUS = {F.relu, F.relu_, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_}


def input_gradient(model: nn.Module, images: Tensor, classes: Tensor | int | None = None) -> Tensor:
    """∂ logit / ∂ pixel: by how much the class's logit rises for each unit that a pixel rises.

    Raises:
        TypeError: the images are not floats, or the classes are not whole numbers.
        ValueError: a number that is not finite, or classes of another shape.
        IndexError: a class that the model does not have.
    """
    with evaluating(model), with_gradients():
        images = finite(on_device(model, images)).detach().clone().requires_grad_()
        logits = asked(model(images), classes)
        (gradient,) = torch.autograd.grad(logits.sum(), images)  # an image's logit depends on that image alone
    return gradient.cpu()


def smooth_grad(
    model: nn.Module,
    images: Tensor,
    classes: Tensor | int | None = None,
    *,
    noise: float = 0.5,
    count: int = 25,
    seed: int = 0,
) -> Tensor:
    """The mean of `input_gradient` over ``count`` copies of each image, each with other noise on its pixels.

    Args:
        noise: its standard deviation. Normalised images have about 1, and run over about 4: 0.5 is an eighth of that.

    Raises:
        TypeError, ValueError, IndexError: as `input_gradient`; or ``count`` is below 1.
    """
    integer("count", count, least=1)
    images = on_device(model, images)
    if classes is None:
        classes = probabilities(model, images).argmax(1)  # what it says without noise
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(images.shape)
    for _ in range(count):
        pattern = torch.randn(images.shape, generator=generator).to(images.device)
        total += input_gradient(model, images + noise * pattern, classes)
    return total / count


def guided_gradient(model: nn.Module, images: Tensor, classes: Tensor | int | None = None) -> Tensor:
    """`input_gradient`, but on its way back every ReLU also sets to zero what is below zero.

    Raises:
        TypeError, ValueError, IndexError: as `input_gradient`; or the model has no ReLU.
    """
    with _Guiding() as guiding:
        gradient = input_gradient(model, images, classes)
    if not guiding.met:
        raise ValueError(f"{type(model).__name__} has no ReLU, so guided back-propagation would change nothing in it")
    return gradient


class _GuidedReLU(torch.autograd.Function):
    """ReLU, whose backward pass lets through only what is above zero, where the number itself was above zero."""

    @staticmethod
    def forward(context, numbers: Tensor) -> Tensor:
        above = numbers.relu()
        context.save_for_backward(above)
        return above

    @staticmethod
    def backward(context, gradient: Tensor) -> Tensor:
        (above,) = context.saved_tensors
        return gradient.relu() * (above > 0)


class _Guiding(TorchFunctionMode):
    """Inside, every ReLU is a `_GuidedReLU`, however the network calls it."""

    def __init__(self):
        super().__init__()
        self.met = 0

    def __torch_function__(self, function, types, arguments=(), keywords=None):
        if function in RELUS:
            self.met += 1
            return _GuidedReLU.apply(arguments[0])
        return function(*arguments, **(keywords or {}))
