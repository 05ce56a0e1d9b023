"""Task 1: what one layer of a network returns, by a hook that goes away again."""

import torch
from torch import Tensor, nn

from utils.checks.asking import ask
from utils.checks.base import Mistake, check
from utils.checks.comparing import agree, nearly_equal
from utils.checks.inputs import Random
from utils.checks.seeing.networks import hooks_on, small_network
from utils.checks.wording import shape_of


@check
def maps_of(answer, random: Random) -> None:
    """``answer(network, layer, images)`` is what ``layer`` returns for the images; no hook stays, errors or not."""
    network = small_network(random)
    images = random.normal(3, 2, *random.two_integers(7, 10))
    with torch.no_grad():
        steps = [images]
        for layer in network:
            steps.append(layer(steps[-1]))
    runs: list[tuple[Tensor, Tensor]] = []  # what the whole network read and returned
    network.register_forward_hook(lambda _, read, returned: runs.append((read[0], returned)))
    for layer in network:
        layer.register_forward_hook(lambda *_: None)  # somebody else's, which must survive
    replaces = "What a hook returns replaces the layer's output: let it return nothing."
    for number in (2, 0, 3):  # layers after which the network goes on
        layer = network[number]
        runs.clear()
        try:
            value = ask(answer, network, layer, images)
        except Mistake as mistake:
            hint = f" ({replaces})" if "must be Tensor, not" in str(mistake) else ""
            raise Mistake(f"{mistake}{hint}") from None
        if not runs:
            raise Mistake("the images did not pass the whole network. Call `network(images)`.")
        agree(
            value.detach() if isinstance(value, Tensor) else value,
            steps[number + 1],
            f"layer {number} of {len(network)}, images {shape_of(images)}",
            [
                ("that is what the network returns, its logits. Keep what the layer returns.", steps[-1]),
                (
                    "that is what the layer is given. A hook gets (layer, inputs, output): keep the output.",
                    steps[number],
                ),
            ],
        )
        if not all(nearly_equal(returned, network.forward(read)) for read, returned in runs):
            raise Mistake(f"what you return is right, but your hook changes the network. {replaces}")
    broken = nn.Sequential(network[0], _Breaks())
    others = hooks_on(broken)
    try:
        answer(broken, broken[0], images)
    except _Broken:
        pass
    except Exception:
        raise Mistake(
            "another error than the network's reached the caller. Use `finally`, or a bare `raise`."
        ) from None
    else:
        raise Mistake(
            "the network raised an error, and your function hides it. Let it pass: `finally`, not `except`, and no "
            "`return` inside the `finally`."
        )
    if hooks_on(broken) > others:
        raise Mistake(
            "right, but when the network raises an error, your hook stays. Remove it in a `finally`, which is reached "
            "in any case."
        )


class _Broken(Exception):
    pass


class _Breaks(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        raise _Broken("this network breaks on purpose")
