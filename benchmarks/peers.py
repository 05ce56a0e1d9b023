"""Lightning and fastai, each for one epoch: as they come, or with everything of ours that they can take."""

import contextlib
import io
import logging
import tempfile
import time
import warnings
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from utils.compat import import_torchvision
from utils.data import Batches
from utils.settings import synchronize
from utils.training.precision import autocast, choose_memory_format, choose_precision, layout


class InOurPrecision(nn.Module):
    """A network in the number format and the memory layout that ``fit`` chooses on this device."""

    def __init__(self, model: nn.Module, device: torch.device):
        super().__init__()
        self.model = model.to(memory_format=layout(choose_memory_format(device)))
        self.device, self.precision = device, choose_precision(device)

    def forward(self, images: Tensor) -> Tensor:
        with autocast(self.device, self.precision):
            return self.model(images).float()


class OurBatches:
    """`Batches` as a loader: something with a length that gives batches."""

    def __init__(self, batches: Batches):
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return self.batches.epoch()


def with_lightning(model: nn.Module, batches: DataLoader | OurBatches) -> float:
    """Seconds of an epoch of ``lightning.Trainer``. With our batches it gets our fused Adam too, and writes nothing."""
    import_torchvision()  # which Lightning imports, and fastai too
    import lightning

    ours = isinstance(batches, OurBatches)

    class Classifier(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model, self.seconds = model, 0.0

        def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
            images, labels = batch
            return F.cross_entropy(self.model(images), labels)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3, fused=True if ours else None)

        def on_train_epoch_start(self) -> None:
            self.seconds = -time.perf_counter()

        def on_train_epoch_end(self) -> None:
            synchronize(self.device)
            self.seconds += time.perf_counter()

    quiet = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary") if ours else ()
    classifier = Classifier()
    with silence(), tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(max_epochs=1, default_root_dir=folder, **dict.fromkeys(quiet, False))
        trainer.fit(classifier, batches)
    return classifier.seconds


def with_fastai(model: nn.Module, batches: torch.utils.data.Dataset | OurBatches, batch_size: int) -> float:
    """Seconds of an epoch of ``fastai.Learner``. A data set it loads in its own way. It does without validation."""
    import_torchvision()
    from fastai.basics import Callback, CancelValidException, DataLoaders, Learner

    class Clock(Callback):
        def before_train(self):
            self.seconds = -time.perf_counter()

        def after_train(self):
            synchronize(next(model.parameters()).device)
            self.seconds += time.perf_counter()

        def before_validate(self):
            raise CancelValidException

    if isinstance(batches, OurBatches):
        loaders = DataLoaders(batches, batches)
    else:
        loaders = DataLoaders.from_dsets(batches, batches, bs=batch_size)
    clock = Clock()
    with silence():
        Learner(loaders, model, loss_func=F.cross_entropy, lr=1e-3, cbs=clock).fit(1)
    return clock.seconds


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Progress bars are drawn, as a user would have them, but not shown."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    unseen = io.StringIO()
    with contextlib.redirect_stdout(unseen), contextlib.redirect_stderr(unseen), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
