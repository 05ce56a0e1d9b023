"""The training loop of every lecture."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

from utils.data.batches import Augmentation, Batches
from utils.data.dataset import Dataset
from utils.training import distributed
from utils.training.before import refuse_impossible, try_out
from utils.training.finite import (
    require_finite_loss,
    require_finite_outputs,
    require_finite_weights,
    require_steps,
)
from utils.training.history import History
from utils.training.machine import choose_machine
from utils.training.memory import advised
from utils.training.metrics import evaluate
from utils.training.precision import autocast
from utils.training.recipe import Recipe, Schedule, adam, require_function
from utils.training.resuming import Saved
from utils.training.switches import for_training
from utils.words import percent


def fit(
    model: nn.Module,
    train: Dataset,
    validation: Dataset | None = None,
    *,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 1e-3,
    optimizer: Callable[..., torch.optim.Optimizer] = adam,
    schedule: Schedule | None = None,
    augment: Augmentation | None = None,
    seed: int = 0,
    device: torch.device | str | None = None,
    precision: str | None = None,
    memory_format: str | None = None,
    deterministic: bool = False,
    compile: bool = False,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    after_epoch: Callable[[nn.Module, History], None] | None = None,
) -> History:
    """Train ``model`` in place to tell the classes of ``train`` apart, by cross-entropy.

    Under torchrun, inside ``distributed.process_group``, every process calls it with the same arguments, and all get
    what one process would: the same history and weights, up to rounding. What batch norm and dropout make different
    is said in ``utils.training.distributed``.

    Args:
        model: from (N, C, H, W) to logits (N, num_classes). It is moved to ``device`` and stays there.
        train, validation: the images; validation ones are only looked at, after every epoch.
        epochs: how often every training image is seen.
        batch_size: images per step, of all processes together.
        optimizer: makes one from the parameters and ``lr``, such as ``torch.optim.SGD``; Adam (Kingma & Ba,
            2015) by default. On a CUDA GPU it is asked for its fused form, if it has one.
        schedule: maps the part of the run that is over, 0..1, to a factor on the learning rate.
        augment: changes each training batch, see ``utils.data.transforms``.
        seed: decides the order of the images, the augmentation and dropout. (The initial weights were decided
            when the model was made.)
        device, precision, memory_format: what to compute on and with; by default the fastest for the machine.
            Precisions are ``fp32``, ``bf16`` and ``fp16``, formats ``contiguous`` and ``channels_last``. A run that
            goes on from a checkpoint keeps the precision that it began with, on another machine too.
        deterministic: use only algorithms that give the same bits every time, where a GPU has faster ones.
        compile: translate the network with ``torch.compile`` before it is trained. The first step then takes up to
            minutes and the later ones less time, which pays in long runs on a GPU, not in a lecture's.
        checkpoint: a file, written after every epoch, by process 0. If it is there already, training goes on from
            it, to the same result as if it had never stopped, also with another number of processes. ``~`` is the
            home folder.
        progress: show a progress bar, in process 0.
        after_epoch: is given the model and the history so far, such as ``utils.widgets.TrainingScope``.

    Raises:
        TypeError, ValueError: a setting that cannot be, outputs that do not fit the labels, or a checkpoint of a run
            with other settings or data; a last batch with fewer images than there are processes, or of one image where
            batch norm needs two; processes that disagree on settings, data or checkpoint. All before the first step.
        DivergedError: the loss or a weight is no longer a number; the checkpoint of the epoch before is kept.
        torch.OutOfMemoryError: with a batch size to try.
    """
    recipe = Recipe(epochs, batch_size, learning_rate, optimizer, schedule, augment, seed)
    refuse_impossible(model, train, validation)
    require_function("after_epoch", after_epoch)
    saved = Saved(checkpoint, train, validation)
    machine = choose_machine(device, precision or saved.precision(), memory_format, deterministic, compile)
    history = History(
        source=train.source,
        device=str(machine.device),
        precision=machine.precision,
        memory_format=machine.memory_format,
        settings=recipe.by_name() | {"images": len(train)},
        processes=distributed.world_size(),
    )
    with advised(recipe.batch_size), for_training(machine.device, machine.deterministic):
        machine.take(model)
        batches, validation = machine.batches(train, recipe), machine.keep(validation)
        try_out(model, batches, validation, machine.precision)
        learner, scaler = machine.optimizer(recipe, model), machine.scaler()
        saved.restore(model, learner, scaler, history)
        distributed.require_agreement(history.settings | {"finished epochs": history.epochs})
        network = machine.network(model)
        with _progress_bar(history, batches, progress) as bar:
            for epoch in range(history.epochs, recipe.epochs):
                bar.set_description(f"epoch {epoch + 1}/{recipe.epochs}")
                began = time.perf_counter()
                trained = train_epoch(network, batches, epoch, learner, scaler, recipe.schedule, history, bar)
                distributed.copy_buffers(model)
                seconds = time.perf_counter() - began
                require_steps(scaler, history)
                validated = _validate(model, batches, validation, history)
                history.add(trained, validated, seconds)
                bar.set_postfix_str(_in_short(history))
                saved.save(model, learner, scaler, history)
                if after_epoch is not None:
                    after_epoch(model, history)
    return history


def train_epoch(
    model: nn.Module,
    batches: Batches,
    epoch: int,
    optimizer: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
    schedule: Schedule | None,
    history: History,
    bar: tqdm,
) -> tuple[float, float]:
    """Show every training image to the model once; return mean loss and accuracy over them."""
    device, alone = batches.device, batches.world_size == 1
    # Chance (dropout) starts anew from the epoch's own number, so a resumed run needs no saved random state.
    torch.manual_seed(batches.epoch_seed(epoch) + 15_485_863 * batches.rank)
    model.train()
    # Sums stay on the device: asking for a number would make a GPU finish everything first.
    loss_sum = torch.zeros((), device=device)
    correct = torch.zeros((), device=device, dtype=torch.int64)
    seen, reported = 0, time.perf_counter()

    for step, (images, labels) in enumerate(batches.epoch(epoch)):
        if schedule is not None:
            part = (epoch + (step + 0.5) / len(batches)) / history.settings["epochs"]
            for group in optimizer.param_groups:
                group["lr"] = group.setdefault("initial_lr", group["lr"]) * schedule(part)
        with autocast(device, history.precision):
            logits = model(images)
            loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        scaler.scale(loss * batches.gradient_factor()).backward()
        scaler.step(optimizer)
        scaler.update()

        loss_sum += loss.detach() * len(labels)  # weighted: the last batch may be smaller
        correct += (logits.detach().argmax(1) == labels).sum()
        seen += len(labels)
        bar.update()
        if device.type == "cpu" and alone and time.perf_counter() - reported > 0.5:
            reported = time.perf_counter()
            mean_loss = require_finite_loss(loss_sum.item() / seen, "loss", history)
            bar.set_postfix_str(f"loss {mean_loss:.3f}, accuracy {percent(correct.item() / seen)}", refresh=False)
    loss_sum, correct = distributed.total(loss_sum), distributed.total(correct)
    count = len(batches.labels)
    return require_finite_loss(loss_sum.item() / count, "loss", history), correct.item() / count


def _validate(
    model: nn.Module, batches: Batches, validation: Dataset | None, history: History
) -> tuple[float, float] | None:
    """Loss and accuracy on the validation images, if there are any, of a network that is still made of numbers."""
    require_finite_weights(model, history)  # the last steps may have spoilt what the loss does not show yet
    if validation is None:
        require_finite_outputs(model, batches, history.precision, history)
        return None
    metrics = evaluate(model, validation, precision=history.precision)
    return require_finite_loss(metrics.loss, "validation loss", history), metrics.accuracy


def _progress_bar(history: History, batches: Batches, shown: bool) -> tqdm:
    # On stdout: notebooks paint stderr as if something had gone wrong.
    return tqdm(
        total=history.settings["epochs"] * len(batches),
        initial=history.epochs * len(batches),
        disable=not shown or distributed.rank() > 0,
        unit="batch",
        file=sys.stdout,
    )


def _in_short(history: History) -> str:
    text = f"loss {history.train_loss[-1]:.3f}, accuracy {percent(history.train_accuracy[-1])}"
    return text + (f", validation {percent(history.validation_accuracy[-1])}" if history.validation_accuracy else "")
