"""Network Ledger: a network as rows, each with its shape, parameters, work, memory and receptive field."""

from itertools import pairwise

import torch
from torch import fx, nn

from utils.arithmetic import same_padding
from utils.widgets.base import CourseWidget
from utils.widgets.traits import Checked, Words

# The layers it knows, each setting with its least value; False stands for yes or no. Sizes are the same in both
# directions.
LAYERS: dict[str, dict[str, int]] = {
    "Conv2d": {
        "out_channels": 1,
        "kernel_size": 1,
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
        "bias": False,
    },
    "MaxPool2d": {"kernel_size": 1, "stride": 1, "padding": 0},
    "AvgPool2d": {"kernel_size": 1, "stride": 1, "padding": 0},
    "AdaptiveAvgPool2d": {"output_size": 1},
    "AdaptiveMaxPool2d": {"output_size": 1},
    "BatchNorm2d": {},
    "ReLU": {},
    "Dropout": {},
    "Flatten": {},
    "Linear": {"out_features": 1, "bias": False},
}
READS = {
    "Conv2d": "in_channels",
    "BatchNorm2d": "num_features",
    "Linear": "in_features",
}  # follow from the row before
MOST = 65_536
# Settings that a row has no place for, with the only value it can stand for.
HIDDEN = {"ceil_mode": False, "padding_mode": "zeros", "count_include_pad": True, "divisor_override": None}
HIDDEN |= {"affine": True, "start_dim": 1, "end_dim": -1, "return_indices": False}


class Layers(Checked):
    """A list of dicts, each with a "kind" and all settings of that kind; "shared" with an earlier row's weights."""

    def check(self, value) -> list[dict]:
        if not isinstance(value, (list, tuple)) or len(value) > 200:
            raise TypeError("layers must be a list of at most 200 dicts like {'kind': 'ReLU'}")
        return [self._layer(number, layer) for number, layer in enumerate(value)]

    def _layer(self, number: int, layer) -> dict:
        kind = layer.get("kind") if isinstance(layer, dict) else None
        if not isinstance(kind, str) or kind not in LAYERS:
            raise TypeError(f"layers[{number}] must be a dict whose 'kind' is one of {', '.join(LAYERS)}")
        checked = {"kind": kind}
        for name, least in LAYERS[kind].items():
            value = layer.get(name)
            if least is False:
                sound, wanted = isinstance(value, bool), "True or False"
            else:
                sound, wanted = _is_size(value, least), f"a whole number from {least} to {MOST:,}"
            if not sound:
                raise ValueError(f"layers[{number}]: {name} of {kind} must be {wanted}")
            checked[name] = value
        return checked | ({"shared": True} if layer.get("shared") is True else {})


class Shape(Checked):
    """(channels, rows, columns)."""

    def check(self, value) -> list[int]:
        if not isinstance(value, (list, tuple)) or len(value) != 3 or not all(map(_is_size, value)):
            raise TypeError(f"{self.name} must be (channels, rows, columns), whole numbers from 1 to {MOST:,}")
        return list(value)


class NetworkLedger(CourseWidget):
    """Rows of layers that can be edited, moved, added and removed.

    Args:
        layers: dicts like ``{"kind": "Linear", "out_features": 10, "bias": True}``; all settings of the kind must
            be there. Left out, a network after LeNet. With ``"shared": True`` a row uses the weights of an earlier
            row that is just like it.
        input_shape: (C, H, W) of one image.
        title: the line above.
    """

    script = "ledger"
    height = 620
    layers = Layers([])
    input_shape = Shape([1, 28, 28])
    title = Words("A network, row by row")

    def __init__(self, layers=None, input_shape=(1, 28, 28), **settings):
        super().__init__(layers=LENET if layers is None else layers, input_shape=input_shape, **settings)

    @classmethod
    def from_module(cls, module: nn.Module, input_shape: tuple[int, int, int], **settings) -> "NetworkLedger":
        """The rows of a model that is one layer after the other, such as an ``nn.Sequential``, nested or not.

        Raises:
            ValueError: the model is not, or has a layer or a setting that no row can show; the message names it.
        """
        rows, known = [], set()
        for layer in sequence(module):
            own = {id(parameter) for parameter in layer.parameters()}
            if own & known and not own <= known:
                raise ValueError(f"the ledger has no row for {layer}, which shares only a part of its weights")
            rows.append(row_of(layer) | ({"shared": True} if own & known else {}))
            known |= own
        return cls(rows, input_shape, **settings)

    def to_module(self) -> nn.Sequential:
        """The rows as a torch network with fresh weights.

        Raises:
            ValueError: a layer cannot take what the one before it returns.
        """
        layers = [layer for layer, _ in self._layers()]
        return nn.Sequential(*layers).to_empty(device="cpu").apply(_fresh)

    def _layers(self) -> list[tuple[nn.Module, tuple[int, ...]]]:
        """Each row as a layer on "meta", so with shapes but no numbers, and the shape that it returns for one image."""
        hidden, layers = torch.empty(1, *self.input_shape, device="meta"), []
        for number, row in enumerate(self.layers):
            given = {name: value for name, value in row.items() if name not in ("kind", "shared")}
            if row["kind"] in READS:
                given[READS[row["kind"]]] = hidden.shape[1]
            try:
                if row["kind"] == "Linear" and hidden.ndim == 4:
                    raise ValueError("a Linear layer needs a Flatten before it")
                with torch.device("meta"):
                    layer = getattr(nn, row["kind"])(**given)
                if row.get("shared"):
                    layer = next((one for one, _ in layers if str(one) == str(layer)), layer)
                hidden = layer(hidden)
            except (ValueError, RuntimeError) as error:
                raise ValueError(f"layer {number + 1}, {row['kind']}: {error}") from error
            layers.append((layer, tuple(hidden.shape[1:])))
        return layers

    def facts(self) -> dict[str, str]:
        rows = {"Input": "×".join(map(str, self.input_shape))}
        try:
            layers = self._layers()
        except ValueError as error:
            return rows | {"Not possible": str(error)}
        total, known = 0, set()
        for number, (layer, shape) in enumerate(layers, start=1):
            count = 0 if layer in known else sum(parameter.numel() for parameter in layer.parameters())
            words = "parameters, shared with an earlier row" if layer in known else "parameters"
            rows[f"{number} {type(layer).__name__}"] = f"{'×'.join(map(str, shape))}, {count:,} {words}"
            total += count
            known.add(layer)
        return rows | {"Parameters": f"{total:,}"}


def sequence(module: nn.Module) -> list[nn.Module]:
    """The layers of a model that is one layer after the other.

    ``x.flatten(1)``, ``F.relu(x)`` and ``x.mean(dim=(2, 3))`` count as layers too.

    Raises:
        ValueError: the model is not; the message says where.
    """
    model, nodes = traced(module)
    layers = []
    for before, node in pairwise(nodes[:-1]):  # the first is the image, the last hands the result out
        if node.all_input_nodes != [before]:
            raise ValueError(
                f"{type(module).__name__} is not one layer after the other: {called(node)} reads something else than "
                f"what {before} returns. Show a part of it, such as one branch of a block."
            )
        layers += layers_of(node, model, module)
    return layers


def traced(module: nn.Module) -> tuple[nn.Module, list[fx.Node]]:
    """A model as the calls that it makes, in their order, and the module that knows the names in them.

    Raises:
        ValueError: which calls it makes depends on the numbers.
    """
    model = nn.Sequential(module)  # so that a model which is a single layer has a layer too
    try:
        return model, list(fx.symbolic_trace(model).graph.nodes)
    except (fx.proxy.TraceError, TypeError) as error:
        raise ValueError(f"the ledger cannot follow {type(module).__name__}: {error}") from error


def called(node: fx.Node):
    """What is called: the path of a module, or the name of a method or a function."""
    return getattr(node.target, "__name__", node.target)


def layers_of(node: fx.Node, model: nn.Module, module: nn.Module) -> list[nn.Module]:
    """The layers that one call stands for.

    Raises:
        ValueError: there is no layer for it.
    """
    name = called(node)
    if node.op == "call_module":
        return [model.get_submodule(node.target)]
    if name == "flatten" and _given(node, start_dim=0, end_dim=-1) == {"start_dim": 1, "end_dim": -1}:
        return [nn.Flatten()]
    if name == "relu":
        return [nn.ReLU()]
    if name == "mean" and _over_places(given := _given(node, dim=(), keepdim=False)):
        return [nn.AdaptiveAvgPool2d(1)] + ([] if given["keepdim"] else [nn.Flatten()])
    raise ValueError(
        f"{type(module).__name__} calls {name} between its layers, and the ledger has no row for that: "
        "show a part of it, such as model.features"
    )


def _given(node: fx.Node, **usual) -> dict:
    """The settings of a call, given by place or by name, behind the tensor that it reads."""
    return usual | dict(zip(usual, node.args[1:], strict=False)) | dict(node.kwargs)


def _over_places(given: dict) -> bool:
    """Whether a mean is one over rows and columns of (N, C, H, W), and nothing else."""
    dim = given["dim"]
    both = isinstance(dim, (tuple, list)) and len(dim) == 2 and {number % 4 for number in dim} == {2, 3}
    return both and set(given) == {"dim", "keepdim"}


def row_of(layer: nn.Module) -> dict:
    """The layer as a row: its kind and the settings of that kind.

    Raises:
        ValueError: it has a kind or a setting that no row can show.
    """
    kind = type(layer).__name__
    if kind not in LAYERS:
        raise ValueError(f"the ledger has no row for {layer}: it knows {', '.join(LAYERS)}")
    for name, usual in HIDDEN.items():
        if getattr(layer, name, usual) != usual:
            raise ValueError(f"the ledger shows only layers with {name}={usual!r}, and not {layer}")
    if kind == "MaxPool2d" and layer.dilation != 1:
        raise ValueError(f"the ledger shows only pooling without dilation, and not {layer}")
    return {"kind": kind} | {name: _setting(layer, name) for name in LAYERS[kind]}


def _setting(layer: nn.Module, name: str) -> int:
    value = getattr(layer, name)
    if name == "bias":
        return value is not None
    if value == "same":
        value = same_padding(layer.kernel_size, layer.dilation)
    if isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    if not isinstance(value, int):
        raise ValueError(f"the ledger shows one number for {name}, and {layer} has {value}")
    return value


def _is_size(value, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST


def _fresh(layer: nn.Module) -> None:
    if hasattr(layer, "reset_parameters"):
        layer.reset_parameters()


LENET = [
    row_of(layer)
    for layer in (
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 10),
    )
]
