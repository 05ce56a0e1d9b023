"""A trained network put to a new task: its last layer replaced, the rest frozen or trained on."""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from utils.data import Dataset
from utils.models import Pretrained, replace_head
from utils.training import predict
from utils.training.finite import all_finite, require_finite_weights
from utils.training.metrics import device_of


class Frozen(nn.Sequential):
    """Layers that training leaves alone: their weights get no gradients, and batch norm keeps its running statistics.

    The second is easily forgotten. ``requires_grad_(False)`` stops gradients only; in training mode a batch norm goes
    on moving its running mean and variance, and normalises with those of the batch.
    """

    def __init__(self, *layers: nn.Module):
        super().__init__(*layers)
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> "Frozen":
        return super().train(False)


class FrozenBatchNorm2d(nn.BatchNorm2d):
    """Batch norm that keeps to its running statistics in every mode; weight and bias learn. (N, C, H, W) -> same."""

    def train(self, mode: bool = True) -> "FrozenBatchNorm2d":
        return super().train(False)


def freeze_batch_norm(model: nn.Module) -> None:
    """Put a `FrozenBatchNorm2d` in the place of every batch norm. The keys of the ``state_dict`` stay as they are.

    A few steps on a few images move the running statistics only a part of the way to where the batches' own are. The
    network would then be asked with others than it learnt with.
    """
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if type(layer) is nn.BatchNorm2d:
                frozen = FrozenBatchNorm2d(layer.num_features, eps=layer.eps).to(layer.weight.device)
                frozen.load_state_dict(layer.state_dict())
                setattr(parent, name, frozen.eval())


def fit_head(features: Tensor, labels: Tensor, num_classes: int, weight_decay: float = 1e-3) -> nn.Linear:
    """The linear layer that tells classes apart best by their features: multinomial logistic regression.

    The loss is cross-entropy plus ``weight_decay`` / 2 times the sum of the squared weights. It has one minimum, and
    L-BFGS (Liu and Nocedal 1989) finds it on all images at once: no learning rate, no epochs, no chance.

    Shapes: features (N, C), labels (N,) → a layer from (N, C) to logits (N, num_classes), where the features are.

    Raises:
        ValueError: a feature is infinite or not a number.
    """
    if not all_finite([features]):
        raise ValueError("the features hold numbers that are infinite or NaN: the network that made them has diverged")
    head = nn.Linear(features.shape[1], num_classes, device=features.device)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = F.cross_entropy(head(features), labels) + weight_decay / 2 * head.weight.square().sum()
        value.backward()
        return value

    with torch.inference_mode(False), torch.enable_grad():
        optimizer.step(loss)
    require_finite_weights(head)
    return head


def start_from(pretrained: Pretrained, train: Dataset) -> nn.Module:
    """The trained network with a head for the classes of ``train``, fitted to its features. All of it can learn on, but
    for the running statistics of batch norm.

    To fit the head first and then fine-tune everything is after Kumar et al. 2022, "Fine-tuning can distort pretrained
    features and underperform out-of-distribution": a random head would first send random gradients through the trunk.

    Args:
        train: images (N, 3, H, W). They are normalised as the network expects it, whatever their own statistics.
    """
    model = pretrained.model
    device = device_of(model)
    replace_head(model, nn.Identity())
    features = predict(model, as_expected(pretrained, train))
    replace_head(model, fit_head(features.to(device), train.labels.to(device), len(train.class_names)))
    freeze_batch_norm(model)
    return model


def as_expected(pretrained: Pretrained, dataset: Dataset) -> Dataset:
    """The same images, to be normalised with the numbers that the network was trained with."""
    return replace(dataset, mean=pretrained.mean, std=pretrained.std)
