"""CIFAR-10 to 94 % in as few seconds as we can: everything that the lecture on GPUs explains, in one run.

After Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on a single GPU": the ideas are the paper's, the code is ours, and
the sources of the single ideas stand beside them. The settings are the published program's (lr 11.5, weight decay
0.0153) in other units: it divides both by 1 + 1 / (1 − m) = 7.67, with its momentum m = 0.85, and here
11.5 / 7.67 = RATE · (1 − m) = 1.5 and 0.0153 / 7.67 = DECAY / RATE · 1.5 = 0.002. One thing differs: there the bias of
the first layer learns for three epochs only, here always.
"""

import functools
import time
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils import settings
from utils.data import Batches, Dataset
from utils.data.transforms import random_crop, shift
from utils.models.fast_cifar import FastCifar
from utils.training import choose_precision
from utils.training.finite import require_finite_outputs, require_finite_weights
from utils.training.precision import autocast, choose_memory_format, layout
from utils.training.step import take_step

# Settings that can be changed one at a time (Jordan 2024, 3.3). They count per 1024 images, so that another batch size
# needs no other values, and they count what happens in the end: with momentum m a gradient g moves a weight by
# lr · g in its own step, by lr · m · g in the next, and so on: lr · g / (1 − m) in all.
RATE = 10.0  # how far a gradient of 1 moves a weight in all
DECAY = 0.0133  # by what share a weight shrinks
MOMENTUM = 0.85
BIAS_FACTOR = 64.0  # biases learn so many times as fast
LABEL_SMOOTHING = 0.2
LOOK_AHEAD_STEPS = 5
PATCH_IMAGES = 5000  # that many are enough to find the principal axes of patches


def triangle(progress: float) -> float:
    """The learning rate's factor at a part of the run, 0..1: from 0.2 up to 1 at 0.23, then down to 0.07."""
    return 0.2 + 0.8 * progress / 0.23 if progress < 0.23 else 1 - 0.93 * (progress - 0.23) / 0.77


def train_fast(
    model: FastCifar,
    train: Dataset,
    *,
    epochs: int = 10,
    batch_size: int = 1024,
    seed: int = 0,
    precision: str | None = None,
) -> float:
    """Train from new weights, on the fastest device there is. Returns the seconds that it took.

    Args:
        model: may be compiled. It is moved to the device, and all it had learnt is forgotten.
        train: colour images. Each epoch leaves out those that do not fill a batch.
        precision: by default the fastest on the device.

    Raises:
        ValueError: there is not one whole batch.
        DivergedError: weights are not numbers any more.
    """
    if len(train) < batch_size:
        raise ValueError(f"batch_size={batch_size} is more than the {len(train)} images that there are: take less")
    device = settings.device()
    precision = precision or choose_precision(device)
    memory_format = layout(choose_memory_format(device))
    settings.synchronize(device)
    began = time.perf_counter()
    settings.set_seed(seed)
    model.to(device, memory_format=memory_format).train()
    model.reset_parameters()
    batches = Batches(
        _half_mirrored(train),
        batch_size,
        shuffle=True,
        augment=functools.partial(random_crop, padding=2),
        seed=seed,
        device=device,
        memory_format=memory_format,
    )
    some = batches.images[:PATCH_IMAGES].float()
    model.whiten(torch.addcmul(batches.offset, some, batches.scale))

    optimizer = make_optimizer(model, batch_size)
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "fp16")
    smoothed = functools.partial(F.cross_entropy, label_smoothing=LABEL_SMOOTHING)
    slow = LookAhead(model)
    steps, step = epochs * (len(train) // batch_size), 0
    for epoch in range(epochs):
        for images, labels in batches.epoch(epoch):
            if len(labels) < batch_size:
                break
            for group in optimizer.param_groups:
                group["lr"] = group.setdefault("initial_lr", group["lr"]) * triangle(step / steps)
            take_step(model, images, labels, optimizer, scaler, precision, smoothed)
            step += 1
            if step % LOOK_AHEAD_STEPS == 0:
                slow.pull(step / steps)
        batches.images = batches.images.flip(-1)  # the next epoch sees each image the other way round
    slow.pull(1.0)
    settings.synchronize(device)
    seconds = time.perf_counter() - began
    require_finite_weights(model)
    require_finite_outputs(model, batches, precision)
    return seconds


def make_optimizer(model: nn.Module, batch_size: int) -> torch.optim.Optimizer:
    """Gradient descent with Nesterov's momentum, biases faster than weights, from the settings above."""
    share = batch_size / 1024
    rate = RATE * share * (1 - MOMENTUM)
    decay = DECAY / RATE  # torch multiplies it by the learning rate, which is undone here
    learnt = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "lr": rate, "weight_decay": decay},
        {
            "params": [p for p in learnt if p.ndim == 1],
            "lr": BIAS_FACTOR * rate,
            "weight_decay": decay / BIAS_FACTOR,
        },
    ]
    return torch.optim.SGD(groups, momentum=MOMENTUM, nesterov=True, fused=True)


class LookAhead:
    """A second, slow copy of the network, which follows the one that learns (Zhang et al. 2019, "Lookahead optimizer").

    Every few steps the slow weights go a part of the way to the fast ones, and the fast ones go on from there. The part
    shrinks during the run, so that the end is a mean over many steps.
    """

    def __init__(self, model: nn.Module):
        self.fast = [tensor for tensor in model.state_dict().values() if tensor.is_floating_point()]
        self.slow = [tensor.clone() for tensor in self.fast]

    def pull(self, progress: float) -> None:
        """``progress`` is the part of the run that is over; at 1 the slow weights are the result."""
        kept = progress**3 * 0.95**LOOK_AHEAD_STEPS if progress < 1 else 1.0
        torch._foreach_lerp_(self.slow, self.fast, 1 - kept)
        torch._foreach_copy_(self.fast, self.slow)


def _half_mirrored(data: Dataset) -> Dataset:
    """Mirror every image with probability one half. From here on each epoch mirrors all of them."""
    mirror = torch.rand(len(data), 1, 1, 1, device=data.images.device) < 0.5
    return replace(data, images=torch.where(mirror, data.images.flip(-1), data.images))


@torch.inference_mode()
def accuracy_with_views(model: FastCifar, test: Dataset, *, precision: str | None = None) -> dict[str, float]:
    """The share of right answers, 0..1: for each image as it is, and for the mean over six views of it.

    The views are those of `six_views`; the two that are not moved count double.
    """
    device = next(model.parameters()).device
    memory_format = layout(choose_memory_format(device))
    model.eval()
    right = {"as it is": 0, "mean of six views": 0}
    for images, labels in Batches(test, 2000, device=device, memory_format=memory_format).epoch():
        with autocast(device, precision or choose_precision(device)):
            logits = [model(view).float() for view in six_views(images)]
        in_place, moved = logits[0] + logits[1], sum(logits[2:])
        answers = {"as it is": logits[0], "mean of six views": 2 * in_place + moved}
        for name, answer in answers.items():
            right[name] += (answer.argmax(1) == labels).sum()
    return {name: int(count) / len(test) for name, count in right.items()}


def six_views(images: Tensor) -> list[Tensor]:
    """(N, C, H, W), each: as it is, mirrored, then both moved by one pixel down and right, and up and left."""
    both = [images, images.flip(-1)]
    return both + [shift(view, move, move) for move in (1, -1) for view in both]
