"""Four ways to normalise feature maps. They differ in one thing only: over which axes mean and variance are taken.

| layer          | mean and variance over        | so how many of each |
|----------------|-------------------------------|---------------------|
| BatchNorm2d    | N, H, W                       | C                   |
| LayerNorm      | C, H, W                       | N                   |
| InstanceNorm2d | H, W                          | N · C               |
| GroupNorm      | H, W, and C within each group | N · groups          |

Each then computes y = weight · (x − mean) / √(variance + eps) + bias, where weight and bias are learnt. Only batch
normalisation looks across images, so only it behaves differently in train and eval mode.
"""

import torch
from torch import Tensor, nn


class BatchNorm2d(nn.Module):
    """Ioffe and Szegedy 2015, "Batch normalization: accelerating deep network training by reducing internal
    covariate shift". The same as ``torch.nn.BatchNorm2d``.

    In train mode it uses the statistics of the batch, and moves the running ones a step towards them. In eval mode it
    uses the running ones, so that an image's result does not depend on which others are in its batch.

    Shapes: (N, num_features, H, W) -> the same.

    Args:
        num_features: C, the channels.
        eps: added to the variance, so that a constant channel does not divide by zero.
        momentum: how far the running statistics move with each batch, 0..1.
        affine: learn a weight and a bias per channel.

    Raises:
        ValueError: the input does not have this shape, or train mode sees only one value per channel.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = nn.Parameter(torch.ones(num_features)) if affine else None
        self.bias = nn.Parameter(torch.zeros(num_features)) if affine else None
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = self.batch_statistics(x)
        return scale_and_shift((x - mean) / torch.sqrt(variance + self.eps), self.weight, self.bias)

    def batch_statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance to normalise with, (1, C, 1, 1) each; in train mode also moves the running ones."""
        check_channels(x, len(self.running_mean))
        if not self.training:
            return per_channel(self.running_mean), per_channel(self.running_var)
        n = x.numel() // x.shape[1]  # values per channel
        if n == 1:
            raise ValueError(
                "batch normalisation in train mode needs more than one value per channel, and this batch is one "
                "image of 1×1: use a larger batch, or eval mode"
            )
        mean, variance = mean_and_variance(x, dim=(0, 2, 3))
        with torch.no_grad():
            self.running_mean.lerp_(mean.flatten(), self.momentum)  # (1, C, 1, 1) -> (C,)
            # The running variance is for images not seen yet, whose spread these n values underestimate.
            self.running_var.lerp_(variance.flatten() * n / (n - 1), self.momentum)
        return mean, variance


class LayerNorm(nn.Module):
    """Ba, Kiros and Hinton 2016, "Layer normalization". The same as ``torch.nn.LayerNorm``.

    Shapes: (N, …, *normalized_shape) -> the same. For feature maps ``normalized_shape`` is (C, H, W): each image is
    normalised as a whole, and each of its C·H·W places has a weight and a bias of its own.

    Raises:
        ValueError: the input does not end in ``normalized_shape``.
    """

    def __init__(self, normalized_shape: tuple[int, ...], eps: float = 1e-5, affine: bool = True):
        super().__init__()
        self.normalized_shape = tuple(normalized_shape)
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(normalized_shape)) if affine else None
        self.bias = nn.Parameter(torch.zeros(normalized_shape)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        last = len(self.normalized_shape)
        if tuple(x.shape[-last:]) != self.normalized_shape:
            raise ValueError(f"the input {tuple(x.shape)} must end in normalized_shape={self.normalized_shape}")
        mean, variance = mean_and_variance(x, dim=tuple(range(-last, 0)))
        y = (x - mean) / torch.sqrt(variance + self.eps)
        return y if self.weight is None else y * self.weight + self.bias


class InstanceNorm2d(nn.Module):
    """Ulyanov, Vedaldi and Lempitsky 2016, "Instance normalization: the missing ingredient for fast stylization".
    The same as ``torch.nn.InstanceNorm2d``.

    Shapes: (N, num_features, H, W) -> the same. Each map of each image is normalised by itself, which removes its
    contrast: welcome when transferring a style, often not when the contrast tells the classes apart.

    Raises:
        ValueError: the input does not have this shape, or its maps are 1×1, of which only zeros would be left.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, affine: bool = False):
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(num_features)) if affine else None
        self.bias = nn.Parameter(torch.zeros(num_features)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        check_channels(x, self.num_features)
        if x.shape[2:].numel() == 1:
            raise ValueError("instance normalisation of 1×1 maps leaves only zeros: use it before the last pooling")
        mean, variance = mean_and_variance(x, dim=(2, 3))  # (N, C, 1, 1)
        return scale_and_shift((x - mean) / torch.sqrt(variance + self.eps), self.weight, self.bias)


class GroupNorm(nn.Module):
    """Wu and He 2018, "Group normalization". The same as ``torch.nn.GroupNorm``.

    Shapes: (N, num_channels, H, W) -> the same. One group is layer normalisation (but for the shape of the weights),
    and as many groups as channels are instance normalisation.

    Raises:
        ValueError: ``num_groups`` does not divide ``num_channels``, or the input does not have this shape.
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True):
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"num_groups={num_groups} does not divide num_channels={num_channels}: each group takes an equal "
                f"share of the channels"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(num_channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(num_channels)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        check_channels(x, self.num_channels)
        groups = x.reshape(len(x), self.num_groups, -1)  # (N, C, H, W) -> (N, groups, C/groups · H · W)
        mean, variance = mean_and_variance(groups, dim=(2,))  # (N, groups, 1)
        y = (groups - mean) / torch.sqrt(variance + self.eps)
        return scale_and_shift(y.reshape(x.shape), self.weight, self.bias)


def mean_and_variance(x: Tensor, dim: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean Σx/n and variance Σ(x − mean)²/n over the axes ``dim``, which stay as axes of length 1."""
    mean = x.mean(dim, keepdim=True)
    variance = ((x - mean) ** 2).mean(dim, keepdim=True)
    return mean, variance


def scale_and_shift(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """weight · x + bias with one of each per channel, or x where there are none. Shapes: (N, C, H, W), (C,)."""
    return x if weight is None else x * per_channel(weight) + per_channel(bias)


def per_channel(numbers: Tensor) -> Tensor:
    """(C,) -> (1, C, 1, 1), which broadcasts over (N, C, H, W)."""
    return numbers.reshape(1, -1, 1, 1)


def check_channels(x: Tensor, channels: int) -> None:
    """Raise ValueError unless x is (N, channels, H, W)."""
    if x.ndim != 4 or x.shape[1] != channels:
        raise ValueError(f"the input must be (N, {channels}, H, W), not {tuple(x.shape)}")
