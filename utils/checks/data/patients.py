"""Task 5: a split in which no patient is on both sides."""

import torch
from torch import Tensor

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import is_tuple_of
from utils.checks.inputs import Random


@check
def split(answer, random: Random) -> None:
    """``answer(patients, share, generator)`` divides images so that no patient is on both sides."""
    numbers = 100 + 7 * torch.arange(40)  # numbers of patients need not be 0, 1, 2, …
    patients = numbers.repeat_interleave(random.integer(4, 6))
    patients = patients[torch.randperm(len(patients), generator=random.generator)]
    everyone = torch.arange(len(patients)).tolist()

    def divide(seed: int) -> tuple[list[int], list[int]]:
        result = ask(answer, patients, 0.25, torch.Generator().manual_seed(seed))
        if not is_tuple_of(2, result):
            raise Mistake("your function must return two tensors of indices: `return train, validation`.")
        for part in result:
            if type(part) is not Tensor or part.ndim != 1 or part.dtype.is_floating_point or part.dtype == torch.bool:
                raise Mistake("each part must be a tensor of indices, (n,), such as `torch.nonzero(...)[:, 0]` gives.")
        return result[0].tolist(), result[1].tolist()

    train, validation = divide(1)
    if sorted(train + validation) != everyone:
        raise Mistake("each image must be in one of the two parts, once.")
    both = set(patients[train].tolist()) & set(patients[validation].tolist())
    if both:
        raise Mistake(
            f"{len(both)} of 40 patients have images on both sides: validation asks for what was seen. "
            f"Divide the patients, then their images."
        )
    found = len(set(patients[validation].tolist()))
    if found == 30:
        raise Mistake("the parts are swapped: the share is that of validation, the second part.")
    if found == 40:
        raise Mistake("every patient is in validation. `share` is a share of the patients, not of the images.")
    if found == 0:
        raise Mistake(
            "nobody is in validation. Patients' numbers need not be 0, 1, 2, …: choose among `patients.unique()`."
        )
    if not 4 <= found <= 18:
        raise Mistake(f"of 40 patients about 10 should be for validation (share 0.25), but yours are {found}.")
    if divide(1) != (train, validation):
        raise Mistake("the same seed must give the same parts. Use the generator you are given.")
    if divide(2) == (train, validation) and divide(3) == (train, validation):
        raise Mistake("every seed gives the same parts. Draw the patients at random, with the generator.")
