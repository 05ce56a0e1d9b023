"""A network with a plan as a declaration: the right network, and its mistakes as networks, each with its words.

The learner's layers get random numbers, which are copied into the plan. Then both must return the same, after `eval()`
and in training, and pass the same gradient back. So a mistake is told by a network that makes it.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from utils.checks import matching
from utils.checks.asking import ask_network
from utils.checks.base import Mistake, report
from utils.checks.comparing import agree, nearly_equal
from utils.checks.forbidding import Refused, Rule, watched
from utils.checks.inputs import Random, randomise
from utils.checks.networks import parameter_count, trace
from utils.checks.wording import shape_of
from utils.modes import evaluating


class Run(NamedTuple):
    """A learner's network as it ran, in training mode and with its first weights."""

    answer: Callable[..., nn.Module]
    """The learner's function, for those who need more of its networks."""
    network: nn.Module
    case: tuple
    """What it was called with."""
    images: Tensor
    output: Tensor
    """Empty if the network cannot run."""
    layers: list[tuple]
    """As in `networks.trace`, those of the plan's kinds; none if the network cannot run."""
    failed: Mistake | None = None
    """Why the network cannot run."""


class Plan(NamedTuple):
    """``plan(answer, seed=0)`` prints ✓, or raises `Mistake` with the words for what is wrong. As a `task.Task`, it
    cannot be changed.
    """

    name: str
    right: Callable[..., nn.Module]
    images: Callable[..., Tensor]
    """From random inputs, and the arguments of a case, the images (N, C, H, W)."""
    mistakes: tuple[tuple, ...]
    """(words, wrong network); with a third, ``seen(run)``, a mistake is told that can stand beside others. It returns
    whether it is made, or a sentence on how it shows. The first one that explains what is wrong is told.

    A wrong network that cannot run is known by its layers, which must not be those of the plan.
    """
    beside: tuple[tuple, ...] = ()
    """Mistakes that what a network returns does not show: (words, wrong network, ``seen(run)``), asked last."""
    kinds: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.Linear)
    """The layers that are compared, all those that learn among them."""
    counted: bool = True
    """Whether the number of parameters is planned. Otherwise layers may have biases, as those of ``right``, or none."""
    cases: Callable[[Random], Iterable[tuple]] = lambda random: [()]
    """From random inputs the arguments of each call."""
    case: Callable[..., str] | None = None
    """From the arguments a text for the learner, such as "growth_rate=3, depth=4"."""
    forbidden: Rule | None = None
    """As in a `task.Task`."""
    allowed: tuple[str, ...] = ()
    """As in a `task.Task`."""

    def __call__(self, answer: object, seed: int = 0) -> None:
        report(self.name, self._examine, answer, seed, self.forbidden, self.allowed)

    def _examine(self, answer: object, random: Random) -> None:
        for case in self.cases(random):
            network, images = ask_network(answer, *case), self.images(random, *case)
            try:
                self._compare(self._run(answer, network, case, images), random)
            except Mistake as mistake:
                tried = f" (Tried with {self.case(*case)}.)" if self.case else ""
                raise Mistake(f"{mistake}{tried}") from None

    def _run(self, answer: Callable, network: nn.Module, case: tuple, images: Tensor) -> Run:
        if self.kinds and not matching.layers_of(network, self.kinds):
            raise Mistake(
                "torch finds no layer in your network, so nothing would be trained. Layers are made in `__init__` and "
                "kept in `self`. A Python list hides them: use `nn.ModuleList`."
            )
        given = images.clone()
        try:
            with watched():
                output, layers = trace(network, given, *self.kinds)
        except Refused:
            raise
        except Mistake as failed:
            return Run(answer, network, case, images, torch.empty(0), [], failed)
        if not isinstance(output, Tensor):
            raise Mistake(f"the network must return a tensor, but it returned {type(output).__name__}.")
        if not torch.equal(given, images):
            raise Mistake(
                "your network writes into the tensor that it gets, and others still need it. `x += …` does so, and "
                "layers with `inplace=True` on x. `a + b` makes a new tensor."
            )
        return Run(answer, network, case, images, output, layers)

    def _compare(self, run: Run, random: Random) -> None:
        """Raise `Mistake` unless a network does what was planned."""
        _require_none(self.mistakes, run)
        for layer, *_ in run.layers:
            if sum(other is layer for other, *_ in run.layers) > 1:
                raise Mistake(f"{layer} is used more than once. Each layer of the plan has numbers of its own.")
            randomise(layer, random)
        if self._does(self.right, run):
            if self.counted:
                matching.require_as_many(run.network, self.right(*run.case))
            self._require_one_image(run)
            _require_learning(run)
            _require_none(self.beside, run)
            return
        for words, wrong, *seen in self.mistakes:
            if not seen and self._does(wrong, run):
                raise Mistake(words)
        self._explain(run)

    def _require_one_image(self, run: Run) -> None:
        """Raise `Mistake` if a batch of one image does not become what the plan makes of it."""
        with evaluating(run.network):
            mine, wanted = (trace(each, run.images[:1])[0] for each in (run.network, self.right(*run.case).eval()))
        if mine.shape != wanted.shape:
            raise Mistake(
                f"right for several images, but a batch of one becomes {tuple(mine.shape)}. It must become "
                f"{tuple(wanted.shape)}: `squeeze` takes away every axis of one, that of the batch, too. "
                f"`flatten(1)` keeps it."
            )

    def _does(self, make: Callable[..., nn.Module], run: Run) -> bool:
        """Whether another network, with the numbers of these layers, does the same."""
        other = make(*run.case)
        try:
            _, layers = trace(other, run.images.clone(), *self.kinds)
        except Mistake:
            return matching.same_layers(other, run.network, self.kinds)
        if run.failed or not matching.copied(run.layers, layers):
            return False
        return all(map(nearly_equal, _results(run.network, run.images), _results(other, run.images)))

    def _explain(self, run: Run) -> None:
        """Raise `Mistake` with the first place where the network is not the plan."""
        plan = self.right(*run.case)
        if run.failed:
            raise Mistake(f"{run.failed}" + matching.difference(run.network, plan, self.kinds))
        wanted, planned = trace(plan, run.images.clone(), *self.kinds)
        if run.output.shape != wanted.shape:
            raise Mistake(
                f"images of {shape_of(run.images)} must become {tuple(wanted.shape)}, but yours become "
                f"{tuple(run.output.shape)}." + _size_hint(run.output.shape, wanted.shape)
            )
        if self.counted and parameter_count(run.network) != parameter_count(plan):
            raise Mistake(matching.counts(run.network, plan, planned))
        matching.require_same_runs(run.layers, planned)
        matching.copied(run.layers, planned)
        evaluated, trained, gradient, later = _results(run.network, run.images)
        right_evaluated, right_trained, right_gradient, right_later = _results(plan, run.images)
        agree(trained, right_trained, "your weights in the plan")
        agree(evaluated, right_evaluated, "your weights in the plan, after `eval()`,")
        if not nearly_equal(gradient, right_gradient):
            raise Mistake("the values are right, but not the gradients. Is something detached, or under `no_grad`?")
        if not nearly_equal(later, right_later):
            raise Mistake(
                "right, but in training the running statistics of a batch norm move otherwise than planned. Leave its "
                "`momentum` as torch has it."
            )


def _require_none(mistakes: tuple[tuple, ...], run: Run) -> None:
    """Raise `Mistake` if one of those that are seen is."""
    for words, _, *seen in mistakes:
        if seen and (shown := seen[0](run)):
            raise Mistake(f"{words} ({shown})" if isinstance(shown, str) else words)


def _require_learning(run: Run) -> None:
    """Raise `Mistake` if a network cannot learn, or shares what it learns with the next one."""
    if not all(parameter.requires_grad for parameter in run.network.parameters()):
        raise Mistake("the network is right, but it cannot learn: `requires_grad_(False)` has frozen it.")
    another = ask_network(run.answer, *run.case)
    if {*run.network.parameters()} & {*another.parameters()}:
        raise Mistake("every call returns the same layers. Make them anew in each call: two networks learn apart.")


def ends_in_softmax(run: Run) -> bool:
    sums = run.output.sum(-1)
    return nearly_equal(sums, torch.ones_like(sums)) and bool((run.output >= 0).all())


def _results(network: nn.Module, images: Tensor) -> Iterable[Tensor]:
    """One after the other: what a network returns after `eval()`, in training, the gradient that it passes back, and
    what it returns after `eval()` then, when a batch norm has moved its statistics.
    """
    network.eval()
    yield trace(network, images.clone())[0]
    network.train()
    torch.default_generator.manual_seed(0)  # of two networks with the same dropout the same vanishes
    x = images.clone().requires_grad_()
    output = network(1 * x)
    yield output
    try:
        if output.requires_grad:
            output.square().sum().backward()
    except RuntimeError:
        raise Mistake(
            "the values are right, but `backward` fails: a tensor that torch needs for the gradient was written over. "
            "Write `a + b`, which makes a new tensor, instead of `a += b`."
        ) from None
    yield torch.zeros_like(x) if x.grad is None else x.grad
    network.eval()
    yield trace(network, images.clone())[0]


def _size_hint(yours: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if len(yours) != 4 or yours[:2] != wanted[:2]:
        return ""
    if yours[2] < wanted[2]:
        return " That is smaller than planned: look at every padding, and count the strides."
    return " That is larger than planned: count the strides, and look at every padding."
