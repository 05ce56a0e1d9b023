"""A network with a plan as a declaration: the right network, and its mistakes as networks, each with its words.

What the learner's layers have learnt, or drawn, is copied into the plan in the order in which the layers run. Then
both must return the same, and so a mistake is told by a network that makes it.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, nn

from utils.checks.asking import ask_network
from utils.checks.base import Mistake, report
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random
from utils.checks.networks import parameter_count, trace
from utils.checks.wording import shape_of


class Plan(NamedTuple):
    """``plan(answer, seed=0)`` prints ✓, or raises `Mistake` with the words for what is wrong. As a `task.Task`, it
    cannot be changed.
    """

    name: str
    right: Callable[[], nn.Module]
    images: Callable[[Random], Tensor]
    """Random images (N, C, H, W)."""
    mistakes: tuple[tuple, ...]
    """(words, wrong network); with a third, ``seen(images, output, runs)`` with runs as in `networks.trace`, a mistake
    is told that can stand beside others. Those come first."""
    kinds: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.Linear)
    """The layers that learn."""

    def __call__(self, answer: object, seed: int = 0) -> None:
        report(self.name, self._examine, answer, seed)

    def _examine(self, answer: object, random: Random) -> None:
        network, images = ask_network(answer), self.images(random)
        output, runs = trace(network, images, *self.kinds)
        if not isinstance(output, Tensor):
            raise Mistake(f"the network must return a tensor, but it returned {type(output).__name__}.")
        for words, _, *seen in self.mistakes:
            if seen and seen[0](images, output, runs):
                raise Mistake(words)
        if self._does(self.right(), images, output, runs):
            return
        for words, wrong, *seen in self.mistakes:
            if not seen and self._does(wrong(), images, output, runs):
                raise Mistake(words)
        self._compare(network, images, output, runs)

    def _does(self, other: nn.Module, images: Tensor, output: Tensor, runs: list[tuple]) -> bool:
        """Whether another network with these layers' weights returns this output."""
        _, others = trace(other, images, *self.kinds)
        if [_weights(layer) for layer, *_ in runs] != [_weights(layer) for layer, *_ in others]:
            return False
        for (layer, *_), (copy, *_) in zip(runs, others, strict=True):
            copy.load_state_dict(layer.state_dict())
        return nearly_equal(output, trace(other, images)[0])

    def _compare(self, network: nn.Module, images: Tensor, output: Tensor, runs: list[tuple]) -> None:
        """Raise `Mistake` with the first place where the network is not the plan."""
        plan = self.right()
        wanted, planned = trace(plan, images, *self.kinds)
        if output.shape != wanted.shape:
            raise Mistake(
                f"images of {shape_of(images)} must become {tuple(wanted.shape)}, but yours become "
                f"{tuple(output.shape)}." + _size_hint(output.shape, wanted.shape)
            )
        if parameter_count(network) != parameter_count(plan):
            raise Mistake(
                f"the shapes fit, but your network has {parameter_count(network):,} parameters and the plan "
                f"{parameter_count(plan):,}: "
                + " + ".join(f"{parameter_count(layer):,}" for layer, *_ in planned)
                + ". Compare each layer's channels and kernel size with it. Each layer has biases."
            )
        if len(runs) != len(planned):
            raise Mistake(f"the plan has {len(planned)} layers that learn, your network {len(runs)}.")
        for number, ((layer, _, maps), (right, _, wanted)) in enumerate(zip(runs, planned, strict=True), 1):
            if _weights(layer) != _weights(right):
                raise Mistake(f"layer {number} of those that learn is {right} in the plan, and yours is {layer}.")
            if maps.shape != wanted.shape:
                raise Mistake(
                    f"after {right} the shape must be {tuple(wanted.shape)}, and yours is {tuple(maps.shape)}. Look at "
                    f"its padding and stride, and at what stands before it."
                )
        for (layer, *_), (right, *_) in zip(runs, planned, strict=True):
            right.load_state_dict(layer.state_dict())
        agree(output, trace(plan, images)[0], "your weights in the plan")


def _weights(layer: nn.Module) -> tuple:
    return type(layer), [(name, tensor.shape) for name, tensor in layer.state_dict().items()]


def _size_hint(yours: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if len(yours) != 4 or yours[:2] != wanted[:2]:
        return ""
    if yours[2] < wanted[2]:
        return " That is smaller than planned: look at every padding, and count the strides."
    return " That is larger than planned: count the strides, and look at every padding."
