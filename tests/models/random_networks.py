"""Random weights and images with which a wrong network cannot pass for a right one."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def randomise(model: nn.Module) -> None:
    """Seeded weights that let signals through, and batch-norm statistics unlike those of a new network."""
    torch.manual_seed(0)
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor in (layer.weight, layer.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (layer.bias, layer.running_mean):
                tensor.uniform_(-0.2, 0.2)
            layer.num_batches_tracked.fill_(7)
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            bound = (6 / layer.weight[0].numel()) ** 0.5  # as large as He et al. 2015 have it
            layer.weight.uniform_(-bound, bound)
            if layer.bias is not None:
                layer.bias.uniform_(-0.2, 0.2)


def two_images(size: int) -> Tensor:
    """(2, 3, size, size). They differ in colour and contrast: the means of plain noise would be much the same."""
    colours = torch.tensor([[1.0, -1.0, 0.0], [-0.5, 0.5, 2.0]]).reshape(2, 3, 1, 1)
    contrasts = torch.tensor([0.3, 1.5]).reshape(2, 1, 1, 1)
    return colours + contrasts * torch.randn(2, 3, size, size)


def assert_same(ours: Tensor, theirs: Tensor) -> None:
    """Equal to 1e-5 of the largest logit; and the logits must depend on the image, or they would prove nothing."""
    scale = theirs.abs().max()
    assert (theirs[0] - theirs[1]).abs().max() > 0.1 * scale > 0
    torch.testing.assert_close(ours / scale, theirs / scale, rtol=0, atol=1e-5)
