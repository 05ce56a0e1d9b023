"""One step of training, for programs that measure or hurry. `train_epoch` has it written out, to be read."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.training.precision import autocast


def take_step(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    precision: str,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
) -> None:
    """Forward, backward, and all weights moved once.

    Args:
        images, labels: (N, C, H, W) and (N,), on the network's device.
        scaler: enabled in fp16, else it does nothing.
        loss: from logits (N, num_classes) and labels to a single number.
    """
    with autocast(images.device, precision):
        value = loss(network(images), labels)
    optimizer.zero_grad()
    scaler.scale(value).backward()
    scaler.step(optimizer)
    scaler.update()
