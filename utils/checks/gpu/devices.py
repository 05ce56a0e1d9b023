"""Task 1: a model and its batch on the device that somebody chose."""

import torch
from torch import Tensor, nn

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import is_tuple_of
from utils.checks.inputs import Random


@check
def move(answer, random: Random) -> None:
    """``answer(model, images, labels, device)`` moves the model, and returns images and labels on the device."""
    for device in (torch.device("cpu"), torch.device("meta")):  # "meta" is everywhere, but holds no values
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
        images, labels = random.normal(random.integer(2, 5), 3), random.integers(0, 3, 4)
        result = ask(answer, model, images, labels, device, may_change=("weights", "gradients"))
        if not is_tuple_of(2, result) or not all(type(part) is Tensor for part in result):
            raise Mistake("your function must return two tensors: `return images, labels`.")
        if result[0].shape != images.shape or result[1].shape != labels.shape:
            raise Mistake("the shapes have changed, or images and labels are swapped. Return images first.")
        weights = model.state_dict().values()
        if {tensor.device.type for tensor in (*result, *weights)} - {"cpu", device.type}:
            raise Mistake("something is on a device that nobody asked for. Use `device`, whatever it is.")
        there = [part.device.type == device.type for part in result]
        if not any(there):
            raise Mistake(
                "images and labels are still where they were. `.to` returns a copy of a tensor: store or return it. "
                "Or did you take another device than the argument `device`?"
            )
        if not all(there):
            raise Mistake(f"only the {'images' if there[0] else 'labels'} have been moved. Both are needed there.")
        if any(weight.device.type != device.type for weight in weights):
            raise Mistake(
                "the weights of the model that you were given are still where they were. Move it, not a copy."
            )
        for name, before, after in zip(("images", "labels"), (images, labels), result, strict=True):
            if after.dtype != before.dtype:
                raise Mistake(f"the {name} were {before.dtype} and are {after.dtype} now. Change the device alone.")
            if device.type == "cpu" and not torch.equal(before, after):
                raise Mistake(f"the {name} have other values now. Change the device alone.")
