"""One training run in several processes: the little that ``fit`` needs beyond one.

``torchrun --nproc-per-node=4 …`` starts the same program four times. Each process holds the whole network and all
images, and works on its own part of every batch; then gradients are summed over the processes
(``DistributedDataParallel``; Li et al., 2020, "PyTorch Distributed"). So all take the step that one process with the
whole batch would take, and their networks stay equal. Without torchrun there is one process, number 0 of 1.

**Batch norm** is the exception, because it averages over the images it sees. On GPUs it is replaced by
``SyncBatchNorm``, which averages over all processes, so that the result is again that of one process; torch has none
for processors, where each process normalises its part of the batch by itself (as if batches were smaller) and the
running statistics, used in evaluation, are those of process 0. Dropout differs too: each process drops other units.

All processes draw the same order and augmentation from the same seed, which needs the same kind of device in each.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace

import torch
import torch.distributed as dist

# Before there is a group: its functions have the group of that moment as a default argument, for ever. A group that
# cannot be freed keeps its threads, and a thread that is still at work when Python ends takes the process down.
import torch.distributed.nn.functional
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from utils import settings
from utils.data.dataset import Dataset


@contextmanager
def process_group(device: str | None = None) -> Iterator[torch.device]:
    """Join the processes that torchrun started, if it did. Yields the device that this process computes on.

    Args:
        device: ``cuda`` (each process takes a GPU of its own), ``cpu`` or, without torchrun, ``mps``; by default
            the fastest there is.

    Raises:
        ValueError: there are fewer GPUs than processes on this machine, or ``mps`` with several processes.
    """
    if not (dist.is_available() and dist.is_torchelastic_launched()):
        yield torch.device(device or settings.device())
        return
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device == "mps":
        raise ValueError("torch cannot train on Apple's GPU (mps) in several processes: use device cpu")
    if device == "cuda":
        gpus, processes = torch.cuda.device_count(), int(os.environ["LOCAL_WORLD_SIZE"])
        if processes > gpus:
            raise ValueError(
                f"{processes} processes need {processes} GPUs, and this machine has {gpus}: start as many processes "
                "as there are GPUs (torchrun --nproc-per-node=gpu), or use device cpu"
            )
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))  # from here on "cuda" means this one
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    yield torch.device(device)
    dist.destroy_process_group()  # not after an error: it would wait for processes that may be gone


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """This process's number, 0..world_size − 1. Number 0 alone writes checkpoints and shows progress."""
    return dist.get_rank() if world_size() > 1 else 0


@contextmanager
def one_voice() -> Iterator[None]:
    """Inside, of several processes only number 0 prints."""
    if rank() == 0:
        yield
    else:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
            yield


def replicate(model: nn.Module, device: torch.device) -> nn.Module:
    """``model``, so wrapped that ``backward`` leaves the mean of the processes' gradients in each of them.

    The mean over processes is that over images only if each loss is weighted by its part of the batch: see
    `Batches.gradient_factor`.
    """
    if world_size() == 1:
        return model
    if device.type == "cuda":
        model = _synchronised(model)
    return DistributedDataParallel(model)


def _synchronised(model: nn.Module) -> nn.Module:
    """Every plain batch norm averages over all processes. In place; the parameters stay the same objects.

    ``convert_sync_batchnorm`` by itself would also replace what is derived from batch norm, such as a frozen one, which
    would learn again.
    """
    if type(model) in (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d):
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)
    for name, layer in model.named_children():
        setattr(model, name, _synchronised(layer))
    return model


def total(number: Tensor) -> Tensor:
    """The sum of the processes' numbers, in each of them."""
    if world_size() > 1:
        dist.all_reduce(number)
    return number


def share(data: Dataset) -> Dataset:
    """This process's part of the images: no image in two, none left out. With few images it may be empty."""
    if world_size() == 1:
        return data
    images, labels = (part.tensor_split(world_size())[rank()] for part in (data.images, data.labels))
    return replace(data, images=images, labels=labels)


def copy_buffers(model: nn.Module) -> None:
    """Give all processes the buffers of process 0, such as the running statistics of batch norm.

    DistributedDataParallel does so before every step; after the last one, somebody has to.
    """
    if world_size() > 1:
        for buffer in model.buffers():
            dist.broadcast(buffer, src=0)


def require_agreement(facts: dict[str, object]) -> None:
    """Make sure that all processes are about to do the same; otherwise they would wait for each other for ever.

    Raises:
        ValueError: in every process, if one of ``facts`` differs between two of them.
    """
    if world_size() == 1:
        return
    everyones: list[dict[str, object]] = [{}] * world_size()
    dist.all_gather_object(everyones, facts)
    for other, theirs in enumerate(everyones):
        for name, value in everyones[0].items():
            if theirs[name] != value:
                raise ValueError(
                    f"process 0 has {name}={value!r} and process {other} has {name}={theirs[name]!r}: give all of "
                    "them the same settings, the same data, and a checkpoint in a folder that all can see"
                )


def is_lost_connection(error: RuntimeError) -> bool:
    """Whether ``error`` says that another process has gone. (gloo has no class of its own for it.)"""
    return world_size() > 1 and (isinstance(error, dist.DistError) or "gloo" in str(error))
