"""A run that goes on from its checkpoint, to the same result as if it had never stopped."""

import tempfile
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from utils.data.dataset import Dataset
from utils.files import home_path
from utils.training import distributed
from utils.training.checkpoint import load_checkpoint, save_checkpoint
from utils.training.finite import all_finite, in_numbers
from utils.training.history import PER_EPOCH, History
from utils.training.whole import fits_network, is_whole_history, is_whole_optimizer


class Saved:
    """The checkpoint of one run: what is in it, and what is written to it.

    Args:
        path: ``~`` is the home folder. None: nothing is kept.

    Raises:
        ValueError: there is no such home folder, or the file is no checkpoint.
        OSError: no file can be written there.
    """

    def __init__(self, path: str | Path | None, train: Dataset, validation: Dataset | None):
        self.path = home_path(path) if path else None
        self.state: dict | None = None
        if self.path is None:
            return
        _try_to_write(self.path)
        parts = {"training": train, "validation": validation}
        self.data = {name: part.fingerprint() if part is not None else None for name, part in parts.items()}
        if self.path.exists():
            self.state = load_checkpoint(self.path)

    def precision(self) -> str | None:
        """The one that the run began with: a run that moves to another machine goes on in it."""
        return self._history(self.state).precision if self.state is not None else None

    def restore(
        self, model: nn.Module, learner: torch.optim.Optimizer, scaler: torch.amp.GradScaler, history: History
    ) -> None:
        """Put everything back to where the checkpoint was written, after making sure that it is this run's.

        Raises:
            ValueError: it is another run's, or holds what is no number. Nothing has been changed then.
        """
        state = self.state
        if state is None:
            return
        written = self._history(state)
        self._refuse_another_run(state, model, written, history)
        self._refuse_broken(state, learner, scaler)
        model.load_state_dict(state["model"])
        _restore_optimizer(state["optimizer"], learner)
        scaler.load_state_dict(state["scaler"])
        for name in PER_EPOCH:
            setattr(history, name, getattr(written, name))
        self.state = None  # its memory is not needed any more

    def save(
        self, model: nn.Module, learner: torch.optim.Optimizer, scaler: torch.amp.GradScaler, history: History
    ) -> None:
        """Once for all processes."""
        if self.path is not None and distributed.rank() == 0:
            state = {
                "model": model.state_dict(),
                "optimizer": learner.state_dict(),
                "scaler": scaler.state_dict(),
            }
            save_checkpoint(self.path, state | {"history": asdict(history), "data": self.data})

    def _history(self, state: dict) -> History:
        written = state["history"]
        if not is_whole_history(written):
            raise ValueError(f"{self.path} has a history that is not whole: delete it to begin anew")
        return History(**written)

    def _refuse_another_run(self, state: dict, model: nn.Module, written: History, history: History) -> None:
        now = history.settings | {"precision": history.precision}
        then = written.settings | {"precision": written.precision}
        for name in now | then:
            value = now.get(name)
            if then.get(name) != value:
                raise ValueError(
                    f"{self.path} was written by a run with {name}={then.get(name)!r}, and this one has "
                    f"{name}={value!r}. Use the same settings and data to go on with it, or another path to begin anew."
                )
        for name, fingerprint in self.data.items():
            if not isinstance(state["data"], dict) or state["data"].get(name) != fingerprint:
                raise ValueError(
                    f"{self.path} was written by a run on other {name} images: give it the same images, labels and "
                    "class names to go on with it, or another path to begin anew."
                )
        if not fits_network(state["model"], model):
            raise ValueError(
                f"{self.path} holds the weights of another network: choose another path for this one's checkpoint"
            )
        if not all_finite(in_numbers(state["model"], model)):
            raise ValueError(f"{self.path} holds weights that are infinite or not numbers: delete it to begin anew")

    def _refuse_broken(self, state: dict, learner: torch.optim.Optimizer, scaler: torch.amp.GradScaler) -> None:
        memory = state["optimizer"]
        try:
            sizes = [len(group["params"]) for group in memory["param_groups"]]
        except (TypeError, LookupError):
            sizes = None
        if sizes is not None and sizes != [len(group["params"]) for group in learner.param_groups]:
            raise ValueError(f"{self.path} was written with other layers frozen: free the same ones, or begin anew")
        if sizes is None or not is_whole_optimizer(memory, learner):
            raise ValueError(f"{self.path} has a part for the optimizer that is not whole: delete it to begin anew")
        if not isinstance(state["scaler"], dict) or state["scaler"].keys() != scaler.state_dict().keys():
            raise ValueError(f"{self.path} has a part for the scaler that is not whole: delete it to begin anew")


def _restore_optimizer(memory: dict, learner: torch.optim.Optimizer) -> None:
    """Its memory of past gradients; but how it computes (``fused`` …) is this machine's choice, not the file's."""
    for theirs, ours in zip(memory["param_groups"], learner.param_groups, strict=True):
        for how in ("fused", "foreach", "capturable"):
            if how in ours:
                theirs[how] = ours[how]
    learner.load_state_dict(memory)


def _try_to_write(path: Path) -> None:
    """Find out before the first epoch whether a checkpoint can be kept there, not after it."""
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "this is a folder, so add the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        path.exists()
    except OSError as error:
        raise type(error)(f"no checkpoint can be written to {path}: {error.strerror}") from error
