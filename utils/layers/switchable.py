"""Switchable normalisation: the network learns, layer by layer, which statistics to trust.

Luo, Ren, Peng, Zhang and Li 2019, "Differentiable learning-to-normalize via switchable normalization".
"""

import torch
from torch import Tensor, nn

from utils.layers.normalisation import BatchNorm2d, mean_and_variance, scale_and_shift


class SwitchableNorm2d(BatchNorm2d):
    """Mean and variance are mixtures of those of instance, layer and batch normalisation:

        mean     = Σ_k w_k · mean_k          w  = softmax(mean_weight)
        variance = Σ_k w'_k · variance_k     w' = softmax(var_weight)        k: instance, layer, batch

    after which y = weight · (x − mean) / √(variance + eps) + bias as always. The three numbers of ``mean_weight`` and
    the three of ``var_weight`` are learnt with the rest of the network and start at equal parts.

    In eval mode running statistics stand in for those of the batch, as in batch normalisation. (The paper averages
    the statistics of some batches after training instead.) Those of instance and layer come from the image in both
    modes.

    Shapes: (N, num_features, H, W) -> the same. Arguments and errors are those of `BatchNorm2d`.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True):
        super().__init__(num_features, eps, momentum, affine)
        self.mean_weight = nn.Parameter(torch.zeros(3))
        self.var_weight = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        batch_mean, batch_variance = self.batch_statistics(x)  # (1, C, 1, 1)
        instance_mean, instance_variance = mean_and_variance(x, dim=(2, 3))  # (N, C, 1, 1)
        layer_mean, layer_variance = mean_and_variance(x, dim=(1, 2, 3))  # (N, 1, 1, 1)

        w = self.mean_weight.softmax(dim=0)
        mean = w[0] * instance_mean + w[1] * layer_mean + w[2] * batch_mean  # (N, C, 1, 1)
        w = self.var_weight.softmax(dim=0)
        variance = w[0] * instance_variance + w[1] * layer_variance + w[2] * batch_variance
        return scale_and_shift((x - mean) / torch.sqrt(variance + self.eps), self.weight, self.bias)
