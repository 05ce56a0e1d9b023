"""Checkpoints: written whole or not at all, and read without running any code that is in them."""

import pickle
import zipfile
from pathlib import Path

import torch

from utils.files import written_whole

PARTS = {"model", "optimizer", "scaler", "history", "data"}


def save_checkpoint(path: Path, state: dict) -> None:
    """Replace the file at ``path`` by ``state`` in one step: a crash leaves the old one or the new one.

    Raises:
        OSError: it could not be written (a full disk, say); the old checkpoint is untouched.
    """
    with written_whole(path) as file:
        torch.save(state, file)


def load_checkpoint(path: Path) -> dict:
    """Read what ``save_checkpoint`` wrote, onto the CPU.

    The file is a zip archive, and holds a checksum of each of its parts, which torch does not look at: a bit that has
    changed on the disk would be read as a weight.

    Raises:
        ValueError: the file is damaged, or is something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                raise ValueError(f"the checksum of {damaged} is another")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except (
        zipfile.BadZipFile,
        pickle.UnpicklingError,
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
        LookupError,
    ) as error:
        raise ValueError(f"{path} is not a checkpoint that can be read: delete it to begin anew") from error
    if not isinstance(state, dict) or not {"model", "optimizer", "history"} <= state.keys():
        raise ValueError(f"{path} was not written by fit: choose another path for the checkpoint")
    if missing := PARTS - state.keys():
        raise ValueError(
            f"{path} lacks {', '.join(sorted(missing))}, as if an older version of the course had written it: choose "
            "another path, or delete it to begin anew"
        )
    if unknown := state.keys() - PARTS:
        raise ValueError(
            f"{path} holds what this course does not know ({', '.join(sorted(map(str, unknown)))}): choose "
            "another path, or delete it to begin anew"
        )
    return state
