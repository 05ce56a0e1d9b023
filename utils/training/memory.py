"""A device whose memory is full, in one sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

WORDS = "the device's memory is full"
FULL = re.compile(r"out of memory|can't allocate memory|not enough memory", re.IGNORECASE)


@contextmanager
def advised(batch_size: int) -> Iterator[None]:
    """Inside, a full memory becomes an error that says which batch size to try.

    Raises:
        torch.OutOfMemoryError: with one sentence.
    """
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is one, and a processor has no error of its own for it
        is_full = isinstance(error, torch.OutOfMemoryError) or FULL.search(str(error))
        if not is_full or WORDS in str(error):  # a measurement inside a training has said it already
            raise
        smaller = f"try batch_size={batch_size // 2}" if batch_size > 1 else "take a smaller network or smaller images"
        raise torch.OutOfMemoryError(
            f"{WORDS} with batch_size={batch_size}: {smaller}. (Other programs and notebooks on the "
            "same device take memory too.)"
        ) from error
