"""A trained network as a dictionary that a page can hold and run: what it calls, in order, and its weights."""

from collections.abc import Sequence

import torch
from torch import fx, nn

from utils.modes import evaluating
from utils.widgets.ledger import called, layers_of, row_of, traced
from utils.widgets.live.packing import pack_numbers, pack_weights
from utils.widgets.live.running import VECTORS, run


def export(
    model: nn.Module,
    *,
    class_names: Sequence[str],
    input_shape: tuple[int, int, int],
    mean: Sequence[float] = (),
    std: Sequence[float] = (),
    name: str | None = None,
) -> dict:
    """A trained network for `LiveNetwork`: its layers, each with what it reads, and its weights in 8 bits.

    The model may be any sequence of layers that the Network Ledger reads, and may add up what two of them return, as
    ResNets do. Batch norm is not folded into the convolution before it: the page shows each layer as torch has it.

    Args:
        model: from images (N, C, H, W) to logits (N, K).
        class_names: K names.
        input_shape: (C, H, W) of an image; C is 1 or 3.
        mean, std: C numbers each, with which images, 0 dark and 1 bright, are normalised; left out, they are not.
        name: of the network; left out, that of its class.

    Returns:
        ``{"name", "classes", "input", "mean", "std", "steps"}``. Step n reads outputs by their numbers, ``"reads"``:
        0 is the image, and n + 1 is what step n returns.

    Raises:
        ValueError: a layer for which there is no step, weights that are not finite, or other shapes than these.
    """
    seen, steps = {}, []  # from each call to the number of its output
    inner, nodes = traced(model)
    with evaluating(model), torch.no_grad():
        for node in nodes:
            if node.op == "placeholder":
                seen[node] = 0
            elif node.op != "output":
                reads = [seen[each] for each in node.all_input_nodes]
                for step in _steps(node, inner, model):
                    steps.append(step | {"reads": reads})
                    reads = [len(steps)]
                (seen[node],) = reads
    network = {
        "name": name or type(model).__name__,
        "classes": list(class_names),
        "input": list(input_shape),
        "mean": list(mean) or [0.0] * input_shape[0],
        "std": list(std) or [1.0] * input_shape[0],
        "steps": steps,
    }
    run(network, torch.zeros(input_shape))  # says what does not fit
    return network


def _steps(node: fx.Node, inner: nn.Module, model: nn.Module) -> list[dict]:
    """The steps that one call stands for: none for what changes nothing."""
    name, owner = called(node), _owner(node)
    if name in ("add", "iadd") and len(node.all_input_nodes) == len(node.args) == 2 and not node.kwargs:
        return [{"kind": "Add", "name": owner}]
    if name == "getitem" and (stride := _stride(node)):
        return [{"kind": "Subsample", "name": owner, "stride": stride}] if stride > 1 else []
    if name == "pad" and (new_maps := _new_maps(node)) is not None:
        return [{"kind": "NewMaps", "name": owner, "new_maps": new_maps}] if new_maps else []
    return [_step(layer, owner) for layer in layers_of(node, inner, model) if not isinstance(layer, nn.Identity)]


def _step(layer: nn.Module, name: str) -> dict:
    step = row_of(layer) | {"name": name}
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        step["weights"] = pack_weights(layer.weight)
    if isinstance(layer, nn.BatchNorm2d):
        if layer.running_mean is None:
            raise ValueError(f"{layer} keeps no running statistics: it needs a batch, and the page has one image")
        step["eps"] = layer.eps
    vectors = {vector: getattr(layer, vector) for vector in VECTORS.get(step["kind"], ())}
    return step | {"numbers": {vector: pack_numbers(value) for vector, value in vectors.items() if value is not None}}


def _owner(node: fx.Node) -> str:
    """The path of the module that makes a call: of a layer its own, of a sum that of its block; or the call's name."""
    *_, path = node.meta["nn_module_stack"]
    return path.partition(".")[2] or called(node)  # `traced` has put the model into a sequence of one


def _stride(node: fx.Node) -> int | None:
    """s of ``x[:, :, ::s, ::s]``, or None."""
    where = node.args[1]
    if not isinstance(where, tuple) or len(where) != 4 or not all(isinstance(part, slice) for part in where):
        return None
    steps = [part.step or 1 for part in where]
    whole = all(part.start is None and part.stop is None for part in where)
    return steps[2] if whole and steps[:2] == [1, 1] and steps[2] == steps[3] else None


def _new_maps(node: fx.Node) -> int | None:
    """n of ``F.pad(x, (0, 0, 0, 0, 0, n))``, or None."""
    zeros = node.kwargs.get("mode", "constant") == "constant" and not node.kwargs.get("value")
    given = node.args[1] if zeros and len(node.args) == 2 else ()
    return given[5] if len(given) == 6 and not any(given[:5]) and given[5] >= 0 else None
