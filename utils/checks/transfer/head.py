"""Task 2: a trained network with a new last layer, the only one that learns."""

import torch
from torch import Tensor, nn

from utils.checks.asking import ask_network
from utils.checks.base import Mistake, check
from utils.checks.inputs import Random
from utils.checks.transfer.networks import SmallNetwork, changed, last_layer, leaves
from utils.checks.wording import shape_of


@check
def new_head(answer, random: Random) -> None:
    """``answer(model, num_classes)`` is the model with a new last layer, the only one that learns."""
    for long in (False, True):
        model, classes = SmallNetwork(random, long), random.integer(6, 9)
        layers = leaves(model)
        result = ask_network(answer, model, classes, may_change=("weights", "frozen"))
        try:
            _require_new_head(result, model.begun, long, classes)
            _require_rest_frozen(result, "classifier.3." if long else "classifier.")
            for old, new in zip(layers[:-1], leaves(result)[:-1], strict=True):
                if old != new:
                    raise Mistake(f"{old} has become {new}. All but the last layer stays, also what does not learn.")
            _require_logits(result, random.normal(4, 3, 7, 6), classes)
        except Mistake as mistake:
            kind = "a sequence that ends in a linear layer" if long else "a linear layer"
            raise Mistake(f"{mistake} (Tried with a network whose classifier is {kind}.)") from None


def _require_new_head(model: nn.Module, begun: dict[str, Tensor], long: bool, classes: int) -> None:
    name = "classifier.3." if long else "classifier."
    head, inputs = last_layer(model, long), begun[f"{name}weight"].shape[1]
    if head.out_features != classes:
        raise Mistake(f"the network must return {classes} logits, but its last layer returns {head.out_features}.")
    if head.in_features != inputs:
        raise Mistake(
            f"the new layer must read {inputs} numbers, as the old one did, and reads {head.in_features}: the old one "
            f"has `in_features`."
        )
    if head.bias is None:
        raise Mistake("the new layer has no bias.")
    now, before = (
        {key: tensor for key, tensor in state.items() if not key.startswith(name)}
        for state in (model.state_dict(), begun)
    )
    for key in changed(now, before):
        raise Mistake(f"`{key}` is not what it was. All but the last layer stays as it was trained.")


def _require_rest_frozen(model: nn.Module, last: str) -> None:
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    own = {f"{last}{name}" for name in ("weight", "bias")}
    if own - learning:
        raise Mistake("the new head does not learn: it is frozen too. Freeze first, then put it in its place.")
    if learning - own:
        raise Mistake(
            f"more than the new head learns: {', '.join(sorted(learning - own))}. A parameter is frozen by "
            f"`requires_grad_(False)`."
        )


def _require_logits(model: nn.Module, images: Tensor, classes: int) -> None:
    with torch.no_grad():
        if model.eval()(images).shape != (len(images), classes):
            raise Mistake(f"for images {shape_of(images)} the logits must be {(len(images), classes)}.")
