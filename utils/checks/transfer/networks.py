"""What the checks of assignment 10 hand out: a small trained network, and what became of it."""

import torch
from torch import Tensor, nn

from utils.checks.base import Mistake
from utils.checks.inputs import Random


class SmallNetwork(nn.Module):
    """A small network with batch norm and dropout, its classifier a linear layer or a sequence that ends in one."""

    def __init__(self, random: Random, long: bool = False, classes: int = 5):
        super().__init__()
        channels = random.integer(3, 6)
        self.features = nn.Sequential(
            nn.Conv2d(3, channels, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU(), nn.Dropout(0.3)
        )
        hidden = channels + 2
        last = nn.Linear(hidden if long else channels, classes)
        many = [nn.Linear(channels, hidden), nn.ReLU(), nn.Dropout(0.5), last]
        self.classifier = nn.Sequential(*many) if long else last
        with torch.no_grad():
            for tensor in self.state_dict().values():
                if tensor.dtype.is_floating_point:
                    tensor.copy_(random.normal(*tensor.shape))
            self.features[1].running_var.abs_().add_(0.5)
        self.begun = state_of(self)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x).mean(dim=(2, 3)))  # (N, channels, H, W) -> (N, channels)


def state_of(network: nn.Module) -> dict[str, Tensor]:
    """Copies of its weights and statistics."""
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def leaves(network: nn.Module) -> list[str]:
    """Its layers in words, but for those that only hold others."""
    return [str(layer) for layer in network.modules() if not list(layer.children())]


def last_layer(model: nn.Module, long: bool = False) -> nn.Linear:
    """The last layer of a `SmallNetwork`. Raises `Mistake` if there is something else, or more."""
    classifier = getattr(model, "classifier", None)
    if long and not isinstance(classifier, nn.Sequential):
        raise Mistake(
            "the whole classifier was replaced, with layers that were trained. Only its last one is to go: "
            "`model.classifier[-1] = …`."
        )
    if long and len(classifier) != 4:
        raise Mistake(f"the classifier must keep its 4 layers, but has {len(classifier)}.")
    last = classifier[-1] if long else classifier
    if not isinstance(last, nn.Linear):
        raise Mistake(
            f"`model.classifier` must end in an nn.Linear, but ends in {type(last).__name__}. Return the network "
            f"itself, changed."
        )
    return last


def changed(now: dict[str, Tensor], before: dict[str, Tensor]) -> list[str]:
    """Which tensors are not what they were. They are compared in order: a layer put round others changes names."""
    if len(now) != len(before):
        raise Mistake(
            f"below the last layer there were {len(before)} tensors of weights and statistics, and now there are "
            f"{len(now)}. Leave these layers as they are."
        )
    pairs = zip(before.items(), now.values(), strict=True)
    return [name for (name, tensor), other in pairs if not torch.equal(tensor, other)]
