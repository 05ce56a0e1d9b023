"""The layers of two networks beside each other, a learner's and that of a plan: which is which, and what differs."""

from collections import Counter

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.networks import parameter_count

SETTINGS = ("groups", "dilation", "padding_mode", "eps", "p", "track_running_stats")  # seen in neither shape nor size


def layers_of(network: nn.Module, kinds: tuple[type[nn.Module], ...]) -> list[nn.Module]:
    """The layers of these kinds, as they were made."""
    return [layer for layer in network.modules() if isinstance(layer, kinds)]


def same_layers(one: nn.Module, other: nn.Module, kinds: tuple[type[nn.Module], ...]) -> bool:
    """Whether two networks have made the same layers, in any order."""
    return sorted(map(str, layers_of(one, kinds))) == sorted(map(str, layers_of(other, kinds)))


def copied(source: list[tuple], target: list[tuple]) -> bool:
    """Copy what layers have learnt to those of the other network, as both ran. False if these are other layers.

    One without biases is one whose biases are zero.
    """
    source, target = _in_order(source), _in_order(target)
    if list(map(_kind, source)) != list(map(_kind, target)):
        return False
    for layer, copy in zip(source, target, strict=True):
        state, places = layer.state_dict(), copy.state_dict()
        if "bias" in places:
            state = {"bias": torch.zeros_like(places["bias"])} | state
        if state.keys() != places.keys():
            return False
        copy.load_state_dict(state)
    return True


def difference(network: nn.Module, plan: nn.Module, kinds: tuple[type[nn.Module], ...]) -> str:
    """A sentence on layers that were planned, and not made, and on those made instead; "" if there are none."""
    made, planned = layers_of(network, kinds), layers_of(plan, kinds)
    missing, extra = _without(planned, made), _without(made, planned)
    sentence = f" Planned is {missing[0]}, and your network has no such layer." if missing else ""
    return sentence + (f" It has {extra[0]}, which is not planned." if extra else "")


def counts(network: nn.Module, plan: nn.Module, planned: list[tuple]) -> str:
    """What to say of two networks whose numbers of parameters differ; ``planned`` as in `networks.trace`."""
    layers = [layer for layer, *_ in planned if parameter_count(layer)]
    hint = " Each layer has biases." if all(layer.bias is not None for layer in layers) else ""
    return (
        f"the shapes fit, but your network has {parameter_count(network):,} parameters and the plan "
        f"{parameter_count(plan):,}: {' + '.join(f'{parameter_count(layer):,}' for layer in layers)}. Compare each "
        f"layer's channels and kernel size with it.{hint}"
    )


def require_as_many(network: nn.Module, plan: nn.Module) -> None:
    """Raise `Mistake` if a network that does what was planned has other parameters."""
    found, planned = parameter_count(network), parameter_count(plan)
    if found != planned:
        raise Mistake(
            f"your network does what was planned, but it has {found:,} parameters and the plan {planned:,}. "
            + ("A layer is made, and never used." if found > planned else "Biases are missing.")
        )


def require_same_runs(runs: list[tuple], planned: list[tuple]) -> None:
    """Raise `Mistake` with the first layer that is another than planned, or whose output has another shape."""
    if list(map(type, _in_order(runs))) != list(map(type, _in_order(planned))):
        unused = " Is one made, and never used?" if len(runs) < len(planned) else ""
        raise Mistake(f"the plan runs {_names(planned)}, and your network {_names(runs)}.{unused}")
    for mine, right in zip(_in_order(runs), _in_order(planned), strict=True):
        if _kind(mine) != _kind(right):
            raise Mistake(f"in the place of {right} your network has {mine}.")
    for mine, right in zip(_in_order(runs), _in_order(planned), strict=True):
        for name in SETTINGS:
            if (yours := getattr(mine, name, None)) != (wanted := getattr(right, name, None)):
                raise Mistake(f"{type(mine).__name__} with {name}={yours!r} stands where {name}={wanted!r} is planned.")
    shapes = {layer: maps.shape for layer, _, maps in [*runs, *planned]}
    for mine, right in zip(_in_order(runs), _in_order(planned), strict=True):
        if shapes[mine] != shapes[right]:
            raise Mistake(
                f"after {right} the shape must be {tuple(shapes[right])}, and after your {mine} it is "
                f"{tuple(shapes[mine])}. Look at its padding and stride, and at what stands before it."
            )


def _in_order(runs: list[tuple]) -> list[nn.Module]:
    """Layers by the shape of their weights, then as they ran: of two branches either may run first. A layer without
    such weights, as batch norm, stays behind the one that it follows.
    """
    groups: list[list[nn.Module]] = []
    for layer, *_ in runs:
        if groups and not _shape(layer):
            groups[-1].append(layer)
        else:
            groups.append([layer])
    return [layer for group in sorted(groups, key=lambda group: _shape(group[0])) for layer in group]


def _names(runs: list[tuple]) -> str:
    return ", ".join(type(layer).__name__ for layer, *_ in runs) or "none"


def _shape(layer: nn.Module) -> tuple[int, ...]:
    """Of a layer's weights, if they connect inputs with outputs."""
    weight = getattr(layer, "weight", None)
    return tuple(weight.shape) if isinstance(weight, Tensor) and weight.ndim > 1 else ()


def _kind(layer: nn.Module) -> tuple:
    return type(layer), tuple((name, tensor.shape) for name, tensor in layer.state_dict().items() if name != "bias")


def _without(layers: list[nn.Module], others: list[nn.Module]) -> list[nn.Module]:
    """The layers that have no counterpart among the others."""
    left, found = Counter(map(_kind, others)), []
    for layer in layers:
        left[_kind(layer)] -= 1
        if left[_kind(layer)] < 0:
            found.append(layer)
    return found
